/**
 * How a recipient is reached besides mail: the language of what we write, and a mobile number for one-time codes. Recorded by staff,
 * sealed at rest, found by a keyed hash. Never sends a message of anybody's: a text message carries a code and nothing else.
 * A code by text message is out of band and restricted by NIST SP 800-63B §3.1.3.3; it is recorded as `sms-code`.
 */
import { isMailbox, normalAddress } from '../../shared/draft/address.ts';
import { Language, type ContactState } from '../../shared/wire/contact.ts';
import type { Audit, EventDraft } from '../audit/audit.ts';
import { FOREVER } from '../keys/own/shelf.ts';
import { Fault, refuse, type Refusal } from '../refusal.ts';
import type { Store } from '../store/store.ts';
import type { Vault } from '../vault/vault.ts';
import type { World } from '../world.ts';
import type { ContactRow, Recorded, Spending } from './contact.sql.ts';
import type { Gateway } from './gateway.ts';

export { webhookGateway, type Gateway } from './gateway.ts';

interface Reached {
  readonly language?: Language;
  /** E.164; only where a gateway is configured, else nobody could use it */
  readonly phone?: string;
}

export interface Contact {
  /** one answer per address, in order */
  of(addresses: readonly string[]): Promise<Reached[]>;
  /** what is absent stays, null takes it back. `write`: in a transaction that does more than that */
  record(ask: { readonly address: string; readonly language?: Language | null | undefined; readonly phone?: string | null | undefined; readonly by: EventDraft['actor'] }, write?: (change: Recorded) => Promise<boolean>): Promise<ContactState | Refusal<'bad-address'>>;
  /** arguments of `spend` in `contact.sql.ts`: what this number, and all numbers together, may cost today */
  spending(phone: string): Spending;
  /** whether one more text message may go to this number; `again`: about the same copy today */
  affords(phone: string, again: boolean): Promise<boolean>;
  readonly gateway: Gateway | null;
  /** clears counts of days that are over */
  forget(): Promise<void>;
}

const DAY = 86_400_000;
/** for one change, when others come between */
const TRIES = 5;
/** Text messages to one number a day: a household may share a phone, a stranger may not ring it all night. The last four are for messages that had none today. */
const PER_NUMBER = { all: 10, firsts: 4 } as const;

export function openContact({ store, vault, world, audit, gateway, perDay }: {
  readonly store: Pick<Store, 'room'>; readonly vault: Vault; readonly world: Pick<World, 'now'>; readonly audit: Pick<Audit, 'prepare'>; readonly gateway: Gateway | null;
  /** text messages a day at most, all numbers together */
  readonly perDay: number;
}): Contact {
  const { read, write } = store.room<typeof import('./contact.sql.ts')>('contact');
  const ownerOf = (address: string) => vault.index('address', normalAddress(address));
  const keyName = (owner: string) => `contact/${owner}`;
  const today = () => Math.floor(world.now() / DAY);
  const spending = (phone: string): Spending => ({ day: today(), scope: vault.index('phone', phone), perNumber: PER_NUMBER.all, firsts: PER_NUMBER.firsts, perDay });

  async function phoneOf(row: ContactRow): Promise<string | null> {
    if (row.phone === null) return null;
    const keys = await vault.unwrap(keyName(row.owner), { contentEpoch: row.epoch, content: row.content_key, evidenceEpoch: row.epoch, evidence: row.evidence_key });
    return Buffer.from(vault.open(keys.content, keyName(row.owner), row.phone)).toString();
  }

  return {
    gateway,
    async of(addresses) {
      const rows = await read.contacts({ owners: addresses.map(ownerOf) });
      return Promise.all(rows.map(async (row): Promise<Reached> => {
        if (row === null) return {};
        const language = Language.safeParse(row.language);
        const phone = gateway === null ? null : await phoneOf(row);
        return { ...(language.success ? { language: language.data } : {}), ...(phone === null ? {} : { phone }) };
      }));
    },
    async record({ address, by, ...ask }, keep = write.record) {
      if (!isMailbox(address)) return refuse('bad-address');
      const owner = ownerOf(address);
      // Whoever changes the language at the same moment does not bring back a number that was taken back.
      for (let tries = 0; tries < TRIES; tries += 1) {
        const state = await change();
        if (state !== null) return state;
      }
      throw new Fault('contact-busy', 'What is on file changed again and again meanwhile.');

      async function change(): Promise<ContactState | null> {
        const [row] = await read.contacts({ owners: [owner] });
        const known = { language: Language.safeParse(row?.language).data ?? null, phone: row ? await phoneOf(row) : null };
        const next = { language: ask.language === undefined ? known.language : ask.language, phone: ask.phone === undefined ? known.phone : ask.phone };
        const state: ContactState = { language: next.language, phoneEnds: next.phone?.slice(-2) ?? null };
        if (next.language === known.language && next.phone === known.phone) return state;
        const { keys, wrapped } = await vault.issue(keyName(owner), { content: FOREVER, evidence: FOREVER });
        const what = next.phone === known.phone ? 'language' : next.phone === null ? 'noPhone' : 'phone';
        const kept = await keep({
          what,
          was: row?.content_key ?? null, row: { owner, language: next.language, epoch: FOREVER, content_key: wrapped.content, evidence_key: wrapped.evidence, phone: next.phone === null ? null : vault.seal(keys.content, keyName(owner), Buffer.from(next.phone)) },
          now: world.now(),
          events: [audit.prepare({
            type: 'contact.recorded', outcome: 'ok', actor: by, facts: { language: next.language, phone: next.phone !== null, changed: what === 'language' ? what : 'phone' },
            sealed: { address: normalAddress(address), ...(next.phone === null || next.phone === known.phone ? {} : { phone: next.phone }) },
          }, await vault.monthly(world.now()))],
        });
        return kept ? state : null;
      }
    },
    spending,
    affords: (phone, again) => read.affords({ spending: spending(phone), again }),
    forget: () => write.clear({ before: today() }),
  };
}
