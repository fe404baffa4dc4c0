/** Exports over a real store and log: every form, pieces after a crash, who may have them, how long. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { unzipSync } from 'fflate';
import { createMessage, decrypt, generateKey, readMessage, readPrivateKey } from 'openpgp';
import { extractText, getDocumentProxy } from 'unpdf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAlerts, type Alerts } from '../../../service/alert/alert.ts';
import { openAudit, type AuditLog, type EventDraft } from '../../../service/audit/audit.ts';
import { verify } from '../../../service/audit/verify.ts';
import { openPack } from '../../../service/compliance/control/pack.ts';
import { cell, line } from '../../../service/compliance/export/csv.ts';
import { nextOf, openExports, type Exports } from '../../../service/compliance/export/export.ts';
import { isRefusal } from '../../../service/refusal.ts';
import { openStore, type Store } from '../../../service/store/store.ts';
import type { ExportRequest, ExportState } from '../../../shared/wire/export.ts';
import { keyring } from '../audit/vault.ts';

const base = mkdtempSync(join(tmpdir(), 'export-'));
let now = Date.parse('2026-11-18T10:00:00Z');
const world = { now: () => now, random: (n: number) => randomBytes(n) };
const rooms = { audit: new URL('../../../service/audit/audit.sql.ts', import.meta.url), export: new URL('../../../service/compliance/export/export.sql.ts', import.meta.url), alert: new URL('../../../service/alert/alert.sql.ts', import.meta.url) };
const vault = keyring();
const ben = { id: 'u_ben', name: 'Ben', roles: ['compliance'], addresses: ['ben.hale@riverside.test'] } as never;
const eve = { id: 'u_eve', name: 'Eve', roles: ['auditor'], addresses: [] } as never;
const all = { order: 'asc', limit: 500 } as const;
let store: Store;
let log: AuditLog;
let alerts: Alerts;
let exports: Exports & { work(): Promise<void> };

async function write(drafts: readonly EventDraft[]): Promise<void> {
  const key = await vault.monthly(now);
  const room = store.room<typeof import('../../../service/audit/audit.sql.ts')>('audit');
  for (let i = 0; i < drafts.length; i += 500) await room.write.record({ events: drafts.slice(i, i + 500).map((d) => log.prepare(d, key)) });
  await log.flush();
}
const about = (n: number, type = 'delivery.relayed', more: Partial<EventDraft> = {}): EventDraft => ({ type, outcome: 'ok', actor: { kind: 'service', id: 'queue' }, message: `msg_${n}`, item: `item_${n}`, facts: { protection: n % 2 === 0 ? 'tls' : 'portal' }, sealed: { recipient: 'quokka@lakeside.test' }, ...more });

beforeAll(async () => {
  store = await openStore({ folder: join(base, 'data'), rooms, world, strictEvents: true });
  log = await openAudit({ store, vault, world, origin: 'audit.riverside.test/v1', folder: join(base, 'keys') });
  alerts = openAlerts({ store, audit: log, world, vault });
  exports = openExports({ audit: log, store, vault, world, organisation: 'Riverside Clinic', alerts });
  await write([
    ...Array.from({ length: 40 }, (_, n) => about(n)), ...Array.from({ length: 9 }, (_, n) => about(n, 'encryption.decided', { facts: { protection: 'pgp' } })),
    about(0, 'audit.queried', { facts: { kind: 'events' }, sealed: {} }), about(0, 'portal.message_opened', { facts: {}, sealed: {} }),
  ]);
});
afterAll(async () => {
  await log.close();
  await store.close();
  rmSync(base, { recursive: true, force: true });
});

async function made(request: Partial<ExportRequest>): Promise<ExportState> {
  const state = await exports.create(ben, { format: 'csv', filter: all, ...request });
  if (isRefusal(state)) throw new Error(state.code);
  return state;
}
async function fetched(id: string): Promise<{ readonly name: string; readonly bytes: Uint8Array; readonly text: string }> {
  const file = await exports.file(ben, id);
  if (isRefusal(file)) throw new Error(file.code);
  const pieces: Uint8Array[] = [];
  for await (const piece of file.pieces) pieces.push(piece);
  const bytes = new Uint8Array(Buffer.concat(pieces));
  return { name: file.name, bytes, text: Buffer.from(bytes).toString('utf8') };
}
const lines = (text: string) => text.split('\n').filter((l) => l !== '').map((l) => JSON.parse(l));

describe('a table', () => {
  it.each<[string | number | null, string]>([
    ['plain', 'plain'], [5, '5'], [null, ''], ['=1+1', '\'=1+1'], ['+1', '\'+1'], ['-1', '\'-1'], ['@SUM(A1)', '\'@SUM(A1)'], [' =1', '\' =1'], ['\t=1', '"\'\t=1"'], ['\r=1', '"\'\r=1"'], ['\uff1d1', '\'\uff1d1'], ['|calc', '\'|calc'], ['%0A=1', '\'%0A=1'], ['\ufeff=1', '\'\ufeff=1'],
    ['a,b', '"a,b"'], ['say "x"', '"say ""x"""'], ['two\nlines', '"two\nlines"'], ['a;=1', '"a;\'=1"'], ['a; +1;b', '"a;\' +1;b"'], ['a\r\n@1', '"a\r\n\'@1"'], ['a; b', '"a; b"'], ['a\u0000b', 'ab'], ['Zoë', 'Zoë'],
  ])('writes %j as %j', (value, written) => expect(cell(value)).toBe(written));

  it('reads back as it was, but for the marks before formulas', () => {
    const bare = (text: string | undefined) => text?.replaceAll('\u0000', '').toWellFormed().replaceAll("'", '');
    fc.assert(fc.property(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 5 }), (cells) => {
      const read = parseCsv(line(cells));
      return read.length === cells.length && read.every((c, i) => bare(c) === bare(cells[i]));
    }));
  });

  it('holds every entry, says that it is UTF-8, and no sealed value', async () => {
    const { text } = await fetched((await made({})).id);
    expect(text.startsWith('\ufeffseq,time,type')).toBe(true);
    expect(text).toContain('Taken over by their mail server, protected by a secure page.');
    expect(text.split('\r\n').length - 2).toBeGreaterThanOrEqual(52);
    expect(text).not.toContain('quokka');
    expect((await fetched((await made({ profile: 'purview' })).id)).text).toContain('CreationTime,Operation');
  });
});

describe('rows with proofs', () => {
  it('verify offline, and no row may be added, left out or changed', async () => {
    const state = await made({ format: 'ndjson', filter: { ...all, type: ['delivery.relayed'] } });
    expect(state).toMatchObject({ state: 'done', rows: 40 });
    const { text } = await fetched(state.id);
    const at = join(base, 'report.ndjson');
    writeFileSync(at, text);
    expect(await verify({ what: 'report', path: at, vkey: log.vkey() })).toMatchObject({ code: 0, lines: [expect.stringContaining('40 rows'), expect.anything()] });
    const rows = text.split('\n');
    for (const [name, changed] of [['left out', rows.toSpliced(7, 1)], ['changed', rows.toSpliced(7, 1, (rows[7] ?? '').replace('msg_', 'msx_'))], ['cut off', rows.slice(0, -2).concat('')], ['added', rows.toSpliced(7, 0, rows[7] ?? '')], ['exchanged', rows.toSpliced(7, 2, rows[8] ?? '', rows[7] ?? '')]] as const) {
      writeFileSync(at, changed.join('\n'));
      expect(await verify({ what: 'report', path: at, vkey: log.vkey() }), name).toMatchObject({ code: 1 });
    }
  });

  it('of a CSV, a signed proof beside it', async () => {
    const state = await made({});
    const at = join(base, 'table.csv');
    writeFileSync(at, (await fetched(state.id)).bytes);
    writeFileSync(`${at}.proof.json`, JSON.stringify(await exports.fileProof(ben, state.id)));
    expect(await verify({ what: 'report', path: `${at}.proof.json`, vkey: log.vkey() })).toMatchObject({ code: 0 });
    writeFileSync(at, 'seq\r\n');
    expect(await verify({ what: 'report', path: `${at}.proof.json`, vkey: log.vkey() })).toMatchObject({ code: 1, place: 'the report' });
  });
});

describe('other systems\' forms', () => {
  it('FHIR: what R4 asks of an AuditEvent, and BALP\'s source and destination of a disclosure', async () => {
    const events = lines((await fetched((await made({ format: 'fhir' })).id)).text);
    for (const e of events) {
      expect(e).toMatchObject({ resourceType: 'AuditEvent', type: { system: expect.any(String), code: expect.any(String) }, action: expect.stringMatching(/^[CRUDE]$/), recorded: expect.stringMatching(/Z$/), outcome: expect.stringMatching(/^(0|4|8|12)$/), source: { observer: { identifier: expect.anything() } } });
      expect(e.id).toMatch(/^[A-Za-z0-9.-]{1,64}$/);
      expect(e.agent.some((a: { requestor: boolean }) => a.requestor)).toBe(true);
    }
    const sent = events.find((e) => e.subtype[1]?.code === 'delivery.relayed');
    expect(sent).toMatchObject({ type: { code: '110106' }, action: 'R', subtype: [{ code: 'disclose' }, {}] });
    expect(sent.agent.map((a: { type?: { coding: { code: string }[] } }) => a.type?.coding[0]?.code)).toEqual(['110153', '110152', undefined]);
    expect(sent.agent[0].who).toEqual(sent.source.observer);
  });

  it('OCSF: class, category, activity and type agree', async () => {
    const events = lines((await fetched((await made({ format: 'ocsf' })).id)).text);
    for (const e of events) {
      expect(e.category_uid).toBe(Math.floor(e.class_uid / 1000));
      expect(e.type_uid).toBe(e.class_uid * 100 + e.activity_id);
      expect(Number.isInteger(e.time)).toBe(true);
    }
    expect(new Set(events.map((e) => e.class_uid))).toContain(4009);
  });

  it('paper: a report with its charts, readable', async () => {
    const state = await made({ format: 'pdf', report: 'encryption' });
    expect(state).toMatchObject({ state: 'done', rows: 9 });
    const { bytes } = await fetched(state.id);
    const { text } = await extractText(await getDocumentProxy(new Uint8Array(bytes)), { mergePages: true });
    for (const words of ['How every message was secured', 'By day', '2026-11-18', 'Protection', 'pgp', 'Riverside Clinic']) expect(text).toContain(words);
    expect(await exports.create(ben, { format: 'pdf', filter: all })).toMatchObject({ code: 'bad-request' });
  });
});

describe('a file for one person', () => {
  it('is encrypted to their key', async () => {
    const { privateKey, publicKey } = await generateKey({ userIDs: [{ name: 'Ben' }], format: 'armored' });
    const state = await made({ key: publicKey });
    const { name, bytes } = await fetched(state.id);
    expect(name).toMatch(/\.csv\.pgp$/);
    const opened = await decrypt({ message: await readMessage({ binaryMessage: bytes }), decryptionKeys: await readPrivateKey({ armoredKey: privateKey }) });
    expect(opened.data).toContain('seq,time,type');
    expect(await exports.create(ben, { format: 'csv', filter: all, key: privateKey })).toMatchObject({ code: 'key-malformed' });
    expect(await exports.create(ben, { format: 'csv', filter: all, key: 'nonsense' })).toMatchObject({ code: 'key-malformed' });
    expect(await createMessage({ text: '' })).toBeDefined();
  });

  it('is nobody else\'s, is counted, and is gone when its time is over', async () => {
    const { id } = await made({});
    expect(await exports.file(eve, id)).toMatchObject({ code: 'not-found' });
    expect(await exports.export(eve, id)).toMatchObject({ code: 'not-found' });
    await fetched(id);
    await fetched(id);
    expect(await exports.export(ben, id)).toMatchObject({ downloads: 2 });
    await log.flush();
    expect(await log.events({ types: ['export.downloaded'], order: 'desc', limit: 1 })).toMatchObject({ data: [{ actor: { id: 'u_ben' }, facts: { export: id, n: 2 } }] });
    now += 8 * 86_400_000;
    expect(await exports.file(ben, id)).toMatchObject({ code: 'not-found' });
    await exports.work();
    expect((await exports.exports(ben)).data).toEqual([]);
  });
});

describe('more than ten thousand rows', () => {
  it('are made behind the request, piece by piece, and go on where they stopped', async () => {
    await write(Array.from({ length: 13_000 }, (_, n) => about(n, 'delivery.queued', { facts: {} })));
    const state = await made({ format: 'ndjson', filter: { ...all, type: ['delivery.queued'] } });
    expect(state).toMatchObject({ state: 'running', rows: 10_000 });
    expect(await exports.file(ben, state.id)).toMatchObject({ code: 'not-ready' });
    await write([about(1, 'delivery.queued', { facts: {} })]);
    // Another process takes it up from the rows alone.
    await openExports({ audit: log, store, vault, world, organisation: 'Riverside Clinic', alerts }).work();
    expect(await exports.export(ben, state.id)).toMatchObject({ state: 'done', rows: 13_000 });
    const at = join(base, 'long.ndjson');
    writeFileSync(at, (await fetched(state.id)).bytes);
    expect(await verify({ what: 'report', path: at })).toMatchObject({ code: 0, lines: [expect.stringContaining('13000 rows'), expect.anything()] });
  });

  it('one that cannot be made keeps no other waiting, is tried for an hour, and is then said to have failed', async () => {
    const long: Partial<ExportRequest> = { filter: { ...all, type: ['delivery.queued'] } };
    const state = await made(long);
    now += 1;
    const fine = await made(long);
    const broken = openExports({ audit: log, store, vault: { ...vault, seal: (key, aad, bytes) => { if (aad.includes(state.id)) throw new Error('no key'); return vault.seal(key, aad, bytes); } }, world, organisation: 'Riverside Clinic', alerts });
    await expect(broken.work()).rejects.toThrow('no key');
    expect([await exports.export(ben, state.id), await exports.export(ben, fine.id)]).toMatchObject([{ state: 'running' }, { state: 'done', rows: 13_001 }]);
    now += 3_700_000;
    await expect(broken.work()).rejects.toThrow('no key');
    expect(await exports.export(ben, state.id)).toMatchObject({ state: 'failed' });
    await broken.work();
  });
});

it('a pack says by name which of its tables are not whole', async () => {
  const pack = openPack({ audit: log, organisation: 'Riverside Clinic', now: () => now, most: 5, controls: async () => ({ profile: 'hipaa-current', data: [] }), reviews: async () => ({ data: [] }), incidents: async () => ({ data: [] }) });
  const { bytes } = await pack(ben, { from: '2026-11-18T00:00:00Z', to: '2026-11-19T00:00:00Z', profile: 'hipaa-current' });
  const files = unzipSync(bytes);
  const read = (name: string) => Buffer.from(files[name] ?? []).toString();
  expect(Object.keys(files)).toEqual(expect.arrayContaining(['reports/disclosures.first-5.csv', 'reports/disclosures.first-5.pdf', 'reports/encryption.first-5.csv', 'reports/break-glass.csv']));
  expect(Object.keys(files)).not.toContain('reports/disclosures.csv');
  expect(read('reports/disclosures.first-5.csv').trim().split('\n')).toHaveLength(6);
  expect(read('README.txt')).toMatch(/NOT WHOLE: disclosures\.first-5, encryption\.first-5/);
  const whole = unzipSync((await pack(ben, { from: '2026-12-30T00:00:00Z', to: '2026-12-31T00:00:00Z', profile: 'hipaa-current' })).bytes);
  expect(Buffer.from(whole['README.txt'] ?? []).toString()).not.toContain('NOT WHOLE');
});

describe('a schedule', () => {
  it.each<['day' | 'week' | 'month', string, string]>([
    ['day', '2026-11-18T10:00:00Z', '2026-11-19'], ['week', '2026-11-18T10:00:00Z', '2026-11-23'], ['week', '2026-11-23T00:00:00Z', '2026-11-30'], ['month', '2026-12-31T23:59:59Z', '2027-01-01'], ['week', '2026-11-22T23:00:00Z', '2026-11-23'],
  ])('every %s after %s is %s', (every, from, due) => expect(new Date(nextOf(every, Date.parse(from))).toISOString().slice(0, 10)).toBe(due));

  it('makes its export once when it is due, of the period before', async () => {
    const set = await exports.schedule(ben, { every: 'day', request: { format: 'csv', filter: all } });
    if (isRefusal(set)) throw new Error('refused');
    now = Date.parse(set.due) + 60_000;
    await Promise.all([exports.work(), exports.work()]);
    const after = (await exports.exports(ben)).data.filter((e) => e.created === new Date(now).toISOString());
    expect(after).toHaveLength(1);
    expect((await exports.schedules(ben)).data[0]?.due).toBe(new Date(nextOf('day', now)).toISOString());
    expect(await exports.unschedule(eve, set.id)).toMatchObject({ code: 'not-found' });
    expect(await exports.unschedule(ben, set.id)).toBeNull();
  });

  it('leaves out no period that passed while nothing ran, and takes no key it cannot encrypt to', async () => {
    expect(await exports.schedule(ben, { every: 'day', request: { format: 'csv', filter: all, key: 'no key' } })).toMatchObject({ code: 'key-malformed' });
    const set = await exports.schedule(ben, { every: 'day', request: { format: 'csv', filter: all } });
    if (isRefusal(set)) throw new Error('refused');
    const earlier = new Set((await exports.exports(ben)).data.map((e) => e.id));
    now = Date.parse(set.due) + 2 * 86_400_000 + 60_000;
    for (let n = 0; n < 5; n += 1) await exports.work();
    expect((await exports.exports(ben)).data.filter((e) => !earlier.has(e.id))).toHaveLength(3);
    expect((await exports.schedules(ben)).data[0]?.due).toBe(new Date(nextOf('day', now)).toISOString());
    await exports.unschedule(ben, set.id);
  });

  it.each<['day' | 'week' | 'month', number]>([['day', 1], ['week', 7], ['month', 31]])('every %s: lies longer than until the next, and its owner is told before it goes, once, unless it was fetched', async (every, least) => {
    const set = await exports.schedule(ben, { every, request: { format: 'csv', filter: all } });
    if (isRefusal(set)) throw new Error('refused');
    now = Date.parse(set.due) + 60_000;
    await exports.work();
    await exports.unschedule(ben, set.id);
    const before = now;
    const one = (await exports.exports(ben)).data.find((e) => e.created === new Date(before).toISOString());
    if (one === undefined) throw new Error('none was made');
    expect(Date.parse(one.expires) - now).toBeGreaterThan(least * 86_400_000 + 3 * 86_400_000);
    const told = async () => (await store.room<typeof import('../../../service/alert/alert.sql.ts')>('alert').read.page({ open: true, raised: Number.MAX_SAFE_INTEGER, id: '', limit: 100 })).rows.filter((row) => row.about === one.id);
    now = Date.parse(one.expires) - 4 * 86_400_000;
    await exports.work();
    expect(await told()).toEqual([]);
    now = Date.parse(one.expires) - 2 * 86_400_000;
    if (every === 'week') await fetched(one.id);
    for (let n = 0; n < 2; n += 1) await exports.work();
    const [alert, ...more] = await told();
    expect(more).toEqual([]);
    if (every === 'week') expect(alert).toBeUndefined();
    else expect(alert && await alerts.telling(alert)).toEqual({ to: ['ben.hale@riverside.test'], detail: expect.stringContaining(one.expires.slice(0, 10)) });
    now = Date.parse(one.expires) + 1;
    await exports.work();
    expect(await exports.file(ben, one.id)).toMatchObject({ code: 'not-found' });
  });
});

function parseCsv(text: string): string[] {
  const cells: string[] = [];
  let [at, open, cell_] = [0, false, ''];
  for (; at < text.length - 2; at += 1) {
    const c = text[at] as string;
    if (open) {
      if (c === '"' && text[at + 1] === '"') { cell_ += '"'; at += 1; }
      else if (c === '"') open = false;
      else cell_ += c;
    } else if (c === '"') open = true;
    else if (c === ',') { cells.push(cell_); cell_ = ''; }
    else cell_ += c;
  }
  return [...cells, cell_];
}
