/**
 * The recipient answers what only they and the author are supposed to know. Never more than a code by mail: where that would not open a copy, neither does
 * an answer. An unknown link, a copy without a question and a wrong answer cost the same hash and are told the same.
 */
import type { Handoff } from '../../handoff/handoff.ts';
import { asksAnswer, type Found, type Pickup } from '../../pickup/pickup.ts';
import type { Questions } from '../../pickup/question/question.ts';
import { isRefusal, refuse } from '../../refusal.ts';
import type { Open } from '../recipient.ts';
import { ownerOf, type House } from '../house.ts';

const NOBODY = { message: '', item: '' };

export interface Asks extends Pick<Open, 'question' | 'answerQuestion'> {
  /** whether this copy opens by an answer today */
  offered(copy: Found | null): Promise<boolean>;
}

export function openAsks(house: House, { handoff, pickup, questions }: { readonly handoff: Handoff; readonly pickup: Pickup; readonly questions: Questions }): Asks {
  const rows = house.store.room<typeof import('../../pickup/question/question.sql.ts')>('question');
  const rowOf = async (copy: Found | null) => {
    const row = await rows.read.of({ item: copy?.item ?? NOBODY.item });
    return row !== null && copy !== null && asksAnswer(copy) ? row : null;
  };

  return {
    offered: async (copy) => (await rowOf(copy)) !== null,

    async question(token) {
      const copy = await pickup.find(token);
      const row = await rowOf(copy);
      const full = row === null || copy === null ? null : (await handoff.load(copy.message))?.full;
      return row === null || !full ? null : questions.ask(row, full.keys.content);
    },

    async answerQuestion(token, answer) {
      const copy = await pickup.find(token);
      const given = await questions.hash(answer, copy ?? NOBODY);
      if (given === null) return refuse('question-busy');
      const message = copy === null ? undefined : await handoff.room.read.message({ id: copy.message });
      const key = message === undefined ? null : await handoff.evidenceKey(message);
      const event = (type: string, outcome: 'ok' | 'denied') => (copy === null || key === null ? [] : [house.audit.prepare({ type, outcome, actor: { kind: 'recipient', id: copy.item }, message: copy.message, item: copy.item, facts: { way: 'shared-question' } }, key)]);
      const to = copy === null || message === undefined ? undefined : (await handoff.evidenceOf(message)).evidence.recipients[copy.n];
      const judged = await pickup.checkAnswer(token, given, { entered: event('portal.authenticated', 'ok'), wrong: event('portal.code_wrong', 'denied'), locked: event('portal.locked', 'denied') }, to === undefined ? '' : ownerOf(house, to.address));
      return isRefusal(judged) ? judged : { kind: 'entered', session: judged.session };
    },
  };
}
