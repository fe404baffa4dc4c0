/**
 * Shared questions, one row a copy, from acceptance to the end of the copy: the question sealed under the message's content key, of its answer a hash
 * that costs memory. Guesses are counted where those of codes are: `pickup.sql.ts`.
 */
import type { Migration, Tx } from '../../store/store.ts';

export const migrations: readonly Migration[] = [
  { id: 'question-1', ddl: ['CREATE TABLE pickup_question (item TEXT PRIMARY KEY, ask {bytes} NOT NULL, answer TEXT NOT NULL)'] },
];

export const statements = {
  insert: 'INSERT INTO pickup_question (item, ask, answer) VALUES ($1, $2, $3) ON CONFLICT (item) DO NOTHING',
  byItem: 'SELECT item, ask, answer FROM pickup_question WHERE item = $1',
  drop: 'DELETE FROM pickup_question WHERE item = $1',
} as const;

export interface QuestionRow {
  readonly item: string;
  readonly ask: Uint8Array;
  readonly answer: string;
}

/** For `route/route.sql.ts`, in the transaction of the acceptance. */
export async function keepQuestions(tx: Tx, rows: readonly QuestionRow[]): Promise<void> {
  for (const row of rows) await tx.run(statements.insert, row.item, row.ask, row.answer);
}

/** For `pickup.sql.ts`, in the transaction that counts the guess; empty: nothing is right. */
export async function answerOf(tx: Tx, item: string): Promise<string> {
  return (await tx.get<QuestionRow>(statements.byItem, item))?.answer ?? '';
}

/** Taken back or disposed of. */
export async function dropQuestion(tx: Tx, item: string): Promise<void> {
  await tx.run(statements.drop, item);
}

export const writes = {};

export const reads = {
  of: async (tx: Tx, a: { readonly item: string }): Promise<QuestionRow | null> => (await tx.get<QuestionRow>(statements.byItem, a.item)) ?? null,
};
