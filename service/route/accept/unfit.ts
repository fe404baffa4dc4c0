/** What an author asks for that a message may not have. */
import { worthless } from '../../../shared/draft/question.ts';
import type { Plan } from '../../../shared/plan/plan.ts';
import type { Wishes } from '../../handoff/content.ts';
import type { Judge } from '../../handoff/judge.ts';
import { refuseAt, type WireRefusal } from '../../refusal.ts';

/** A page copy that a code by mail is known not to open: more is needed, or the way to the mailbox is not proved. */
const beyond = (plan: Plan): boolean => plan.recipients.some((r) => (r.protection === 'portal' || r.otherwise === 'portal')
  && (['at-rest', 'e2e-only'].includes(r.need ?? plan.need) || r.reasons.some(({ code }) => code === 'portal-spoken' || code === 'portal-sms')));

/** Why it may not be asked: it proves nothing, it says what nobody may read before they are known, or it would open nothing. */
export async function unfit(judge: Judge, question: Wishes['question'], plan: Plan): Promise<WireRefusal | null> {
  if (question === undefined) return null;
  const at = (code: WireRefusal['code']) => refuseAt(code, '/question');
  const why = worthless(question);
  if (why !== null) return at(`question-${why}`);
  if (beyond(plan)) return at('question-not-enough');
  const read = await judge.judge({ from: { address: '' }, recipients: [], subject: '', text: question.ask, attachments: [] }, []);
  return read.findings.length > 0 || read.verdict.level !== 'none' ? at('question-has-findings') : null;
}
