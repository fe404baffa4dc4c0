/** A page of the log as it is asked for, and by which of the indexes it is read. */
export interface PageArgs {
  /** only entries below: the snapshot's tree size */
  readonly size: number;
  readonly from: number;
  readonly to: number;
  readonly types: readonly string[];
  readonly messages: readonly string[];
  readonly items: readonly string[];
  readonly actor: string;
  readonly outcome: string;
  readonly order: 'asc' | 'desc';
  readonly after: { readonly time: number; readonly seq: number } | null;
  readonly limit: number;
}

/** The path with the fewest entries beside those that are wanted. */
export function wayOf(q: PageArgs): { readonly by: 'item' | 'message' | 'outcomeType' | 'outcome' | 'actorType' | 'type' | 'actor' | 'all'; readonly keys: readonly (readonly string[])[] } {
  const each = (values: readonly string[], ...first: readonly string[]) => values.map((value) => [...first, value]);
  if (q.items.length > 0) return { by: 'item', keys: each(q.items) };
  if (q.messages.length > 0) return { by: 'message', keys: each(q.messages) };
  if (q.outcome !== '' && q.outcome !== 'ok') return q.types.length > 0 ? { by: 'outcomeType', keys: each(q.types, q.outcome) } : { by: 'outcome', keys: [[q.outcome]] };
  if (q.types.length > 0) return q.actor === '' ? { by: 'type', keys: each(q.types) } : { by: 'actorType', keys: each(q.types, q.actor) };
  return q.actor === '' ? { by: 'all', keys: [[]] } : { by: 'actor', keys: [[q.actor]] };
}
