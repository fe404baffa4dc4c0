/** The recipients' own keys: made once and kept beside their mailboxes, for their mail programs here; the public halves are what the clinic is told. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RECIPIENTS } from '../people.ts';
import { pgpPerson, smimeAuthority } from '../people.keys.ts';
import type { Secret } from './opened.ts';

/** What a recipient would hand to the clinic. */
export interface PublicKey {
  readonly address: string;
  readonly kind: 'smime' | 'pgp';
  /** PEM certificate, or armored OpenPGP key */
  readonly text: string;
}

export interface Secrets {
  readonly secrets: { readonly [address: string]: Secret };
  readonly published: readonly PublicKey[];
  /** PEM: the authority the recipients' S/MIME certificates lead to */
  readonly authority: string;
}

export async function openSecrets(folder: string): Promise<Secrets> {
  const file = join(folder, 'people.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Secrets;
  const secrets: { [address: string]: Secret } = {};
  const published: PublicKey[] = [];
  const authority = smimeAuthority();
  for (const person of RECIPIENTS) {
    if (person.receives === 'smime') {
      const pair = authority.person(person.name, person.address);
      secrets[person.address] = { smime: pair.key };
      published.push({ address: person.address, kind: 'smime', text: pair.certificate });
    } else if (person.receives === 'pgp') {
      const pair = await pgpPerson(person.name, person.address);
      secrets[person.address] = { pgp: pair.privateKey };
      published.push({ address: person.address, kind: 'pgp', text: pair.publicKey });
    }
  }
  const made: Secrets = { secrets, published, authority: authority.certificate };
  writeFileSync(file, JSON.stringify(made), { mode: 0o600 });
  return made;
}
