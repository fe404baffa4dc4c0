/** Paper, read back with another reader: every word is there, no word may reorder the rest, and what is attached comes out as it went in. */
import { createHash } from 'node:crypto';
import { extractText, getDocumentProxy } from 'unpdf';
import { describe, expect, it } from 'vitest';
import { print, type Paper } from '../../../service/paper/paper.ts';

const PAPER: Paper = {
  title: 'Delivery in May', about: 'For the compliance office', issuer: 'Riverside Clinic', made: Date.UTC(2026, 4, 31, 12),
  blocks: [
    { kind: 'heading', text: 'Where it went' },
    { kind: 'text', text: 'Ελένη Παπαδοπούλου and Łukasz Żółć were written to.' },
    { kind: 'text', tone: 'mark', text: 'What this does not prove.' },
    { kind: 'facts', rows: [{ label: 'Certificate', value: 'AB'.repeat(32), exact: true }, { label: 'Status', value: 'relayed' }] },
    { kind: 'table', columns: [{ title: 'Destination', share: 3 }, { title: 'Copies', share: 1, right: true }], rows: Array.from({ length: 120 }, (_, n) => [`domain${n}.test`, String(n)]) },
    { kind: 'text', tone: 'quiet', text: 'Times are the service\'s clock.' },
  ],
  files: [{ name: 'bundle.zip', about: 'All it rests on', bytes: new Uint8Array([80, 75, 1, 2, 3]) }],
};

// Its reader takes the buffer for itself.
const open = (bytes: Uint8Array) => getDocumentProxy(bytes.slice());

describe('paper', () => {
  it('holds every word, on numbered pages with whose it is', async () => {
    const { text, totalPages } = await extractText(await open(await print(PAPER)), { mergePages: false });
    const all = text.join('\n').replace(/\s+/g, ' ');
    for (const word of ['Delivery in May', 'For the compliance office', 'Where it went', 'Ελένη Παπαδοπούλου', 'Łukasz Żółć', 'AB'.repeat(20), 'domain0.test', 'domain119.test', 'Times are the service']) expect(all).toContain(word);
    expect(totalPages).toBeGreaterThan(2);
    text.forEach((page, n) => expect(page).toContain(`${n + 1} / ${totalPages}`));
    // A table that goes on says again what its columns are.
    for (const page of text.filter((p) => p.includes('domain'))) expect(page).toContain('Destination');
  });

  it('leaves no head of a table alone at the foot of a page', async () => {
    for (let rows = 30; rows < 46; rows += 1) {
      const facts = Array.from({ length: rows }, (_, n) => ({ label: `Fact ${n}`, value: 'x' }));
      const { text } = await extractText(await open(await print({ ...PAPER, files: [], blocks: [{ kind: 'facts', rows: facts }, { kind: 'table', columns: [{ title: 'Tried', share: 1 }], rows: [['first\nsecond\nthird\nfourth']] }] })), { mergePages: false });
      expect(text.filter((page) => page.includes('Tried')).map((page) => page.includes('first')), `${rows} rows`).toEqual([true]);
    }
  });

  it('is tagged, says its language and its title', async () => {
    const document = await open(await print(PAPER));
    const { info } = await document.getMetadata() as { info: { Title?: string; Language?: string } };
    expect([info.Title, info.Language]).toEqual(['Delivery in May', 'en-US']);
    const kinds = JSON.stringify(await (await document.getPage(1)).getStructTree());
    for (const role of ['H1', 'H2', 'P', 'LBody', 'TH', 'TD']) expect(kinds).toContain(`"role":"${role}"`);
  });

  it('carries its files unchanged', async () => {
    const attached = await (await open(await print(PAPER))).getAttachments() as { [name: string]: { content: Uint8Array } };
    expect([...(attached['bundle.zip']?.content ?? [])]).toEqual([80, 75, 1, 2, 3]);
  });

  it('drops what would turn the writing around or not print', async () => {
    const { text } = await extractText(await open(await print({ ...PAPER, blocks: [{ kind: 'facts', rows: [{ label: 'To', value: 'a\u202Etset.live@b\u0007.test' }] }] })), { mergePages: true });
    expect(text).toContain('atset.live@b.test');
    expect(text).not.toMatch(/[\u202E\u0007]/);
  });

  it('is the same bytes for the same paper', async () => {
    const sum = async () => createHash('sha256').update(await print(PAPER)).digest('hex');
    expect(await sum()).toBe(await sum());
  });
});
