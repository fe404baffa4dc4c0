/**
 * What the process says while it runs: one JSON object a line on standard output. Only the fields listed here exist, and a text
 * value must look like an id, a code or a route pattern: nothing from a draft, an address or a token has a place to stand.
 * This is not the audit log.
 */
const FIELDS = ['id', 'code', 'route', 'method', 'status', 'ms', 'count', 'bytes', 'at', 'cause'] as const;
export type Fields = { readonly [K in (typeof FIELDS)[number]]?: string | number };

export interface Log {
  /** `what` is a constant: `started`, `request`, `attempt` … */
  info(what: string, fields?: Fields): void;
  warn(what: string, fields?: Fields): void;
  /** a fault: its code, the codes of its causes and where it was thrown; never its message, which another library may have filled */
  broken(what: string, error: unknown, fields?: Fields): void;
}

const SAFE = /^[A-Za-z0-9_.:/*-]{1,120}$/;

const LEVELS = ['info', 'warn', 'error'] as const;

export function openLog({ now = Date.now, write = (line: string) => { process.stdout.write(line); }, level: least = 'info' }: {
  readonly now?: () => number; readonly write?: (line: string) => void; readonly level?: (typeof LEVELS)[number];
} = {}): Log {
  function say(level: (typeof LEVELS)[number], what: string, fields: Fields): void {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(least)) return;
    const line: { [name: string]: string | number } = { time: new Date(now()).toISOString(), level, what };
    for (const name of FIELDS) {
      const value = fields[name];
      if (typeof value === 'number' ? Number.isFinite(value) : typeof value === 'string' && SAFE.test(value)) line[name] = value as string | number;
    }
    write(`${JSON.stringify(line)}\n`);
  }
  return {
    info: (what, fields = {}) => say('info', what, fields),
    warn: (what, fields = {}) => say('warn', what, fields),
    broken: (what, error, fields = {}) => say('error', what, { ...traceOf(error), ...fields }),
  };
}

function traceOf(error: unknown): Fields {
  const codes: string[] = [];
  for (let e: unknown = error, depth = 0; e instanceof Error && depth < 4; e = e.cause, depth += 1) {
    const code = (e as { code?: unknown }).code;
    codes.push(typeof code === 'string' ? code : e.name);
  }
  // A frame's own file and line; the first line of `stack` holds the message and is skipped.
  const frame = error instanceof Error ? /\n\s+at .*?((?:service|shared|lab)\/[\w./-]+:\d+)/.exec(error.stack ?? '')?.[1] : undefined;
  return {
    code: codes[0] ?? 'unknown',
    ...(codes.length > 1 ? { cause: codes.slice(1).join('/') } : {}),
    ...(frame === undefined ? {} : { at: frame }),
  };
}
