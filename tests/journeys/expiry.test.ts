/** How long a copy can be read is what the rules say of its kind, and the notice, the page and the pane say the same day. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Stage } from './stage.ts';

const ROSA = 'rosa.delgado@brightmail.test';
const DAY = 86_400_000;
const DOCUMENT = { rules: [
  { id: 'always', when: {}, then: { need: 'transport' }, reason: 'need-always' },
  { id: 'short', when: { sensitive: ['hiv'] }, then: { portal: true, expires: 3 }, says: 'For three days only.' },
] };

describe('the time to read', () => {
  let stage: Stage;
  beforeAll(async () => { stage = await openStage(); });
  afterAll(async () => { await stage?.close(); });

  it.each([['of an ordinary class', 'Your potassium is 6.1.', 30], ['of a class the rules keep short', 'Your HIV test result, MRN 44718293: negative.', 3]])('%s', async (_what, text, days) => {
    const post = (who: string, path: string, body: unknown = {}) => stage.call(who, 'POST', path, body);
    const drafted = await post('ivy', 'policies', { document: DOCUMENT, note: 'Short' });
    if (drafted.body.state === 'draft') {
      await post('ivy', `policies/${drafted.body.version}/simulate`);
      await post('ivy', `policies/${drafted.body.version}/submit`);
      await post('leo', `policies/${drafted.body.version}/approve`);
      expect((await post('leo', `policies/${drafted.body.version}/activate`)).body.state).toBe('active');
    }
    const before = (await stage.mailbox(ROSA)).length;
    const sent = await stage.send('ana', { to: [{ address: ROSA }], text });
    expect(sent.status).toBe(202);
    await stage.until('ana', sent.body.id, ['relayed']);
    const timeline = await stage.timeline('ana', sent.body.id);
    const ends = Date.parse(timeline.recipients[0]?.portal?.expires ?? '');
    expect(ends).toBe(Date.parse(timeline.acceptedAt) + days * DAY);
    const said = new Intl.DateTimeFormat('en-US', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC', hourCycle: 'h23' }).format(ends);
    expect((await stage.newMail(ROSA, before, /\/m\//)).replaceAll('\u202f', ' ')).toContain(said.split(' at ')[0] ?? '');
  });
});
