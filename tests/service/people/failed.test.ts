/** Failed sign-ins in the log: each reason counted, noted once, and nothing where no token came. */
import { expect, it } from 'vitest';
import type { EventDraft } from '../../../service/audit/audit.ts';
import { countFailed } from '../../../service/people/session.ts';
import type { People } from '../../../service/people/people.ts';
import { refuse } from '../../../service/refusal.ts';

it('counts by reason between two notes; what is no sign-in is not counted', async () => {
  const noted: EventDraft[] = [];
  const answers = { a: refuse('token-signature'), b: refuse('token-expired'), c: refuse('token-missing'), d: refuse('issuer-unreachable'), e: { id: 'u_ana' } } as { [token: string]: unknown };
  const people = countFailed({ who: async (token: string | undefined) => answers[token ?? 'c'] } as unknown as People, { record: async (draft) => { noted.push(draft); } });
  for (const token of 'aaabcde') await people.who(token);
  await people.who(undefined);
  expect(await people.who('e')).toEqual({ id: 'u_ana' });
  // The console's own sign-in, which is no token: counted, unless its person broke it off.
  for (const code of ['sign-in-stale', 'sign-in-cancelled', 'token-expired'] as const) expect(people.count(refuse(code))).toEqual(refuse(code));
  people.count({ id: 'u_ana' });
  await people.note();
  await people.note();
  expect(noted.map(({ type, outcome, facts }) => [type, outcome, facts])).toEqual([['auth.failed', 'denied', { code: 'token-signature', count: 3 }], ['auth.failed', 'denied', { code: 'token-expired', count: 2 }], ['auth.failed', 'denied', { code: 'sign-in-stale', count: 1 }]]);
});
