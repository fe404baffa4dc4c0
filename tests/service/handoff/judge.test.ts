/** The worker that reads attachments answers more than once. */
import { expect, test } from 'vitest';
import { openJudge } from '../../../service/handoff/judge.ts';

test('one draft after another: the second attachment is read as well as the first', async () => {
  const judge = openJudge();
  const csv = 'patient_name,date_of_birth,mrn\r\nHarold Venn,1948-07-02,48190021\r\n';
  const draft = { from: { address: 'ana.ruiz@riverside.test' }, recipients: [], subject: 'Claims', text: 'Attached.', attachments: [{ filename: 'claims.csv', contentType: 'text/csv', size: csv.length, sha256: '' }] };
  try {
    const levels = [];
    for (let i = 0; i < 3; i += 1) levels.push((await judge.judge(draft, [new TextEncoder().encode(csv)])).verdict.level);
    expect(levels).toEqual(['high', 'high', 'high']);
  } finally {
    await judge.close();
  }
});
