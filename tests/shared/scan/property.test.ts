import fc from 'fast-check';
import { expect, test } from 'vitest';
import { scan, type VerdictLevel } from '../../../shared/scan/scan.ts';
import { blocksOf, scanBlock } from '../../../shared/scan/block.ts';
import { hashWord } from '../../../shared/scan/lexicon/fold.ts';
import { isCommon } from '../../../shared/scan/lexicon/lexicon.ts';
import { tokenize } from '../../../shared/scan/token.ts';
import { corpus } from '../../../service/policy/corpus/corpus.ts';

const cases = corpus(77, 4);
const text = fc.constantFrom(...cases.map((c) => c.text));
const key = ({ kind, rule, start, end }: { kind: string; rule: string; start: number; end: number }) => `${kind} ${rule} ${start} ${end}`;
const ORDER: readonly VerdictLevel[] = ['none', 'pii', 'medium', 'high', 'bulk', 'unscannable'];

test('the same text gives the same findings, remembered or not, alone or between others', () => {
  fc.assert(fc.property(text, text, (a, b) => {
    const alone = scan({ subject: '', text: b, attachments: [] }).findings.map(key);
    const shift = a.length + 2;
    const together = scan({ subject: '', text: `${a}\n\n${b}`, attachments: [] }).findings.filter((f) => f.start >= shift).map((f) => key({ ...f, start: f.start - shift, end: f.end - shift }));
    // a text that ends or begins in the middle of a label would be one block with its neighbour; these do not
    expect(together).toEqual(alone);
  }), { numRuns: 200 });
});

test('what a word is does not hang on the words that were read before it, though words with one hash are remembered', () => {
  const common = (word: string) => isCommon(word, 0, word.length, hashWord(word));
  expect(['Ozon\u00edsms', 'Ozonisms', 'Ozon\u00edsms', 'Ozonisms'].map(common)).toEqual([false, true, false, true]);
  const flags = (word: string) => tokenize(word).flags[0];
  // an ending is looked for in small letters only
  const [cramps, shouted] = [flags('cramps'), flags('CRAMPS')];
  expect(shouted).not.toBe(cramps);
  expect(['cramps', 'CRAMPS', 'cramps'].map(flags)).toEqual([cramps, shouted, cramps]);
});

test('splitting at the ends of blocks changes nothing', () => {
  fc.assert(fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), (texts) => {
    const whole = texts.join('\n\n');
    const all = scan({ subject: '', text: whole, attachments: [] }).findings.map(key);
    const parts = blocksOf(whole).flatMap((b) => scan({ subject: '', text: whole.slice(b.start, b.end), attachments: [] }).findings.map((f) => key({ ...f, start: f.start + b.start, end: f.end + b.start })));
    expect(parts).toEqual(all);
  }), { numRuns: 100 });
});

test('HTML and plain text of the same words give the same findings', () => {
  fc.assert(fc.property(text, (words) => {
    const escaped = words.replace(/&/g, '&amp;').replace(/</g, '&lt;');
    const html = `<pre>${escaped}</pre>`;
    const plain = scan({ subject: '', text: words, attachments: [] });
    const marked = scan({ subject: '', html, attachments: [] });
    expect(marked.findings.map((f) => `${f.kind} ${f.rule}`)).toEqual(plain.findings.map((f) => `${f.kind} ${f.rule}`));
    expect(marked.findings.map((f) => html.slice(f.start, f.end).replace(/&amp;/g, '&'))).toEqual(plain.findings.map((f) => words.slice(f.start, f.end)));
    expect(marked.verdict.level).toBe(plain.verdict.level);
  }), { numRuns: 200 });
});

test('a long draft is remembered block by block, and remembers right', () => {
  const long = cases.map((c) => c.text).join('\n\n');
  expect(long.length).toBeGreaterThan(8000);
  const first = scan({ subject: '', text: long, attachments: [] });
  expect(scan({ subject: '', text: long, attachments: [] })).toEqual(first);
  fc.assert(fc.property(fc.nat(long.length), (at) => {
    const typed = `${long.slice(0, at)}x${long.slice(at)}`;
    expect(scan({ subject: '', text: typed, attachments: [] }).findings.map(key)).toEqual(readAnew(typed));
  }), { numRuns: 20 });
});

/** What the blocks say when each is read anew, the long table's pieces under its heading. */
function readAnew(text: string): string[] {
  let heading = '';
  return blocksOf(text).flatMap((b) => {
    const above = b.goesOn ? heading : '';
    const found = scanBlock(above + text.slice(b.start, b.end), false);
    heading = found.heading;
    const shift = b.start - above.length;
    return found.hits.filter((h) => h.start >= above.length).map((h) => key({ ...h, start: h.start + shift, end: h.end + shift }));
  });
}

const HEADING = ['Name', 'DOB', 'MRN', 'Diagnosis'];
const ROW = fc.tuple(fc.constantFrom('Tess Lane', 'Sam Park', 'Ana Ruiz', 'Ulf Brack'), fc.constantFrom('3/14/1962', '11/02/1980'), fc.integer({ min: 100_000, max: 9_999_999 }).map(String), fc.constantFrom('COPD', 'asthma', 'hip fracture', ''));

