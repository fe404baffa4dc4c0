/**
 * Expected bad news in the add-in: a value with a code, never a sentence and never anything the author wrote.
 * A person reads it through `words.ts`. ES2016 library only: the event bundle uses it too.
 */
export interface Refused {
  readonly kind: 'refused';
  readonly code: string;
  /** which one, where there are several: an index, never a name */
  readonly index?: number;
}

export function refused(code: string, index?: number): Refused {
  return index === undefined ? { kind: 'refused', code } : { kind: 'refused', code, index };
}

export function isRefused(value: unknown): value is Refused {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'refused';
}
