/** What the two processes of the lab know of each other: a file (0600) to find it by, and the answer to a health check. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PublicKey } from '../post/secrets.ts';

/** Raised when the control conversation changes: a child of other code is not reused. */
export const VERSION = 6;

export interface WorldState {
  readonly version: number;
  readonly pid: number;
  readonly port: number;
  readonly token: string;
  readonly issuerPort: number;
}

export interface WorldHealth {
  readonly version: number;
  readonly pid: number;
  readonly resolver: string;
  readonly smtpPort: number;
  readonly stsPort: number;
  readonly caFile: string;
  readonly issuer: string;
  readonly audience: string;
  /** what the recipients would give the clinic */
  readonly published: readonly PublicKey[];
  /** PEM, for SMIME_ANCHORS_FILE */
  readonly anchorsFile: string;
  /** LDAP, for DIRECTORY_URL */
  readonly directory: string;
  /** the recipients' own provider, for SIGN_IN */
  readonly signIn: string;
  /** the gateway of the pretend phones */
  readonly texts: { readonly url: string; readonly secret: string };
}

export function readState(folder: string): WorldState | null {
  try {
    return JSON.parse(readFileSync(join(folder, 'state.json'), 'utf8')) as WorldState;
  } catch {
    return null;
  }
}
