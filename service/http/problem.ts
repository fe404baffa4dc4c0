/**
 * Bad news on the wire: RFC 9457 problem documents from the closed list of `shared/wire/problem.ts`. Text is constant; nothing of
 * the request is repeated, not even the name of an unknown field.
 */
import type { Context } from 'hono';
import * as z from 'zod/mini';
import { PROBLEMS } from '../../shared/wire/problem.ts';
import { ENDPOINTS, type Endpoint } from '../../shared/wire/wire.ts';
import { refuse, type WireRefusal } from '../refusal.ts';
import type { Edge } from './guard.ts';

export function problem(c: Context<Edge>, refusal: WireRefusal, beside: { readonly [field: string]: unknown } = {}): Response {
  const { status, title } = PROBLEMS[refusal.code];
  c.set('code', refusal.code);
  const body = {
    type: `urn:send-secure:problem:${refusal.code}`, title, status, code: refusal.code,
    ...(refusal.pointer === undefined ? {} : { pointer: refusal.pointer }),
    instance: c.get('id'),
    ...beside,
  };
  return c.body(JSON.stringify(body), status, { 'content-type': 'application/problem+json' });
}

/** Null: nothing to wait for. `seconds`: as a throttle answers. */
export function wait(c: Context<Edge>, seconds: number): WireRefusal | null {
  if (seconds === 0) return null;
  c.header('retry-after', String(seconds));
  return refuse('too-many-requests');
}

/** Where zod stopped, as a JSON pointer (RFC 6901): only names the schemas know and array indexes, so that a hostile key is never echoed. */
function pointerOf(path: readonly PropertyKey[]): string {
  let pointer = '';
  for (const step of path) {
    if (typeof step === 'number' || (typeof step === 'string' && KNOWN.has(step))) pointer += `/${step}`;
    else break;
  }
  return pointer;
}

export function badRequest(path: readonly PropertyKey[]): WireRefusal {
  const pointer = pointerOf(path);
  return pointer === '' ? refuse('bad-request') : { ...refuse('bad-request'), pointer };
}

const KNOWN: ReadonlySet<string> = new Set(Object.values(ENDPOINTS).flatMap(({ body }: Endpoint) => (body === undefined ? [] : namesIn(z.toJSONSchema(body, { io: 'input' })))));

function namesIn(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([name, value]) => [
    ...(name === 'properties' ? Object.keys(value as object) : []),
    ...namesIn(value),
  ]);
}
