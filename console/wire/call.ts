/**
 * The console's only way to the service: one endpoint of `shared/wire`, its path, query and body, and the parsed answer or a refusal with a code of the
 * closed list. A call that needs a fresh sign-in, or finds the session ended, asks the frame for one and is then repeated once; nothing typed is lost.
 */
import * as z from 'zod/mini';
import { ConsoleSession } from '../../shared/wire/console.ts';
import { PROBLEMS, Problem, type ProblemCode } from '../../shared/wire/problem.ts';
import { ENDPOINTS, type Endpoint, type EndpointName } from '../../shared/wire/wire.ts';

export interface Refused {
  readonly kind: 'refused';
  readonly code: ProblemCode | 'offline' | 'unknown-answer';
  /** where in what was sent, as a JSON pointer */
  readonly pointer?: string;
}
export const isRefused = (value: unknown): value is Refused => typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'refused';

type Shape<N extends EndpointName> = (typeof ENDPOINTS)[N];
type Said<T> = T extends z.ZodMiniType ? z.output<T> : undefined;
export type Value<N extends EndpointName> = Said<Shape<N>['answers'][keyof Shape<N>['answers']]>;
type Body<N extends EndpointName> = Shape<N> extends { readonly body: infer B extends z.ZodMiniType } ? z.input<B> : undefined;

export interface With<N extends EndpointName> {
  readonly params?: { readonly [name: string]: string | number };
  /** a list is asked for name by name */
  readonly query?: { readonly [name: string]: string | number | readonly string[] | undefined };
  readonly body?: Body<N>;
}

/** `again`: whoever was signed in is not any more; `step-up`: a fresh, strong sign-in is needed. Answers false when the person would not. */
export type Vouch = (how: 'again' | 'step-up') => Promise<boolean>;
export interface Wire {
  session(): Promise<ConsoleSession | Refused>;
  call<N extends EndpointName>(name: N, given?: With<N>): Promise<Value<N> | Refused>;
  /** bytes of a file, with the name the service gave it */
  file(name: EndpointName, given?: With<EndpointName>): Promise<{ readonly bytes: Blob; readonly name: string } | Refused>;
  signOut(): Promise<void>;
}

const refused = (code: Refused['code'], pointer?: string): Refused => ({ kind: 'refused', code, ...(pointer === undefined ? {} : { pointer }) });

async function problemOf(answer: Response): Promise<Refused> {
  const said = Problem.safeParse(await answer.json().catch(() => null));
  return said.success && said.data.code in PROBLEMS ? refused(said.data.code as ProblemCode, said.data.pointer) : refused(answer.status >= 500 ? 'not-ready' : 'unknown-answer');
}

export function openWire({ vouch, fetch }: { readonly vouch: Vouch; readonly fetch: typeof globalThis.fetch }): Wire {
  let csrf = '';

  async function session(): Promise<ConsoleSession | Refused> {
    try {
      const answer = await fetch('/console/session', { headers: { accept: 'application/json' } });
      if (!answer.ok) return await problemOf(answer);
      const read = ConsoleSession.safeParse(await answer.json());
      if (!read.success) return refused('unknown-answer');
      csrf = read.data.csrf;
      return read.data;
    } catch {
      return refused('offline');
    }
  }

  async function once(name: EndpointName, { params = {}, query = {}, body }: With<EndpointName>, again = true): Promise<Response | Refused> {
    const endpoint: Endpoint = ENDPOINTS[name];
    const path = endpoint.path.replace(/:(\w+)/g, (_, param: string) => encodeURIComponent(String(params[param] ?? '')));
    const search = new URLSearchParams(Object.entries(query).flatMap(([key, value]) => (value === undefined ? [] : (typeof value === 'object' ? value : [value]).map((one) => [key, String(one)]))));
    let answer: Response;
    try {
      answer = await fetch(`/api/v1${path}${search.size > 0 ? `?${search}` : ''}`, {
        method: endpoint.method.toUpperCase(),
        headers: { accept: 'application/json', ...(endpoint.method === 'get' ? {} : { 'x-csrf-token': csrf }), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch {
      return refused('offline');
    }
    if (answer.ok) return answer;
    const problem = await problemOf(answer);
    if (!again || (problem.code !== 'step-up-required' && problem.code !== 'unauthenticated')) return problem;
    if (!(await vouch(problem.code === 'unauthenticated' ? 'again' : 'step-up')) || isRefused(await session())) return problem;
    return once(name, { params, query, body: body as never }, false);
  }

  return {
    session,
    async call(name, given = {}) {
      const answer = await once(name, given as With<EndpointName>);
      if (isRefused(answer)) return answer;
      const schema = (ENDPOINTS[name] as Endpoint).answers[answer.status];
      if (schema === null || schema === undefined) return undefined as never;
      const read = schema.safeParse(await answer.json().catch(() => null));
      return (read.success ? read.data : refused('unknown-answer')) as never;
    },
    async file(name, given = {}) {
      const answer = await once(name, given);
      if (isRefused(answer)) return answer;
      return { bytes: await answer.blob(), name: /filename="?([\w.-]{1,100})"?/.exec(answer.headers.get('content-disposition') ?? '')?.[1] ?? 'download' };
    },
    async signOut() {
      await fetch('/console/sign-out', { method: 'POST', headers: { 'x-csrf-token': csrf } }).catch(() => undefined);
    },
  };
}
