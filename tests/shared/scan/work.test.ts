/** Whatever is repeated, four times the text is four times the work: no reader of a hostile megabyte waits longer than its length. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scan } from '../../../shared/scan/scan.ts';
import { LABELS } from '../../../shared/scan/words/label.ts';

/** What rules begin with, and what joins it. */
const ANCHORS = [
  '1', '12', '123', '1234', 'A', 'a', 'Aa', 'AA', '.', ',', ':', '-', '/', '(', ')', '@', '#', '|', '^', '"', '\'', ' ', '\n', '\n\n', '\t', '=', '?', '%20', '[', '{', '&', '_', '*', '+', '~', ', ', ': ', '. ', '\'s ', '\u00e9', '\u2019', '\ud83d\ude00', '\u00a0',
  'is ', 'of ', 'for ', 'at ', 'has ', 'call ', 'seen ', 'said ', 'MRN ', 'ssn', 'DOB', 'name', 'id', 'John ', 'Smith', 'Dr. ', 'mr ', 'MD', 'Patient', 'HIV', 'hospital ', 'St. ', 'Main ', 'CA', 'city: ', 'PO Box ', 'Apt ', 'May ', 'Jan', 'year', 'y/o', 'ninety', 'photo ', 'dot', 'http', '://', 'www', '.com', 'PID|', 'OBX|', '{"', '":', '[{',
];
/** Cost more than their length once. */
const KNOWN = ['@http.com', 'AA:', '1/1/50', 'John has HIV', 'name,dob,mrn', '1: ', 'photo patient ', 'a.jpg photo ', 'Smith J, ', 'id ', 'MD ', ':Aa', 'CA,'];

/** The same pieces every time: two to four anchors, by a generator of Lehmer's. */
function mixed(count: number): string[] {
  let state = 48_271;
  const next = (below: number): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
  return Array.from({ length: count }, () => Array.from({ length: 2 + next(3) }, () => ANCHORS[next(ANCHORS.length)]).join(''));
}

/** The pieces whose work grows faster: what is done once per text makes it less than four, steps of what is cut into blocks a little more. */
function faster(pieces: readonly string[]): [string, number][] {
  const { stdout, stderr, status } = spawnSync(process.execPath, [join(import.meta.dirname, 'work.child.ts'), JSON.stringify(pieces)], { encoding: 'utf8', maxBuffer: 1 << 24 });
  expect(status, stderr).toBe(0);
  const grown = JSON.parse(stdout) as [string, number][];
  expect(grown.length).toBe(pieces.length);
  return grown.filter(([, ratio]) => !(ratio < 4.5));
}

test('work grows with the length of the text and no faster', () => {
  // Counters of code that the engine has put away meanwhile are lost with it: what seems to grow is counted once more by itself.
  const seeming = faster([...ANCHORS, ...KNOWN, ...mixed(100)]).map(([piece]) => piece);
  expect(seeming.length === 0 ? [] : faster(seeming)).toEqual([]);
});

test('a word said over and over ends no reading: a general label looks to the one before it, and that one, too', () => {
  const general = LABELS.flatMap(([kind, phrases]) => (kind === 'other' ? phrases.split(' ').filter((w) => !w.includes('_')) : []));
  expect(general).toContain('id');
  for (const word of general) expect(() => scan({ subject: '', text: `${`${word} `.repeat(60_000)}441722`, attachments: [] })).not.toThrow();
});
