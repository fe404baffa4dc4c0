/** Somebody asks what can be proved of a message: entries with proofs, signed. Issuing is itself an entry, and what was revealed is in it. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Certificate, Reveal } from '../../../shared/wire/certificate.ts';
import type { Entry } from '../../audit/audit.ts';
import type { Files } from '../../audit/certificate/bundle.ts';
import { compose } from '../../audit/certificate/certificate.ts';
import { REVEALS, TOLD } from '../../audit/certificate/claim.ts';
import type { Handoff } from '../../handoff/handoff.ts';
import { newId } from '../../identity.ts';
import type { Person } from '../../people/people.ts';
import { refuse, type WireRefusal } from '../../refusal.ts';
import { standsFor, type House } from '../house.ts';

const READERS: readonly string[] = ['compliance', 'privacy-officer', 'auditor'];
/** Entries are in the tree within a second; what is not by then is left out, and the certificate speaks of its checkpoint's time. */
const PATIENCE = 60;
const STEP = 50;

export interface Issued {
  readonly certificate: Certificate;
  readonly files: Files;
}

export function openCertify(house: House, { handoff }: { readonly handoff: Handoff }) {
  const { audit, world, organisation } = house;
  const route = house.store.room<typeof import('../route.sql.ts')>('route');

  /** The message's way, without our own mails about it. */
  async function entriesOf(message: string): Promise<readonly Entry[]> {
    for (let n = 0; ; n += 1) {
      const all = (await audit.of(message)).filter((e) => TOLD.test(e.type));
      const items = new Set(all.filter((e) => e.type === 'encryption.decided').map((e) => e.item));
      const told = all.filter((e) => e.item === undefined || items.has(e.item));
      if (n === PATIENCE || told.every((e) => e.seq !== null)) return told;
      await pause(STEP);
    }
  }

  /** Only the author may reveal; others who may ask get commitments. */
  return async function certify(reader: Person, id: string, reveal: readonly Reveal[]): Promise<Issued | WireRefusal> {
    const row = await handoff.room.read.message({ id });
    const own = row !== undefined && (await standsFor(house, reader, row));
    if (!row || (!own && !reader.roles.some((r) => READERS.includes(r)))) return refuse('not-found');
    if (!own && reveal.length > 0) return refuse('forbidden');
    const entries = await entriesOf(id);
    const proved = await audit.proved(entries);
    // Nothing is signed for yet: the log is behind.
    if (!proved?.entries.some((e) => entries.some((x) => x.seq === e.seq && x.type === 'message.accepted'))) return refuse('not-ready');
    const key = await handoff.evidenceKey(row);
    const names = reveal.flatMap((what) => REVEALS[what]);
    const covered = new Set(proved.entries.map((e) => e.seq));
    const disclosures = names.length === 0 ? [] : entries.flatMap((e) => (e.seq !== null && covered.has(e.seq) ? audit.disclose(e, key, names).map((d) => ({ seq: e.seq as number, ...d })) : []));
    const made = compose({
      proved, vkey: audit.vkey(), sign: audit.sign, id: newId('crt', world), issuedAt: new Date(world.now()).toISOString(), organisation: organisation.name, revealed: reveal, disclosures,
    });
    const { certificate } = made;
    await route.write.note({
      events: [audit.prepare({
        type: 'evidence.certificate_issued', outcome: 'ok', actor: { kind: own ? 'author' : 'staff', id: reader.id }, message: id,
        facts: { certificate: certificate.id, manifest: certificate.manifest, size: certificate.log.size, count: certificate.entries.length, fields: reveal.join(' ') },
      }, key)],
    });
    return made;
  };
}

export type Certify = ReturnType<typeof openCertify>;
