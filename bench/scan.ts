/**
 * The scanner beside redact-pii and compromise on the same clinical mails in one run; how it scales from 10 KB to 10 MB; what 5 KB, one key stroke in 100 KB
 * and a megabyte of hostile input cost. Throughput in processor time, percentiles by the clock on the wall. Every text is new to the scanner, so nothing is remembered, except where remembering is what is measured.
 */
import { join } from 'node:path';
import nlp from 'compromise';
import { build } from 'esbuild';
import redact from 'redact-pii';
import { scan } from '../shared/scan/scan.ts';
import { assemble, openWorld } from '../service/policy/corpus/draw.ts';
import { openBrowser } from '../tests/browser.ts';
import { KINDS } from '../service/policy/corpus/kinds.ts';

const CARE = KINDS.filter((k) => ['referral', 'lab result', 'scheduling', 'billing', 'pharmacy', 'discharge', 'informal', 'portal message', 'business mail', 'policy and hiring'].includes(k.name));
let seed = 1;

/** A mail of about `size` characters that no run has seen before. */
function mail(size: number): string {
  const parts: string[] = [];
  let length = 0;
  while (length < size) {
    const kind = CARE[seed % CARE.length];
    if (kind === undefined) break;
    const { text } = assemble(kind.write(openWorld(seed)));
    seed += 1;
    parts.push(text);
    length += text.length + 2;
  }
  return parts.join('\n\n').slice(0, size);
}

/** Processor time of this thread: what other programs do on the machine meanwhile does not count. */
const clock = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

const look = (text: string) => scan({ subject: '', text, attachments: [] });

function megabytes(texts: readonly string[], work: (text: string) => unknown): number {
  const from = clock();
  let size = 0;
  for (const text of texts) {
    work(text);
    size += text.length;
  }
  return size / 1000 / (clock() - from);
}

const best = (rounds: number, measure: () => number): number => Math.max(...Array.from({ length: rounds }, measure));
const say = (name: string, value: string): void => void process.stdout.write(`${name.padEnd(52)} ${value}\n`);

/** Patients in rows, as they are pasted. */
function table(size: number): string {
  const rows = ['Name\tDOB\tMRN\tPhone\tDiagnosis'];
  for (let length = 0; length < size; length += rows[rows.length - 1]?.length ?? 1) {
    const n = rows.length;
    rows.push(`Tess ${['Lane', 'Park', 'Ruiz', 'Brack'][n % 4]}\t${1 + n % 12}/${1 + n * 7 % 28}/19${30 + n * 11 % 60}\t${1_000_000 + n * 3571 % 8_999_999}\t(216) 555-0${100 + n % 99}\t${['COPD', 'CHF', 'asthma', 'type 2 diabetes'][n * 5 % 4]}`);
  }
  return rows.join('\n');
}

function stroke(name: string, draft: string): void {
  look(draft);
  const strokes = 200;
  const began = clock();
  for (let i = 0; i < strokes; i += 1) {
    const at = Math.floor((draft.length * (i + 1)) / (strokes + 2));
    look(`${draft.slice(0, at)}x${draft.slice(at)}`);
  }
  say(name, `${((clock() - began) / strokes).toFixed(2)} ms on average, with ${look(draft).findings.length} findings`);
}

const HOSTILE: readonly (readonly [name: string, piece: string])[] = [
  ['digits and dashes', '1-'], ['dots', '.'], ['capitals', 'A'], ['capitalised words', 'Abc '], ['brackets', '('], ['one word', 'word '], ['one name', 'John '], ['addresses', 'a@'], ['links', 'http://'], ['colons', '1:'], ['labels', 'MRN '], ['commas', 'a,b,'], ['streets', '12 Main St '], ['tags', '<'],
  ['hardware addresses', 'AA:'], ['dates', '1/1/50 '], ['sentences', 'John has HIV '], ['headings', 'name,dob,mrn\n'], ['overlapping addresses', '@http.com'], ['credentials', 'MD '], ['pictures', 'photo patient '], ['speakers', ': Aa'], ['states', 'CA,'], ['general labels', 'id '], ['names', 'Ann Hale, '], ['rows', 'name|dob\nAnn|1/2/50\n'], ['cells', 'a\t'], ['one tag', '<p>'], ['attributes', '<p a="b'], ['entities', '&amp;'], ['deep nesting', '<div><blockquote>'],
];

