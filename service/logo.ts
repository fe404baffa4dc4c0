/** The organisation's logo from disk: told by its bytes, a picture and nothing else, small enough for every notice. */
import { readFileSync } from 'node:fs';
import { Fault } from './refusal.ts';

export interface Logo {
  readonly contentType: 'image/png' | 'image/jpeg' | 'image/gif';
  readonly bytes: Uint8Array;
}

/** It travels with every notice. */
const AT_MOST = 40 * 1024;
/** What mail programs draw everywhere; a drawing (SVG) can run. */
const KINDS: readonly (readonly [Logo['contentType'], readonly number[]])[] = [['image/png', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]], ['image/jpeg', [0xff, 0xd8, 0xff]], ['image/gif', [0x47, 0x49, 0x46, 0x38]]];

/** Throws Fault `setting-wrong`, which names the setting and nothing else. */
export function loadLogo(file: string): Logo {
  let bytes: Buffer;
  try { bytes = readFileSync(file); } catch (cause) { throw new Fault('setting-wrong', 'Setting ORGANISATION_LOGO_FILE names a file that cannot be read', cause); }
  const kind = KINDS.find(([, start]) => start.every((b, i) => bytes[i] === b));
  if (kind === undefined || bytes.length > AT_MOST) throw new Fault('setting-wrong', 'Setting ORGANISATION_LOGO_FILE names a file that is no PNG, JPEG or GIF of at most 40 KB');
  return { contentType: kind[0], bytes };
}
