/** What the parts of the catalogue are written with: the form of a type of event, and the words its sentence is put together from. */
import { cause } from '../../../shared/track/cause.ts';
import type { EventDraft, Facts } from '../audit.ts';

export interface EventType {
  readonly facts: readonly string[];
  /** about one recipient's copy: the item must be named */
  readonly item: boolean;
  readonly say: (f: Facts, outcome: EventDraft['outcome']) => string;
}

/** Part of the catalogue: types by name. */
export type EventTypes = { readonly [type: string]: EventType };

const PROTECTIONS: { readonly [name: string]: string } = {
  'tls': 'an encrypted connection that proves itself',
  'smime': 'S/MIME',
  'pgp': 'OpenPGP',
  'portal': 'a secure page',
  'plain-by-choice': 'ordinary mail, as the patient chose',
};

export const text = (f: Facts, name: string): string => (f[name] === undefined || f[name] === null ? '' : String(f[name]));
export const has = (f: Facts, name: string): boolean => text(f, name) !== '';
/** a delivery's reason has a sentence of its own; other codes are read as words */
export const why = (f: Facts): string => (has(f, 'code') ? ` ${cause(text(f, 'code'))}` : '');
export const because = (f: Facts): string => (has(f, 'code') ? `: ${text(f, 'code').replaceAll('-', ' ')}` : '');
export const by = (f: Facts, name = 'protection'): string => (name === 'protection' && f['divided'] === true && text(f, name) === 'portal' ? 'a secure page with a divided key' : PROTECTIONS[text(f, name)] ?? 'no protection');

export const plain = (sentence: string, facts: readonly string[] = []): EventType => ({ facts, item: false, say: () => sentence });
export const ofItem = (facts: readonly string[], say: EventType['say']): EventType => ({ facts, item: true, say });
