import { expect, test } from 'vitest';
import { corpus, type Case } from '../../../service/policy/corpus/corpus.ts';
import { type Gold, openRandom } from '../../../service/policy/corpus/draw.ts';
import { score, totals } from '../../corpus/score.ts';

/** None of these stands in the corpus; the scanner knows few of them. */
const GIVEN = 'Ainhoa Anders Arjun Bogdan Caoimhe Chidi Daria Efua Emeka Eszter Fereshteh Goran Hadiza Ioannis Itziar Jorunn Kalyani Katalin Kofi Ljubica Mamadou Mei-ling Milica Neha Nneka Oddvar Olena Parisa Pekka Ravi Ritva Ronja Sergei Seung-hyun Sinead Sunita Tamas Tariq Thandeka Torbjorn Vesna Wanjiru Zbigniew Brenda Craig Debra Holly Marcia Norman Savannah Todd'.split(' ');
const FAMILY = 'Abegunde Achterberg Bakker Bondarenko Bukowski Chikezie Davenport Dembele Dubois Eriksen Esposito Fekete Gunnarsson Haddad Heikkinen Horvath Iwu Kagan Karimi Kiplagat Kobayashi Kulkarni Lancaster Leinonen Majewski Mbeki Mutua Nikolaidis Okonkwo Pereira Popescu Rahimi Sarkar Shevchenko Skogen Thapa Tkachenko Ueda Valverde Virtanen Wiggins Xu Yildiz Zielinski'.split(' ');
const CARE = ['Tampa General', 'Cascade Eye Institute', 'St. Rita\'s Hospital', 'Oakridge Community Hospital', 'Silver Creek Medical Center', 'Kalamazoo Heart Center', 'Stonebridge Nursing Home', 'Penn Presbyterian', 'Holy Cross Health System', 'Golden Gate Clinic'];
const MONTHS = 'January February March April May June July August September October November December'.split(' ');

type Draw = <T>(list: readonly T[]) => T;

function named(value: string, pick: Draw): string {
  const turned = /^[^\s,^]+[,^]/.test(value);
  let words = 0;
  return value.replace(/\p{L}[\p{L}'-]+/gu, (word) => {
    if (/^(?:dr|mr|mrs|ms|miss|md|rn|np|do|prof)$/i.test(word)) return word;
    words += 1;
    const other = (words === 1) !== turned ? pick(GIVEN) : pick(FAMILY);
    return word === word.toUpperCase() ? other.toUpperCase() : word === word.toLowerCase() ? other.toLowerCase() : other;
  });
}

function dated(value: string, pick: Draw): string {
  const numeric = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(value);
  if (numeric === null) return value;
  const [, m = '', d = '', y = ''] = numeric;
  const month = MONTHS[Number(m) - 1] ?? '';
  return pick([`${d} ${month} ${y}`, `${month.slice(0, 3)}. ${d}, ${y}`, `${y}/${m.padStart(2, '0')}/${d.padStart(2, '0')}`, `${d.padStart(2, '0')}-${month.slice(0, 3)}-${y}`, `${m}-${d}-${y.slice(2)}`]);
}

/** The same message about somebody else, at another place, on days written in another way. */
function swap({ text, gold, ...rest }: Case, seed: number): Case {
  const random = openRandom(seed);
  const pick: Draw = (list) => list[Math.floor(random() * list.length)] as never;
  const known = new Map<string, string>();
  const moved: Gold[] = [];
  let out = '';
  let at = 0;
  for (const span of gold.toSorted((a, b) => a.start - b.start)) {
    const value = text.slice(span.start, span.end);
    const key = `${span.type} ${value}`;
    const other = known.get(key) ?? (span.type === 'NAME' ? named(value, pick) : span.type === 'DATE' && text.slice(span.end, span.end + 1) !== ',' ? dated(value, pick) : span.type === 'GEO' && /(?:Clinic|Hospital|Center|Institute|Home)$/.test(value) ? pick(CARE) : value);
    known.set(key, other);
    out += text.slice(at, span.start);
    moved.push({ type: span.type, start: out.length, end: out.length + other.length });
    out += other;
    at = span.end;
  }
  return { ...rest, text: out + text.slice(at), gold: moved };
}

test('other people, places of care and ways of writing a day are found as well', () => {
  const rows = score(corpus(8_128, 12).map((c, n) => swap(c, n + 1)));
  const { recall, precision, flagged, falsely } = totals(rows);
  expect(recall).toBeGreaterThanOrEqual(0.98);
  expect(precision).toBeGreaterThanOrEqual(0.98);
  expect(flagged).toBeGreaterThanOrEqual(0.99);
  expect(falsely).toBeLessThanOrEqual(0.01);
});
