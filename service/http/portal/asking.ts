/** A shared question, shown after a tap and never before; works without script. Judging an answer is dear, and costs its asker accordingly. */
import type { Context } from 'hono';
import { isRefusal, refuse } from '../../refusal.ts';
import type { Edge } from '../guard.ts';
import type { Markup } from '../page.ts';
import { question, type Face } from './pages.ts';
import type { Door } from './passkeys.ts';

/** One answer takes of an address's share as much as this many pages. */
const COST = 10;

export function questions({ post, forms, open, again, face, judged, show, spend, busy }: Door & {
  face(c: Context<Edge>): Face;
  show(c: Context<Edge>, face: Face, page: Markup, status?: 200 | 422 | 429): Promise<Response>;
  spend(c: Context<Edge>, cost: number): boolean;
  busy(c: Context<Edge>): Promise<Response>;
}): void {
  async function asked(c: Context<Edge>, token: string, ask: string | null, refused: 'wrong' | 'locked' | null): Promise<Response> {
    const own = face(c);
    const why = refused ?? (ask === null ? 'wrong' : null);
    return show(c, own, question({ face: own, path: `/m/${token}`, stamp: forms.stamp(c, token), ask, refused: why }), why === null ? 200 : why === 'locked' ? 429 : 422);
  }

  post('/question', async (c, token) => {
    const found = await judged(async () => {
      const ask = await open.question(token);
      return ask === null ? refuse('not-found') : { ask };
    });
    return asked(c, token, isRefusal(found) ? null : found.ask, null);
  });

  post('/answer-question', async (c, token, form) => {
    if (!spend(c, COST)) return busy(c);
    const entered = await judged(async () => {
      const outcome = await open.answerQuestion(token, form.get('answer') ?? '');
      return isRefusal(outcome) ? { ...outcome, ask: await open.question(token) } : outcome;
    });
    if (isRefusal(entered)) return entered.code === 'question-busy' ? busy(c) : asked(c, token, entered.ask, entered.code === 'code-locked' ? 'locked' : 'wrong');
    forms.keep(c, token, entered.session);
    return again(c, '/message');
  });
}
