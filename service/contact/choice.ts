/**
 * The warned choice of ordinary mail for named topics (45 CFR 164.522(b), 78 FR 5634): made by the individual alone, or recorded by staff who warned
 * them. Only keeps and tells; whether a message may follow it is the plan's, whether somebody is that individual the portal's.
 */
import { isMailbox, normalAddress } from '../../shared/draft/address.ts';
import { TOPICS, type PlainChoice, type Topic } from '../../shared/plan/capability.ts';
import type { ChoiceState, Language } from '../../shared/wire/contact.ts';
import type { Audit, EventDraft } from '../audit/audit.ts';
import { newId } from '../identity.ts';
import { refuse, type Refusal } from '../refusal.ts';
import type { Store } from '../store/store.ts';
import type { Vault } from '../vault/vault.ts';
import type { World } from '../world.ts';
import { WORDS } from '../words/words.ts';
import type { ChoiceRow, Chosen } from './choice.sql.ts';

/** What the next person reads before choosing; a row keeps the words it was made under. */
function warningOf(language: Language, organisation: string): { readonly version: string; readonly text: string } {
  const { version, warning } = WORDS[language].portal.plain;
  return { version, text: warning(organisation) };
}

export interface Choices {
  warning(language: Language): { readonly version: string; readonly text: string };
  /** one answer per address, in order */
  of(addresses: readonly string[]): Promise<(PlainChoice | null)[]>;
  /** no topics: taken back. `way`: how the individual was verified, or `staff`. `write`: in a transaction that does more than that */
  choose(ask: { readonly address: string; readonly topics: readonly Topic[]; readonly language: Language; readonly way: string; readonly by: EventDraft['actor'] }, write?: (change: Chosen) => Promise<boolean>): Promise<ChoiceState | Refusal<'bad-address'>>;
}

const stateOf = (row: Pick<ChoiceRow, 'topics' | 'version' | 'time'> | null): ChoiceState => ({ topics: row === null ? [] : topicsOf(row), version: row?.version ?? null, since: row === null ? null : new Date(row.time).toISOString() });
/** A word that is no topic any more counts for nothing. */
const topicsOf = (row: Pick<ChoiceRow, 'topics'>): Topic[] => TOPICS.filter((t) => row.topics.split(' ').includes(t));

export function openChoices({ store, vault, world, audit, organisation }: { readonly store: Pick<Store, 'room'>; readonly vault: Pick<Vault, 'index' | 'monthly'>; readonly world: Pick<World, 'now' | 'random'>; readonly audit: Pick<Audit, 'prepare'>; readonly organisation: string }): Choices {
  const { read, write } = store.room<typeof import('./choice.sql.ts')>('choice');
  const ownerOf = (address: string) => vault.index('address', normalAddress(address));

  return {
    warning: (language) => warningOf(language, organisation),
    async of(addresses) {
      const rows = await read.active({ owners: addresses.map(ownerOf) });
      return rows.map((row) => (row === null || topicsOf(row).length === 0 ? null : { topics: topicsOf(row), version: row.version, since: row.time }));
    },
    async choose({ address, topics, language, way, by }, keep = write.choose) {
      if (!isMailbox(address)) return refuse('bad-address');
      const owner = ownerOf(address);
      const now = world.now();
      const chosen = TOPICS.filter((t) => topics.includes(t));
      const { version, text } = warningOf(language, organisation);
      const row: ChoiceRow | null = chosen.length === 0 ? null : { id: newId('chc', world), owner, topics: chosen.join(' '), version, language, warning: text, source: by.kind === 'recipient' ? 'recipient' : 'staff', actor: by.id, way, time: now };
      await keep({
        owner, row, now, by: by.id,
        events: [audit.prepare({ type: row === null ? 'preference.plain_revoked' : 'preference.plain_chosen', outcome: 'ok', actor: by, facts: row === null ? { way } : { topics: row.topics, version, language, way }, sealed: { address: normalAddress(address) } }, await vault.monthly(now))],
      });
      return stateOf(row);
    },
  };
}
