/** Puts questions where an acceptance would. */
import { keepQuestions, type NewQuestion } from '../../../../service/pickup/question/question.sql.ts';
import type { Tx } from '../../../../service/store/store.ts';

export const migrations = [];
export const statements = {};
export const writes = { keep: (tx: Tx, a: { readonly rows: readonly NewQuestion[] }): Promise<void> => keepQuestions(tx, a.rows) };
export const unaudited = ['keep'];
export const reads = {};
