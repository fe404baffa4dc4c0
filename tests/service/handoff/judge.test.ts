import { strToU8, zipSync } from 'fflate';
import { afterAll, describe, expect, it } from 'vitest';
import { kindOf } from '../../../service/pickup/upload/kind.ts';
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

  it('gives up a letter that swells beyond measure, or that claims to be smaller than it is, and reads the next', async () => {
    const type = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
    const letter = (size: number) => zipSync({ '[Content_Types].xml': strToU8('<x/>'), 'word/document.xml': new Uint8Array(size).fill(0x20) }, { level: 9 });
    const bomb = letter(160 * 1024 * 1024);
    expect(bomb.length).toBeLessThan(200_000);
    // By its first bytes it is a letter: the portal takes it, and its words are looked for here alone.
    expect(kindOf(Buffer.from(bomb.subarray(0, 4096)), 'a.docx')?.contentType).toBe(type);
    const lying = Buffer.from(bomb);
    for (const mark of ['PK\x01\x02', 'PK\x03\x04']) for (let at = lying.indexOf(mark, 0, 'latin1'); at >= 0; at = lying.indexOf(mark, at + 4, 'latin1')) lying.writeUInt32LE(4096, at + (mark.endsWith('\x02') ? 24 : 22));
    for (const swells of [bomb, new Uint8Array(lying)]) {
      expect((await judge.read({ filename: 'a.docx', contentType: type }, swells)).trim()).toBe('');
      expect((await judge.judge(draft('a.docx', type, swells.length), [new Uint8Array(swells)])).verdict.level).toBe('unscannable');
    }
    expect(await level('note.txt', 'text/plain', 'The garden is open.')).toBe('none');
  });

  it('goes on after a file it could not read', async () => {
    expect(await level('a.pdf', 'application/pdf', '%PDF-1.7\nbroken')).toBe('unscannable');
    expect(await level('note.txt', 'text/plain', 'The garden is open.')).toBe('none');
  });
});

const LOGO = { filename: 'logo.png', contentType: 'image/png', size: 900, sha256: 'a'.repeat(64), contentId: 'logo@here' };
it.each([
  ['a logo inside the text', LOGO, '<p>Thank you.</p><img src="cid:logo@here">', 'none', 0],
  ['the same picture, not inside the text', LOGO, '<p>Thank you.</p>', 'unscannable', 1],
  ['a picture large enough for a page', { ...LOGO, size: 60_000 }, '<img src="cid:logo@here">', 'unscannable', 1],
  ['another kind of file under that id', { ...LOGO, filename: 'x.doc', contentType: 'application/msword' }, '<img src="cid:logo@here">', 'unscannable', 1],
] as const)('%s', async (_what, fact, html, level, unscannable) => {
  const judge = openJudge();
  const { verdict } = await judge.judge({ from: { address: 'ana@riverside.test' }, recipients: [{ address: 'tess@lakeside.test', role: 'to' }], subject: 'Thank you', html, attachments: [fact] }, [new Uint8Array(fact.size)]);
  expect(verdict).toMatchObject({ level, unscannable });
  await judge.close();
});
