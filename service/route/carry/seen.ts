/** What a delivery has shown of a domain's next hop, in the words of the table that plans are made from. */
import type { Delivery } from '../../deliver/deliver.ts';
import type { Item } from '../../queue/queue.ts';

/** What the next hop has shown, for later plans. */
export type Seen = { readonly domain: string; readonly proved: boolean; readonly grade: string; readonly host: string; readonly mx?: readonly string[] };

/** Undefined where nothing was seen of the domain itself, because a smart host stands before it. */
export function seen(item: Item, result: Delivery, proved: boolean): Seen | undefined {
  if (result.firstHop) return undefined;
  const last = result.attempts.at(-1);
  return { domain: item.destination, proved, grade: last?.assurance.grade ?? 'D', host: (last?.host ?? '').toLowerCase(), ...(result.mx === undefined ? {} : { mx: result.mx }) };
}
