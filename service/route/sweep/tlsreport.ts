/**
 * The calendar's clock, once a day: domains that ask for it are told how encryption to their mail hosts went (RFC 8460 §3, §5). Counts and host
 * names only; nothing of a message. A report that cannot be handed over is tried again for some hours, then dropped: it is a courtesy.
 */
import { gzipSync } from 'node:zlib';
import { isMailbox } from '../../../shared/draft/address.ts';
import type { Deliver } from '../../deliver/deliver.ts';
import { newId } from '../../identity.ts';
import type { Seal } from '../../seal/seal.ts';
import { DAY, dayOf, reportOf } from '../../tally/tally.ts';
import type { House } from '../house.ts';

const BATCH = 20;
const TRIES = 6;
const AGAIN = 3_600_000;
const MOST_PLACES = 2;

export function openTlsReport(house: House, { seal, deliver }: { readonly seal: Pick<Seal, 'plain'>; readonly deliver: Pick<Deliver, 'send'> }) {
  const { world, tally, audit } = house;
  const room = house.store.room<typeof import('../../tally/tally.sql.ts')>('tally');

  /** RFC 8460 §3: one record or none counts. */
  async function places(domain: string): Promise<string[]> {
    const { records } = await world.dns.txt(`_smtp._tls.${domain}`);
    const found = records.filter((text) => /^v=TLSRPTv1\s*;/.test(text));
    const rua = found.length === 1 ? /;\s*rua\s*=\s*([^;]+)/i.exec(found[0] ?? '')?.[1] ?? '' : '';
    return rua.split(',').map((place) => place.trim()).filter((place) => /^(?:mailto:|https:\/\/)/i.test(place)).slice(0, MOST_PLACES);
  }

  async function hand(place: string, domain: string, day: number, id: string, bytes: Uint8Array): Promise<boolean> {
    if (/^https:/i.test(place)) {
      const answer = await world.fetch(place, { method: 'POST', headers: { 'content-type': 'application/tlsrpt+gzip' }, body: bytes, maxBytes: 65_536, timeout: 30_000, redirects: 0 });
      return answer.status >= 200 && answer.status < 300;
    }
    const address = decodeURIComponent(place.slice(7).split('?')[0] ?? '');
    if (!isMailbox(address)) return true;
    // §5.3: under its own name, with what it is about in the header, and signed
    const made = await seal.plain({
      messageId: `<${id}@${house.returnDomain}>`, date: world.now(), from: { address: house.serviceAddress, name: house.organisation.name }, recipient: { address },
      subject: `Report Domain: ${domain} Submitter: ${house.returnDomain} Report-ID: <${id}@${house.returnDomain}>`, text: `How encryption to the mail hosts of ${domain} went on ${new Date(day * DAY).toISOString().slice(0, 10)} (RFC 8460).\n`,
      headers: { 'TLS-Report-Domain': domain, 'TLS-Report-Submitter': house.returnDomain, 'TLS-Required': 'No' },
      report: { type: 'tlsrpt', filename: `${house.returnDomain}!${domain}!${day * 86_400}!${(day + 1) * 86_400 - 1}.json.gz`, contentType: 'application/tlsrpt+gzip', bytes },
    });
    // §5.4: a report must get through to who cannot be reached well; it holds nothing that needs protection.
    const sent = await deliver.send({ returnPath: '', recipient: address, bytes: made.bytes, floor: 'any', envid: id });
    return sent.kind === 'relayed';
  }

  return async function report(): Promise<number> {
    const day = dayOf(world.now()) - 1;
    let told = 0;
    for (const domain of await tally.due(day, BATCH)) {
      if (!(await room.write.claim({ day, domain, now: world.now(), next: world.now() + AGAIN }))) continue;
      try {
        const asked = await places(domain);
        const id = newId('rpt', world);
        const rows = asked.length === 0 ? [] : await tally.sessions(day, domain);
        const bytes = gzipSync(JSON.stringify(reportOf({ day, domain, rows, organisation: house.organisation.name, contact: house.serviceAddress, id })));
        const done = await Promise.all(asked.map((place) => hand(place, domain, day, id, bytes).catch(() => false)));
        if (done.every(Boolean)) {
          const events = asked.length === 0 ? [] : [audit.prepare({ type: 'tlsrpt.sent', outcome: 'ok', actor: { kind: 'service', id: 'sweep' }, facts: { id, count: rows.length }, sealed: { host: domain } }, await house.vault.monthly(world.now()))];
          await room.write.end({ day, domain, state: asked.length === 0 ? 'none' : 'sent', events });
          told += asked.length === 0 ? 0 : 1;
          continue;
        }
      } catch {
        // names that cannot be looked up now: again in an hour
      }
      await room.write.giveUp({ day, domain, tries: TRIES });
    }
    return told;
  };
}
