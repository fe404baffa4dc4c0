/** A small deterministic world of people, places and numbers for the synthetic corpus. Every person is invented; numbers satisfy their check digits by construction. */
import { luhn } from '../../../shared/scan/checksum.ts';

export interface Gold {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

interface Piece {
  readonly type: string;
  readonly value: string;
}

export type Part = string | Piece;

/** mulberry32: 32 bits of state are enough for a corpus. */
export function openRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = Math.imul(state ^ (state >>> 15), state | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

const FIRST = 'Tess Sam Gina Rosa Walt Wren Tom Greta Rick Dora Nell Finn Maribel Octavio Yolanda Priyanka Anh Kwame Siobhan Dmitri Ingrid Hiroshi Fatima Omar Beatriz Leopold Cordelia Ignacio Xochitl Jelena Malik Thandiwe Agnes Bruno Callum Deirdre Eamon Florence Gustavo Harriet Imelda Jerome Katarina Lorenzo Miriam Nadia Percival Quentin Rosalind Stefan Tamsin Ursula Viktor Winifred Yusuf Zelda Grace Mark Rose Will'.split(' ');
const LAST = 'Lane Park Holt Delgado Finch Hale Byrd Lowe Voss Finn Ash Cole Okonjo Villareal Brannigan Szczepanski Takahashi Nwosu Oyelaran Castellanos Ferreira Haverford Lindqvist McAllister O\'Rourke Petrovic Quintanilla Rasmussen Steinbrenner Tran Underhill Vandermeer Whitlock Yamaguchi Zimmer Abernathy Blackwood Caruthers Dimitriou Espinoza Fitzgerald Guerra Hutchins Ibarra Jankowski Kirkpatrick Larkin Montague Nakagawa Osei'.split(' ');
const STREETS = ['Willow', 'Old Mill', 'Harbor View', 'N Kensington', 'Cedar Ridge', 'Marigold', 'Pulaski', 'E 14th', 'Foxglove', 'Saint Andrew'];
const SUFFIXES = ['St', 'Street', 'Ave', 'Lane', 'Rd.', 'Drive', 'Blvd', 'Court'];
const CITIES: readonly (readonly [string, string, string])[] = [['Dayton', 'OH', '45402'], ['Eugene', 'OR', '97401'], ['Macon', 'GA', '31201'], ['Duluth', 'MN', '55802'], ['Yuma', 'AZ', '85364'], ['Bangor', 'ME', '04401'], ['Waco', 'TX', '76701'], ['Fresno', 'CA', '93721'], ['Erie', 'PA', '16501'], ['Ogden', 'UT', '84401']];
const CARE = ['Riverside Clinic', 'Lakeview Medical Center', 'St. Brendan\'s Hospital', 'Northgate Family Health Center', 'Harborview Children\'s Hospital', 'Mercy Valley Hospital', 'Pinecrest Nursing Home', 'Summit Orthopedic Institute', 'Westbrook Imaging Center', 'Mount Carmel Hospital'];
const MONTHS = 'January February March April May June July August September October November December'.split(' ');
const CONDITIONS = ['type 2 diabetes', 'atrial fibrillation', 'COPD', 'hypertension', 'rheumatoid arthritis', 'major depressive disorder', 'chronic kidney disease', 'breast cancer', 'asthma', 'epilepsy', 'hypothyroidism', 'pneumonia', 'migraine', 'congestive heart failure'];
const DRUGS = ['lisinopril 10 mg', 'metformin 500 mg', 'apixaban 5 mg', 'levothyroxine 75 mcg', 'sertraline 50 mg', 'atorvastatin 40 mg', 'albuterol', 'prednisone 20 mg', 'gabapentin 300 mg', 'amoxicillin 875 mg'];
const TESTS = ['HbA1c', 'CBC', 'lipid panel', 'TSH', 'chest x-ray', 'MRI of the lumbar spine', 'colonoscopy', 'echocardiogram', 'creatinine', 'mammogram'];

export function openWorld(seed: number) {
  const random = openRandom(seed);
  const int = (low: number, high: number) => low + Math.floor(random() * (high - low + 1));
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const digits = (n: number) => Array.from({ length: n }, () => int(0, 9)).join('');
  const letters = (n: number) => Array.from({ length: n }, () => pick([...'ABCDEFGHJKMNPRTUVWXY'])).join('');
  const piece = (type: string) => (value: string): Piece => ({ type, value });
  const checked = (head: string, prefix = ''): string => {
    for (let d = 0; d < 10; d += 1) if (luhn(`${prefix}${head}${d}`)) return `${head}${d}`;
    return head;
  };
  const two = (n: number) => String(n).padStart(2, '0');
  const date = (from = 2021, to = 2025): string => {
    const [y, m, d] = [int(from, to), int(1, 12), int(1, 28)];
    const th = d % 10 === 1 && d !== 11 ? 'st' : d % 10 === 2 && d !== 12 ? 'nd' : d % 10 === 3 && d !== 13 ? 'rd' : 'th';
    return pick([`${m}/${d}/${y}`, `${two(m)}/${two(d)}/${y}`, `${y}-${two(m)}-${two(d)}`, `${MONTHS[m - 1]} ${d}, ${y}`, `${MONTHS[m - 1]?.slice(0, 3)} ${d} ${y}`, `${d} ${MONTHS[m - 1]} ${y}`, `${d}-${MONTHS[m - 1]?.slice(0, 3)}-${y}`, `${MONTHS[m - 1]} ${d}${th}, ${y}`]);
  };
  const first = pick(FIRST);
  const last = pick(LAST);
  const area = pick(['216', '541', '478', '218', '928', '207', '254', '559', '814', '801']);
  const phone = () => pick([`(${area}) 555-01${digits(2)}`, `${area}-555-01${digits(2)}`, `${area}.555.01${digits(2)}`, `+1 ${area} 555 01${digits(2)}`]);
  const ssn = () => `${int(100, 665)}-${two(int(10, 99))}-${int(1000, 9999)}`;
  const [city, state, zip] = pick(CITIES);
  return {
    random, int, pick, digits, letters, city, state, zip, first, last,
    full: `${first} ${last}`,
    other: () => `${pick(FIRST)} ${pick(LAST)}`,
    NAME: piece('NAME'), GEO: piece('GEO'), DATE: piece('DATE'), PHONE: piece('PHONE'), EMAIL: piece('EMAIL'), SSN: piece('SSN'), MRN: piece('MRN'), PLAN: piece('HEALTH_PLAN'), ACCOUNT: piece('ACCOUNT'), LICENSE: piece('LICENSE'), VEHICLE: piece('VEHICLE'), DEVICE: piece('DEVICE'), OTHER: piece('OTHER_ID'), AGE90: piece('AGE90'), URL: piece('URL'),
    date, birth: () => date(1931, 2012), phone, ssn,
    mrn: () => pick([digits(6), digits(8), `${letters(2)}-${digits(6)}`, `${digits(3)}-${digits(4)}`, `${letters(1)}${digits(7)}`]),
    plan: () => pick([`${letters(3)}${digits(9)}`, `${letters(2)}-${digits(6)}`, `W${digits(8)}`, `${digits(10)}-01`]),
    npi: () => checked(`1${digits(8)}`, '80840'),
    card: () => checked(`4${digits(14)}`).replace(/(.{4})(?=.)/g, pick(['$1 ', '$1-', '$1'])),
    address: () => `${int(11, 9899)} ${pick(STREETS)} ${pick(SUFFIXES)}, ${city}, ${state} ${zip}`,
    care: () => pick(CARE), condition: () => pick(CONDITIONS), drug: () => pick(DRUGS), test: () => pick(TESTS),
    email: (name: string) => `${name.toLowerCase().replace(/[^a-z]+/g, '.')}@${pick(['lakeside.test', 'brightmail.test', 'example.org'])}`,
  };
}

export type World = ReturnType<typeof openWorld>;

/** Puts the pieces together and remembers where each identifier stands. */
export function assemble(parts: readonly Part[]): { readonly text: string; readonly gold: readonly Gold[] } {
  let text = '';
  const gold: Gold[] = [];
  for (const part of parts) {
    if (typeof part === 'string') text += part;
    else {
      gold.push({ type: part.type, start: text.length, end: text.length + part.value.length });
      text += part.value;
    }
  }
  return { text, gold };
}

/** Tagged template: words as they are, slots as strings or identifiers. */
export function say(words: TemplateStringsArray, ...slots: readonly Part[]): Part[] {
  return words.flatMap((w, i) => (i < slots.length ? [w, slots[i] as Part] : [w]));
}
