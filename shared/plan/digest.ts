/** The plan as both sides hash it: what an author was shown is what is done. */
import type { Plan } from './plan.ts';

/** What the author was shown, as the one byte string both sides hash. Dates are left out: they move at midnight, the class does not. */
export function planDigestInput(shown: Plan): string {
  return JSON.stringify([
    'send-secure-plan-1',
    shown.need,
    shown.decision,
    shown.recipients.map((r) => [r.address, r.role, r.protection, r.otherwise ?? '', r.asks, ...(r.divided ? ['divided'] : []), ...(r.choice ? [`chosen ${r.choice.topic}`] : []), ...r.reasons.filter((why) => why.code.indexOf('address-') === 0).map((why) => why.code), ...(r.memberOf === undefined ? [] : [`of ${r.memberOf}`])]),
    shown.retention.class,
    ...(shown.hold || shown.expires || shown.notices ? [shown.hold ?? 0, shown.expires ?? 0, shown.notices ?? []] : []),
  ]);
}
