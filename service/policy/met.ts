/** Who wrote to whom before, by keyed hashes: what `meet` keeps, whether somebody is new, and the marks that an author's own Outlook looks up. */
import { domainOf, normalAddress } from '../../shared/draft/address.ts';
import { markOf, type Met } from '../../shared/plan/met.ts';
import type { Vault } from '../vault/vault.ts';
import type { Expected } from './policy.sql.ts';

/** of all of somebody's addresses together: 8 KB in their Outlook */
const MARKS = 1_600;

export function openMet({ vault, read }: {
  readonly vault: Pick<Vault, 'index'>;
  readonly read: { readonly known: (a: { readonly pairs: readonly string[] }) => Promise<boolean[]>; readonly marks: (a: { readonly author: string; readonly limit: number }) => Promise<string[]> };
}) {
  const keyOf = (from: string): string => vault.index('met-key', normalAddress(from));
  const authorOf = (from: string): string => vault.index('met-author', normalAddress(from));
  const pairs = (from: string, recipients: readonly string[]): string[] => recipients.map((to) => vault.index('pair', `${normalAddress(from)}/${normalAddress(to)}`));

  const domainHash = (to: string): string => vault.index('met-domain', domainOf(to));

  return {
    /** keyed hashes of who writes to whom, for `known` */
    pairs,
    /** keyed hashes of the domains mail goes to, for `known` and `meeting` */
    domains: (recipients: readonly string[]): string[] => [...new Set(recipients.map(domainHash))],
    known: (of: readonly string[]): Promise<boolean[]> => read.known({ pairs: of }),
    /** what is kept of who writes to whom, and to which of the outside `domains`, once the item has gone */
    meeting(from: string, items: readonly { readonly id: string; readonly to: string }[], domains: readonly string[]): Expected[] {
      const [author, key, hashes] = [authorOf(from), keyOf(from), pairs(from, items.map(({ to }) => to))];
      return items.flatMap(({ id: item, to }, i) => {
        const domain = domainHash(to);
        return [{ item, pair: hashes[i] ?? '', author, mark: markOf(key, to) }, ...(domains.includes(domain) ? [{ item, pair: domain, author: null, mark: null }] : [])];
      });
    },
    /** whom was written to from each of these addresses, latest first, as their author's own Outlook keeps it */
    async met(addresses: readonly string[]): Promise<Met[]> {
      const limit = Math.floor(MARKS / Math.max(1, addresses.length));
      return Promise.all(addresses.map(async (from) => {
        const marks = await read.marks({ author: authorOf(from), limit: limit + 1 });
        return { from: normalAddress(from), key: keyOf(from), marks: marks.slice(0, limit).join(''), all: marks.length <= limit };
      }));
    },
  };
}
