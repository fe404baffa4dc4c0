/** What an author hears when several copies of one message meet the same end: one mail that counts them, and none for what is told already. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../until.ts';
import { openStage, type Stage } from './stage.ts';

describe('news of several copies', () => {
  let stage: Stage;
  let ahead = 0;
  const GATHER = 600_000;
  beforeAll(async () => { stage = await openStage({ extra: { gatherMs: GATHER }, now: () => Date.now() + ahead }); });
  afterAll(() => stage?.close());

  const told = async (id: string) => (await stage.mailbox('ana.ruiz@riverside.test')).map((mail) => mail.raw.replaceAll(/=\r\n|\r\n/g, ' ')).filter((raw) => raw.includes(id) && !raw.includes('Sent securely:'));

  it('is one mail for all that moved for the same reason, and another for another reason', async () => {
    const to = ['w1@oldpost.test', 'w2@oldpost.test', 'w3@strip.test', 'e1@expired.test', 'r1@reject.test', 'r2@reject.test'].map((address) => ({ address }));
    const sent = await stage.send('ana', { to, text: 'Maria Alvarez, MRN 4471902: lithium level 1.9.' });
    await stage.until('ana', sent.body.id, ['relayed', 'failed']);
    // However long the last of them took, they had ended within the time that is waited for more.
    ahead += GATHER;
    await until('three mails', async () => (await told(sent.body.id)).length >= 3);
    const heads = (await told(sent.body.id)).map((raw) => /(?:One|\d+) (?:recipients?|cop(?:y|ies)) of your message[^.]*/.exec(raw)?.[0].replaceAll(/\s+/g, ' ')).sort();
    expect(heads).toEqual(['2 recipients of your message could not be reached', '3 recipients of your message are reached another way than you were shown, a stronger one', 'One recipient of your message is reached another way than you were shown, a stronger one']);
    expect((await told(sent.body.id)).find((raw) => raw.includes('3 recipients'))).toMatch(/does not offer an\s+encrypted.*tell\s+them\s+by\s+phone/);
    // one more that ends so later is told as well
    const again = await stage.send('ana', { to: [{ address: 'r3@reject.test' }], text: 'Maria Alvarez again.' });
    await stage.until('ana', again.body.id, ['failed']);
    ahead += GATHER;
    await until('one more mail', async () => (await told(again.body.id)).length > 0);
    expect((await told(again.body.id)).join(' ')).toContain('One recipient of your message could not be reached');
  });
});
