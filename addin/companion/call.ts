/**
 * One request and what it may come to: the parsed answer, or a refusal with a code of the closed list (RFC 9457), or one of our own:
 * `offline` (nothing answers), `no-answer` (it may have arrived), `unknown-answer`, `sign-in-needed`.
 * Requests that may be repeated are, three times. No value of a draft ever enters a URL.
 */
import * as z from 'zod/mini';
import { PlanChanged } from '../../shared/wire/handoff.ts';
import { PROBLEMS, Problem } from '../../shared/wire/problem.ts';
import { isRefused, refused, type Refused } from '../refusal.ts';
import type { Tokens } from './token.ts';

export type Send = (url: string, init: { method: string; headers: { [name: string]: string }; body?: string | Uint8Array<ArrayBuffer> },
  progress?: (sent: number) => void) => Promise<Response>;

interface Ask<T> {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly schema: z.ZodMiniType<T> | null;
  readonly json?: unknown;
  readonly bytes?: Uint8Array<ArrayBuffer>;
  /** for requests that create; the same key gives the same answer */
  readonly key?: string;
  /** false: a lost answer must be asked for, not repeated */
  readonly repeat?: boolean;
  readonly progress?: (sent: number) => void;
}

type PlanRefused = z.infer<typeof PlanChanged> & { readonly kind: 'plan-changed' };
export type Answer<T> = T | Refused | PlanRefused;

interface Caller {
  ask<T>(request: Ask<T>): Promise<Answer<T>>;
  raw(path: string, method?: 'GET' | 'POST'): Promise<Response | Refused>;
}

const BACK_OFF = [400, 1200, 3000];

async function problemOf(answer: Response): Promise<Refused | PlanRefused> {
  const said: unknown = await answer.json().catch(() => null);
  const changed = PlanChanged.safeParse(said);
  if (changed.success) return { kind: 'plan-changed', ...changed.data };
  const problem = Problem.safeParse(said);
  if (problem.success && problem.data.code in PROBLEMS) {
    const which = /^\/(?:draft\/)?(?:recipients|attachments)\/(\d+)/.exec(problem.data.pointer ?? '')?.[1];
    return which === undefined ? refused(problem.data.code) : refused(problem.data.code, Number(which));
  }
  return refused(answer.status >= 500 ? 'not-ready' : 'unknown-answer');
}

export function openCaller({ base, send, tokens, wait, up, onReach }: {
  base: string; send: Send; tokens: Tokens; wait: (ms: number) => Promise<void>; up: () => Promise<boolean>; onReach: (reached: boolean) => void;
}): Caller {
  async function once(request: Pick<Ask<unknown>, 'method' | 'path' | 'json' | 'bytes' | 'key' | 'progress'>, again = true): Promise<Response | Refused> {
    const token = await tokens.quiet();
    if (isRefused(token)) {
      // Without a network no host can vouch for anybody: that is not for the author to mend by signing in.
      const offline = token.code === 'offline' || token.code === 'sign-in-needed' && !(await up());
      if (!offline) return token;
      onReach(false);
      return refused('offline');
    }
    const headers: { [name: string]: string } = { authorization: `Bearer ${token}` };
    if (request.json !== undefined) headers['content-type'] = 'application/json';
    if (request.bytes) headers['content-type'] = 'application/octet-stream';
    if (request.key) headers['idempotency-key'] = request.key;
    const body = request.bytes ?? (request.json === undefined ? undefined : JSON.stringify(request.json));
    let answer: Response;
    try {
      answer = await send(base + request.path, { method: request.method, headers, ...(body === undefined ? {} : { body }) }, request.progress);
    } catch {
      onReach(false);
      return refused('no-answer');
    }
    onReach(true);
    if (answer.status === 401) tokens.stale();
    if (answer.status === 401 && again) return once(request, false);
    return answer;
  }
  return {
    async ask(request) {
      for (let turn = 0; ; turn += 1) {
        const answer = await once(request);
        const lost = isRefused(answer) ? answer.code === 'no-answer' : answer.status === 503 || answer.status === 502 || answer.status === 504;
        if (lost && request.repeat !== false && turn < BACK_OFF.length) {
          await wait(BACK_OFF[turn] as number);
          continue;
        }
        if (isRefused(answer)) return request.repeat !== false && answer.code === 'no-answer' ? refused('offline') : answer;
        // After a 5xx nobody can say whether the commit was done; that is for `GET /handoffs/{id}` to tell.
        if (request.repeat === false && answer.status >= 500) return refused('no-answer');
        if (!answer.ok) return problemOf(answer);
        if (request.schema === null) return undefined as never;
        const read = request.schema.safeParse(await answer.json().catch(() => null));
        if (read.success) return read.data;
        return refused(request.repeat === false ? 'no-answer' : 'unknown-answer');
      }
    },
    async raw(path, method = 'GET') {
      const answer = await once({ method, path });
      if (isRefused(answer)) return answer.code === 'no-answer' ? refused('offline') : answer;
      if (answer.ok) return answer;
      const problem = await problemOf(answer);
      return isRefused(problem) ? problem : refused('unknown-answer');
    },
  };
}
