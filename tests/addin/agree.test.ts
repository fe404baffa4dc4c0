/**
 * One scanner: the pane's chunk as it is built, the event bundle as it is built, and the service's source agree on every text of the corpus.
 * The bundles are run in contexts of their own, without anything of Node; nothing is exported in production for this.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { DIST, buildAddin } from '../../addin/build.ts';
import { FakeMailbox } from '../../lab/outlook/mailbox.ts';
import { compileOwn, inspect } from '../../service/rules/rules.ts';
import { scan, type OwnRules, type ScanInput, type ScanResult } from '../../shared/scan/scan.ts';
import type { OwnRuleSet } from '../../shared/wire/rules.ts';
import { corpus } from '../../service/policy/corpus/corpus.ts';

type Require = ((id: string) => { readonly [name: string]: unknown }) & { readonly m: { readonly [id: string]: unknown } };

/** Outlook that is never ready, and a page that loads nothing: the pane stands there and waits. */
const STILL = {
  Office: { onReady: () => new Promise(() => {}) }, setTimeout: () => 0, clearTimeout: () => undefined,
  document: { getElementsByTagName: () => [], createElement: () => ({ setAttribute: () => undefined, getAttribute: () => null }), head: { appendChild: () => undefined } },
};

/** What chunks of the pane export, by the pane's own webpack runtime: it hands itself to any chunk that asks for it. */
function chunks(files: readonly string[]): (name: string) => unknown {
  const context = createContext({ ...STILL });
  runInContext('var self = globalThis;', context);
  const load = (file: string) => runInContext(readFileSync(join(DIST, file), 'utf8'), context);
  const pane = readdirSync(DIST).find((f) => /^taskpane\..*js$/.test(f)) ?? '';
  load(pane);
  const name = runInContext('Object.keys(self).find((k) => k.startsWith("webpackChunk"))', context) as string;
  const caught: { require?: Require } = {};
  (runInContext(`self.${name}`, context) as { push(chunk: unknown): void }).push([['probe'], {}, (require: Require) => { caught.require = require; }]);
  const { require } = caught;
  if (!require) throw new Error('The pane has no runtime.');
  const before = new Set(Object.keys(require.m));
  for (const file of files) load(file);
  const fresh = Object.keys(require.m).filter((id) => !before.has(id));
  return (wanted) => {
    const found = fresh.map((id) => require(id)[wanted]).find((value) => typeof value === 'function');
    if (!found) throw new Error(`No module of these chunks exports ${wanted}.`);
    return found;
  };
}

const RULES = {
  rules: [
    { name: 'badge', kind: 'OTHER_ID', pattern: '(?i)\\b[a-z]{2,4}-?\\d{4,9}', confidence: 'low', near: { words: ['patient', 'mrn', 'member id'], within: 60 } },
    { name: 'long', kind: 'ACCOUNT', pattern: '\\d{9,16}', checksum: 'luhn' },
    { name: 'name', kind: 'NAME', pattern: '[A-Z][a-z]+ [A-Z][a-z]+', notNear: { words: ['regards', 'dr'] } },
  ],
  mrn: ['######', 'RC-#######'], thresholds: { people: 6, rows: 4 },
};
const CASES = corpus();
const html = (text: string) => `<div>${text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/\n/g, '<br>')}</div>`;
/** Objects of another context have prototypes of their own. */
const plain = (result: ScanResult): unknown => JSON.parse(JSON.stringify(result));
const FROM = 'ana.ruiz@riverside.test';
const TO = 'sam.park@stmarys.test';
const inputOf = (text: string, kind: 'text' | 'html'): ScanInput => ({
  subject: 'Monday', ...(kind === 'html' ? { html: html(text) } : { text }), attachments: [], from: { address: FROM, name: 'Dr. Ana Ruiz' }, recipients: [{ address: TO, role: 'to' }],
});

let files: string[] = [];
beforeAll(async () => {
  await buildAddin();
  files = readdirSync(DIST).filter((f) => f.endsWith('.js'));
});

describe('the pane\'s chunks', () => {
  it('keep the scanner small, and RE2 out of it', () => {
    const file = files.find((f) => f.startsWith('scanner.')) ?? '';
    const bytes = readFileSync(join(DIST, file));
    expect(gzipSync(bytes, { level: 9 }).length).toBeLessThanOrEqual(90_000);
    expect(bytes.includes('error parsing regexp')).toBe(false);
    expect(files.some((f) => readFileSync(join(DIST, f)).includes('error parsing regexp'))).toBe(true);
  });

  it('find what the service finds in every text of the corpus, as text and as HTML', () => {
    const pane = chunks(files.filter((f) => f.startsWith('scanner.')))('scan') as typeof scan;
    for (const { text } of CASES) for (const kind of ['text', 'html'] as const) expect(plain(pane(inputOf(text, kind)))).toEqual(plain(scan(inputOf(text, kind))));
    expect(CASES.length).toBeGreaterThanOrEqual(400);
  });

  it('and by the organisation\'s own rules', () => {
    const { set, problems } = inspect(JSON.stringify(RULES));
    expect(problems).toEqual([]);
    const answer = { hash: 'ab'.repeat(32), rules: set as OwnRuleSet };
    const chunk = chunks(files.filter((f) => /^(?:scanner|rules|\d+)\./.test(f)));
    const pane = chunk('scan') as typeof scan;
    const paneRules = (chunk('compile') as (a: typeof answer) => OwnRules)(answer);
    const serviceRules = compileOwn({ ...answer, roster: null });
    let own = 0;
    for (const { text } of CASES) {
      const service = scan(inputOf(text, 'html'), serviceRules);
      expect(plain(pane(inputOf(text, 'html'), paneRules))).toEqual(plain(service));
      own += service.findings.filter((f) => f.rule.includes('.own-')).length;
    }
    expect(own).toBeGreaterThan(100);
  });
});

describe('the event bundle', () => {
  it('decides on every text of the corpus as the service\'s scan does, with the same kinds', async () => {
    const mailbox = new FakeMailbox();
    const item = mailbox.create({ subject: 'Monday', html: '', to: [TO] });
    const office = mailbox.office();
    runInContext(readFileSync(join(DIST, 'onsend.js'), 'utf8'), createContext({ Promise, Office: office, setTimeout: (run: () => void, ms: number) => setTimeout(run, ms * 100), clearTimeout }));
    const grave = ['medium', 'high', 'bulk', 'unscannable'];
    const said = { stopped: 0, went: 0 };
    for (const { text } of CASES) {
      mailbox.write(item, { html: html(text) });
      const answer = await mailbox.fire(office, 'onMessageSendHandler');
      const { verdict, findings } = scan({ ...inputOf(text, 'html'), html: item.html, from: { address: item.from.address, name: item.from.name } });
      // Without an identifier it is a question about an illness.
      const stops = grave.includes(verdict.level) || (verdict.sensitive.length > 0 && verdict.level !== 'none');
      expect([text, answer?.allowEvent]).toEqual([text, !stops]);
      if (!stops) said.went += 1;
      else {
        said.stopped += 1;
        expect(JSON.parse(answer?.contextData ?? '')).toEqual({ v: 1, reason: 'phi', kinds: [...new Set(findings.map((f) => f.kind))].sort() });
      }
    }
    expect(Math.min(said.stopped, said.went)).toBeGreaterThan(100);
  });
});