export async function run(): Promise<void> {
  const mails = (count: number) => Array.from({ length: count }, () => mail(2000));
  const redactor = new redact.SyncRedactor();
  // both as long, on the same texts, by turns; the first round warms them up
  const rounds = Array.from({ length: 6 }, () => {
    const texts = mails(500);
    return [megabytes(texts, look), megabytes(texts, (t) => redactor.redact(t))] as const;
  }).slice(1);
  const ours = Math.max(...rounds.map(([scanned]) => scanned));
  const redacted = Math.max(...rounds.map(([, peer]) => peer));
  const compromised = best(1, () => megabytes(mails(8), (t) => {
    const doc = nlp(t);
    return [doc.people().out('array'), doc.places().out('array')];
  }));
  say('scan, 2 KB mails', `${ours.toFixed(1)} MB/s`);
  say('redact-pii 3.4.0', `${redacted.toFixed(2)} MB/s   we are ${(ours / redacted).toFixed(1)} × as fast`);
  say('compromise 14.17.0 (people and places)', `${compromised.toFixed(3)} MB/s   we are ${(ours / compromised).toFixed(0)} × as fast`);

  const times = Array.from({ length: 400 }, () => {
    const text = mail(5000);
    const from = performance.now();
    look(text);
    return performance.now() - from;
  }).sort((a, b) => a - b);
  say('5 KB mail', `p50 ${times[200]?.toFixed(2)} ms, p95 ${times[380]?.toFixed(2)} ms`);

  stroke('one key stroke in 100 KB', mail(100_000));
  stroke('one key stroke in a table of 100 KB', table(100_000));

  for (const size of [10_000, 100_000, 1_000_000, 10_000_000]) {
    // Processor time comes in ticks of milliseconds: small texts by the hundred.
    const texts = Array.from({ length: Math.max(1, Math.round(2_000_000 / size)) }, () => mail(size));
    const from = clock();
    for (const text of texts) look(text);
    const ms = (clock() - from) / texts.length;
    say(`${size / 1000} KB at once`, `${ms.toFixed(1)} ms, ${(size / 1000 / ms).toFixed(1)} MB/s`);
  }
  for (const [name, piece] of HOSTILE) {
    const text = piece.repeat(Math.ceil(1_000_000 / piece.length));
    const from = clock();
    if (piece.startsWith('<') || piece.startsWith('&')) scan({ subject: '', html: text, attachments: [] });
    else look(text);
    const whole = clock() - from;
    say(`1 MB of ${name}`, `${whole.toFixed(0)} ms`);
  }
  await inBrowser(Array.from({ length: 250 }, () => mail(5000)));
}

/** The same scanner, bundled, in a real Chromium: its clock is coarse, so five mails are one reading. */
async function inBrowser(texts: readonly string[]): Promise<void> {
  const { outputFiles } = await build({ entryPoints: [join(import.meta.dirname, '..', 'shared', 'scan', 'scan.ts')], bundle: true, minify: true, format: 'iife', globalName: 'scanner', write: false });
  const browser = await openBrowser();
  try {
    const page = await browser.newPage();
    await page.addScriptTag({ content: outputFiles[0]?.text ?? '' });
    const times = await page.evaluate((all) => {
      const { scan: run } = (globalThis as unknown as { scanner: { scan: typeof scan } }).scanner;
      const taken: number[] = [];
      for (let i = 0; i + 5 <= all.length; i += 5) {
        const from = performance.now();
        for (let j = i; j < i + 5; j += 1) run({ subject: '', text: all[j] ?? '', attachments: [] });
        taken.push((performance.now() - from) / 5);
      }
      return taken.sort((a, b) => a - b);
    }, texts);
    say('5 KB mail in Chromium', `p50 ${times[Math.floor(times.length / 2)]?.toFixed(2)} ms, p95 ${times[Math.floor(times.length * 0.95)]?.toFixed(2)} ms, the first ones cold`);
  } finally {
    await browser.close();
  }
}
