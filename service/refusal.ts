/**
 * Bad news of the first kind: expected, a value. A person reads it through `words.ts`.
 * The other two: outcomes (`deliver/reply.ts`) and faults (thrown, with a constant message).
 */
import type { ProblemCode } from '../shared/wire/problem.ts';

export interface Refusal<Code extends string = string> {
  readonly kind: 'refused';
  readonly code: Code;
}

/** A refusal on the wire: `pointer` is a JSON pointer into the request, never a value. */
export interface WireRefusal extends Refusal<ProblemCode> {
  readonly pointer?: string;
}

export function refuse<Code extends string>(code: Code): Refusal<Code> {
  return { kind: 'refused', code };
}

/** `pointer`: where in the request it is wrong */
export const refuseAt = (code: ProblemCode, pointer?: string): WireRefusal => ({ ...refuse(code), ...(pointer === undefined ? {} : { pointer }) });

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'refused';
}

/** Bad news of the third kind: broken, thrown. The message is a constant; no value from outside ever enters it. */
export class Fault extends Error {
  readonly code: string;
  constructor(code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
