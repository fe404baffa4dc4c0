/** `spend` alone, as an operation of its own; in the service it is part of the transaction that queues the text message. */
import { spend, type Spending } from '../../../service/contact/contact.sql.ts';
import type { Tx } from '../../../service/store/store.ts';

export const migrations = [];
export const statements = {};
export const reads = {};
export const unaudited = ['spend'];
export const writes = { spend: async (tx: Tx, { again, ...a }: Spending & { readonly again: boolean }): ReturnType<typeof spend> => spend(tx, a, again) };
