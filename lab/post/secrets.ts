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

/** How a person lets their key be found. */
export type Where = 'handed-over' | 'wkd' | 'dane-key' | 'directory';

interface Secrets {
  readonly secrets: { readonly [address: string]: Secret };
  readonly published: readonly PublicKey[];
  /** what its owner publishes, for those who look for it */
  readonly findable: readonly (PublicKey & { readonly where: Where })[];
  /** PEM: the authority the recipients' S/MIME certificates lead to */
  readonly authority: string;
}

export async function openSecrets(folder: string): Promise<Secrets> {
  const file = join(folder, 'people.json');
  const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Partial<Secrets>) : {};
  // A folder of an earlier lab knows fewer people.
  if (before.findable) return before as Secrets;
  const secrets: { [address: string]: Secret } = {};
  const published: PublicKey[] = [];
  const findable: (PublicKey & { where: Where })[] = [];
  const authority = smimeAuthority();
  for (const person of RECIPIENTS) {
    if (person.receives === 'smime' || person.receives === 'directory') {
      const pair = authority.person(person.name, person.address);
      secrets[person.address] = { smime: pair.key };
      const key = { address: person.address, kind: 'smime', text: pair.certificate } as const;
      if (person.receives === 'smime') published.push(key);
      else findable.push({ ...key, where: 'directory' });
    } else if (person.receives === 'pgp' || person.receives === 'wkd' || person.receives === 'dane-key') {
      const pair = await pgpPerson(person.name, person.address);
      secrets[person.address] = { pgp: pair.privateKey };
      const key = { address: person.address, kind: 'pgp', text: pair.publicKey } as const;
      if (person.receives === 'pgp') published.push(key);
      else findable.push({ ...key, where: person.receives });
    }
  }
  const made: Secrets = { secrets, published, findable, authority: authority.certificate };
  writeFileSync(file, JSON.stringify(made), { mode: 0o600 });
  return made;
}
