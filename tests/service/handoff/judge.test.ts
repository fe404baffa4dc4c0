import { afterAll, describe, expect, it } from 'vitest';
import { openJudge } from '../../../service/handoff/judge.ts';
import type { Draft } from '../../../shared/draft/draft.ts';

const judge = openJudge();
afterAll(() => judge.close());

const draft = (filename: string, contentType: string, size: number): Draft => ({
  from: { address: 'ana.ruiz@riverside.test' }, recipients: [{ address: 'sam.park@stmarys.test', role: 'to' }], subject: 'Hello', text: 'See you.',
  attachments: [{ filename, contentType, size, sha256: 'a'.repeat(64) }],
});
const level = async (filename: string, contentType: string, content: string) => {
  const bytes = new TextEncoder().encode(content);
  return (await judge.judge(draft(filename, contentType, bytes.length), [bytes])).verdict.level;
};

describe('the worker that reads attachments', () => {
  it('reads one draft after another, and several at once, alike', async () => {
    for (let n = 0; n < 3; n += 1) expect(await level('note.txt', 'text/plain', 'The garden is open.')).toBe('none');
    const many = await Promise.all(['The garden is open.', 'SSN: 219-09-9999, diagnosis: lymphoma', 'The garden is open.'].map((text) => level('note.txt', 'text/plain', text)));
    expect([many[0] === 'none', many[1] === 'none', many[2] === 'none']).toEqual([true, false, true]);
  });

  it('goes on after a file it could not read', async () => {
    expect(await level('a.pdf', 'application/pdf', '%PDF-1.7\nbroken')).toBe('unscannable');
    expect(await level('note.txt', 'text/plain', 'The garden is open.')).toBe('none');
  });
});