test('a long table is read in pieces, each under its heading: every row says what it says alone', () => {
  fc.assert(fc.property(fc.array(ROW, { minLength: 300, maxLength: 400 }), fc.constantFrom('\t', '|', ','), fc.array(fc.tuple(fc.nat(), fc.constantFrom('x', '7', ' ', '\n', '\t', '')), { maxLength: 8 }), (rows, mark, strokes) => {
    const lines = [HEADING, ...rows].map((cells) => cells.join(mark));
    const table = lines.join('\n');
    expect(blocksOf(table).length).toBeGreaterThan(2);
    const { findings, verdict } = scan({ subject: '', text: table, attachments: [] });
    expect(verdict.level).toBe('bulk');
    let start = (lines[0] ?? '').length + 1;
    for (const line of lines.slice(1, 40)) {
      const alone = scan({ subject: '', text: `${lines[0]}\n${line}`, attachments: [] }).findings.filter((f) => f.start > HEADING.join(mark).length);
      const shift = start - (lines[0] ?? '').length - 1;
      expect(findings.filter((f) => f.start >= start && f.end <= start + line.length).map(key)).toEqual(alone.map((f) => key({ ...f, start: f.start + shift, end: f.end + shift })));
      start += line.length + 1;
    }
    let typed = table;
    for (const [where, what] of strokes) {
      const at = where % typed.length;
      typed = what === '' ? typed.slice(0, at) + typed.slice(at + 1) : typed.slice(0, at) + what + typed.slice(at);
      expect(scan({ subject: '', text: typed, attachments: [] }).findings.map(key)).toEqual(readAnew(typed));
    }
  }), { numRuns: 8 });
});

test('a key stroke in a long table reads two pieces again at most', () => {
  const table = [HEADING, ...Array.from({ length: 1500 }, (_, n) => [`Tess ${'Lane Park Ruiz Brack'.split(' ')[n % 4]}`, `${1 + n % 12}/${1 + n * 7 % 28}/1962`, String(100_000 + n * n * 37), ['COPD', 'asthma', 'hip fracture'][n % 3]])].map((cells) => cells.join('\t')).join('\n');
  const pieces = (text: string): string[] => blocksOf(text).map((b) => text.slice(b.start, b.end));
  const known = new Set(pieces(table));
  for (let at = 100; at < table.length; at += 1777) expect(pieces(`${table.slice(0, at)}x${table.slice(at)}`).filter((piece) => !known.has(piece)).length).toBeLessThanOrEqual(2);
});

const identifier = fc.constantFrom('MRN 4471223', 'SSN 524-71-8803', 'DOB 3/14/1962', 'Member ID ABC123456', 'call (216) 555-0143', 'tess.lane@lakeside.test', 'patient Robert Smith', 'lives at 12 Main St, Dayton, OH 45402', 'card 4111 1111 1111 1111');

test('one more identifier never lowers a verdict', () => {
  fc.assert(fc.property(text, identifier, fc.boolean(), (words, more, before) => {
    const without = scan({ subject: '', text: words, attachments: [] }).verdict;
    const added = scan({ subject: '', text: before ? `${more}.\n\n${words}` : `${words}\n\n${more}.`, attachments: [] }).verdict;
    expect(ORDER.indexOf(added.level)).toBeGreaterThanOrEqual(ORDER.indexOf(without.level));
    expect(added.people).toBeGreaterThanOrEqual(without.people);
  }), { numRuns: 300 });
});

test('no value is ever in a result', () => {
  fc.assert(fc.property(text, (words) => {
    const result = scan({ subject: words.slice(0, 80), text: words, attachments: [{ filename: 'x.txt', text: words }] });
    const told = JSON.stringify(result).toLowerCase();
    for (const f of result.findings) {
      if (f.part !== 'body') continue;
      const value = words.slice(f.start, f.end).toLowerCase();
      // short words of the language itself may occur in a reason
      if (/\d{3}|@/.test(value)) expect(told.includes(value)).toBe(false);
    }
  }), { numRuns: 150 });
});

test('any string is judged, in order, without overlaps', () => {
  const mark = fc.constantFrom('MRN', 'DOB', 'Dr.', 'John', 'Smith', 'St.', 'Hospital', '12', '1/2/50', '@', '://', '\n', '\t', ',', '|', '^', '{"', '":', '(', ')', ' ', '-', 'é', '\u200b', '😀', 'PID|1||');
  fc.assert(fc.property(fc.array(fc.oneof(mark, fc.string({ maxLength: 5 })), { maxLength: 60 }).map((p) => p.join('')), (words) => {
    const { findings } = scan({ subject: '', text: words, attachments: [] });
    let last = 0;
    for (const f of findings) {
      expect(f.start).toBeGreaterThanOrEqual(last);
      expect(f.end).toBeGreaterThan(f.start);
      expect(f.end).toBeLessThanOrEqual(words.length);
      expect(f.reasons.length).toBeGreaterThan(0);
      last = f.end;
    }
  }), { numRuns: 600 });
});
