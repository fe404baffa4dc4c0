import { afterAll, describe, expect, it } from 'vitest';
import type { Draft } from '../../../shared/draft/draft.ts';
import { openJudge } from '../../../service/handoff/judge.ts';

const judge = openJudge();
afterAll(() => judge.close());

const draft: Draft = {
  from: { address: 'ana.ruiz@riverside.test' }, recipients: [], subject: 'Results', text: 'See the file.',
  attachments: [{ filename: 'results.txt', contentType: 'text/plain', size: 20, sha256: '0'.repeat(64) }],
};
const content = (): Uint8Array[] => [new Uint8Array(Buffer.from('MRN 48291733, diabetes'))];

describe('the service\'s own scan', () => {
  it('reads attachments of one draft after another, none of them slower for the one before', async () => {
    for (let n = 0; n < 4; n += 1) {
      const began = Date.now();
      const result = await judge.judge(draft, content());
      expect(result.verdict.level).toBe('high');
      expect(Date.now() - began).toBeLessThan(10_000);
    }
  });
});
