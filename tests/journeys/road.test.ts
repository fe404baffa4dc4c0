import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Stage } from './stage.ts';

describe('one message to four kinds of mailbox', () => {
  let stage: Stage;
  beforeAll(async () => { stage = await openStage(); });
  afterAll(() => stage?.close());

  it('reaches everybody, each by the protection that was shown', async () => {
    const sent = await stage.send('ana', {
      to: [{ address: 'tess.lane@lakeside.test' }, { address: 'sam.park@stmarys.test' }, { address: 'gina.holt@keyring.test' }, { address: 'rosa.delgado@brightmail.test' }],
      subject: 'Potassium result', text: 'Maria Alvarez, MRN 4471902: potassium 6.1, please call today.',
    });
    expect(sent.status, JSON.stringify(sent.body)).toBe(202);
    expect(sent.body.recipients.map((r) => r.protection)).toEqual(['tls', 'smime', 'pgp', 'portal']);
    const timeline = await stage.until('ana', sent.body.id, ['relayed']);
    expect(timeline.recipients.map((r) => r.protection)).toEqual(['tls', 'smime', 'pgp', 'portal']);
  });
});
