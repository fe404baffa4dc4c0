/**
 * Shared questions, one row a copy, from acceptance to the end of the copy: the question sealed under the message's content key, of its answer a hash
 * that costs memory. Wrong answers are counted here beside the tries of codes (`pickup.sql.ts`), which begin anew with every code that is asked for.
 */
import type { Migration, Tx } from '../../store/store.ts';

export const migrations: readonly Migration[] = [
  { id: 'question-1', ddl: ['CREATE TABLE pickup_question (item TEXT PRIMARY KEY, ask {bytes} NOT NULL, answer TEXT NOT NULL)'] },
  { id: 'question-2', ddl: ['ALTER TABLE pickup_question ADD COLUMN wrong {int} NOT NULL DEFAULT 0'] },
];

export const statements = {
  insert: 'INSERT INTO pickup_question (item, ask, answer) VALUES ($1, $2, $3) ON CONFLICT (item) DO NOTHING',
  byItem: 'SELECT item, ask, answer, wrong FROM pickup_question WHERE item = $1',
  count: 'UPDATE pickup_question SET wrong = $2 WHERE item = $1 AND wrong <> $2',
  drop: 'DELETE FROM pickup_question WHERE item = $1',
} as const;

export interface QuestionRow {
  readonly item: string;
  readonly ask: Uint8Array;
  readonly answer: string;
  /** answers, since somebody was let in by a code */
  readonly wrong: number;
}
export type NewQuestion = Omit<QuestionRow, 'wrong'>;

/** For `route/route.sql.ts`, in the transaction of the acceptance. */
export async function keepQuestions(tx: Tx, rows: readonly NewQuestion[]): Promise<void> {
  for (const row of rows) await tx.run(statements.insert, row.item, row.ask, row.answer);
}

/** For `pickup.sql.ts`, in the transaction that counts the guess; an empty answer: nothing is right. */
export async function answerOf(tx: Tx, item: string): Promise<Pick<QuestionRow, 'answer' | 'wrong'>> {
  return (await tx.get<QuestionRow>(statements.byItem, item)) ?? { answer: '', wrong: 0 };
}

/** … and counts it; none once a code has let somebody in. */
export async function countWrong(tx: Tx, item: string, wrong: number): Promise<void> {
  await tx.run(statements.count, item, wrong);
}

/** Taken back or disposed of. */
export async function dropQuestion(tx: Tx, item: string): Promise<void> {
  await tx.run(statements.drop, item);
}

export const writes = {};

export const reads = {
  of: async (tx: Tx, a: { readonly item: string }): Promise<QuestionRow | null> => (await tx.get<QuestionRow>(statements.byItem, a.item)) ?? null,
};
