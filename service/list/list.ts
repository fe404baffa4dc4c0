/**
 * Distribution lists, expanded when a message is planned and again when it is accepted: who would read it, one by one, nested lists and loops included.
 * A list whose members cannot all be named is said to be just that; what follows from it is the plan's affair. It asks directories and keeps nothing but,
 * in memory, what it heard a moment ago. RFC 5321 §3.9.2.
 */
import { domainOf, isMailbox, normalAddress, within } from '../../shared/draft/address.ts';
import type { Address } from '../../shared/draft/draft.ts';
import type { World } from '../world.ts';

/** Of a list, as a directory has it: somebody to write to, another list, or something that cannot be written to. */
export type Member = { readonly kind: 'person' } & Address | { readonly kind: 'list'; readonly id: string } | { readonly kind: 'nobody' };

export interface ListSource {
  /** the list with this address, by the directory's own id; null: it has none. Rejects when it could not be asked. */
  find(address: string): Promise<string | null>;
  /** null: its members are not written down, such as of a rule that is worked out at delivery */
  members(id: string): Promise<readonly Member[] | null>;
}

export type Expansion =
  /** no list: the address of somebody */
  | { readonly kind: 'no-list' }
  | { readonly kind: 'members'; readonly members: readonly Address[] }
  /** a list, and not all of its members can be named */
  | { readonly kind: 'unexpanded' }
  /** nobody could be asked whether it is one */
  | { readonly kind: 'unasked' };

export interface Lists {
  /** one answer per address, in order; `said`: the author's address book calls it a list */
  expand(asked: readonly { readonly address: string; readonly said: boolean }[]): Promise<Expansion[]>;
}

/** A list of more has more members than a message may have recipients. */
const PEOPLE = 501;
const NESTED = 200;
/** Between the plan an author reads and the click; later, who is in it is asked again. */
const LISTED = 30_000;
/** What was no list a moment ago is none now; and if the directory cannot be asked, what was none today. */
const FRESH = 10 * 60_000;
const STALE = 24 * 3_600_000;
const REMEMBERED = 50_000;

export function openLists({ sources, ownDomains, world }: { readonly sources: readonly ListSource[]; readonly ownDomains: readonly string[]; readonly world: Pick<World, 'now'> }): Lists {
  /** by address; `members` null: no list */
  const known = new Map<string, { readonly at: number; readonly members: readonly Address[] | null }>();

  /** Null: not all of them can be named. */
  async function membersOf(source: ListSource, first: string): Promise<Address[] | null> {
    const seen = new Set([first]);
    const people = new Map<string, Address>();
    // A list within itself is read once: a set that grows is walked to its end.
    for (const id of seen) {
      const members = await source.members(id);
      if (members === null || seen.size > NESTED) return null;
      for (const member of members) {
        if (member.kind === 'nobody' || member.kind === 'person' && !isMailbox(member.address)) return null;
        if (member.kind === 'list') seen.add(member.id);
        else if (!people.has(normalAddress(member.address))) people.set(normalAddress(member.address), { address: member.address, ...(member.name === undefined ? {} : { name: member.name }) });
      }
      if (people.size >= PEOPLE) break;
    }
    // Nobody at all would be a message that is lost.
    return people.size === 0 ? null : [...people.values()].slice(0, PEOPLE);
  }

  async function asked(address: string, said: boolean): Promise<Expansion> {
    const before = known.get(address);
    const age = before === undefined ? Number.POSITIVE_INFINITY : world.now() - before.at;
    if (before && age < (before.members ? LISTED : said ? 0 : FRESH)) return before.members ? { kind: 'members', members: before.members } : { kind: 'no-list' };
    let members: Address[] | null = null;
    try {
      for (const source of sources) {
        const id = await source.find(address);
        if (id === null) continue;
        members = await membersOf(source, id);
        if (members === null) return { kind: 'unexpanded' };
        break;
      }
    } catch {
      if (said) return { kind: 'unexpanded' };
      return { kind: before?.members === null && age < STALE ? 'no-list' : 'unasked' };
    }
    if (members === null && said) return { kind: 'unexpanded' };
    known.delete(address);
    const oldest = known.keys().next();
    if (known.size >= REMEMBERED && !oldest.done) known.delete(oldest.value);
    known.set(address, { at: world.now(), members });
    return members === null ? { kind: 'no-list' } : { kind: 'members', members };
  }

  const ours = (address: string): boolean => ownDomains.some((d) => within(domainOf(address), d));
  // A list elsewhere is somebody else's to expand; ours are asked for by one spelling.
  return { expand: (all) => Promise.all(all.map(({ address, said }): Expansion | Promise<Expansion> => (ours(address) ? asked(normalAddress(address), said) : { kind: said ? 'unexpanded' : 'no-list' }))) };
}
