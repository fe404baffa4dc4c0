/**
 * The answer to a shared question, as a hash that costs memory. Knowledge that others may have too: SP 800-63B-4 §3.1.1 knows no such authenticator,
 * so it is recorded as weak and never counts for more than a code by mail. Never keeps an answer, never compares one: guesses are counted with those of codes.
 */
import { scrypt } from 'node:crypto';
import { folded, LONGEST, type Question } from '../../../shared/draft/question.ts';
import type { DataKey, Vault } from '../../vault/vault.ts';
import type { NewQuestion, QuestionRow } from './question.sql.ts';

/** RFC 7914 §2: 32 MiB and three passes for one guess. */
export const COST = { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 2 ** 20 } as const;
const BYTES = 32;
/** Answers that may wait for their turn: one is hashed at a time, so that many cannot take the memory. */
const WAITING = 32;

const aad = (item: string) => `question/${item}`;

export interface Questions {
  /** rows for the copies of one message */
  prepare(question: Question, copies: { readonly message: string; readonly items: readonly string[]; readonly content: DataKey }): Promise<NewQuestion[]>;
  ask(row: Pick<QuestionRow, 'item' | 'ask'>, content: DataKey): string;
  /** an answer as it would be kept for this copy; null: too many wait, and nothing was made. Costs the same for a copy that does not exist */
  hash(answer: string, copy: { readonly message: string; readonly item: string }): Promise<string | null>;
}

export function openQuestions({ vault, most = WAITING }: { readonly vault: Pick<Vault, 'seal' | 'open' | 'index'>; readonly most?: number }): Questions {
  let turn: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  // The salt is a keyed hash: nobody who has the disk alone can try answers. One for a message, whose copies ask the same: five hundred hashes would take minutes.
  const slow = (answer: string, message: string): Promise<string> => {
    waiting += 1;
    const salt = Buffer.from(vault.index('question', message), 'hex');
    const made = turn.then(() => new Promise<string>((done, failed) => { scrypt(folded(answer.slice(0, 2 * LONGEST.answer)), salt, BYTES, COST, (fault, bytes) => (fault ? failed(fault) : done(bytes.toString('hex')))); })).finally(() => { waiting -= 1; });
    turn = made.catch(() => undefined);
    return made;
  };
  const bound = (item: string, hash: string) => vault.index('answer', JSON.stringify([item, hash]));

  return {
    async prepare({ ask, answer }, { message, items, content }) {
      const hash = await slow(answer, message);
      return items.map((item) => ({ item, ask: vault.seal(content, aad(item), new TextEncoder().encode(ask.trim())), answer: bound(item, hash) }));
    },
    ask: ({ item, ask }, content) => new TextDecoder().decode(vault.open(content, aad(item), ask)),
    async hash(answer, { message, item }) {
      return waiting >= most ? null : bound(item, await slow(answer, message));
    },
  };
}
