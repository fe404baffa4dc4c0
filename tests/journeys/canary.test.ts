/**
 * One message full of words that appear nowhere else goes every way there is; then everything the service wrote for operators, auditors
 * and disks is searched for them: output, figures, log entries, checkpoints, exports in every form, packs, diagnostic reports, database, blobs, keys, URLs it was asked for.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { extractText, getDocumentProxy } from 'unpdf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../until.ts';
import { makeShares } from '../../service/vault/archivekey.ts';
import { openBeside, type Beside } from '../../lab/world/beside.ts';
import type { Json } from './stage.ts';

const WORDS = { subject: 'Quokkasubject', text: 'Quokkatext', file: 'Quokkafile', content: 'Quokkacontent', name: 'Quokkaname', patient: 'Quokkapatient', reason: 'Quokkareason', reference: 'Quokkareference', local: 'quokkalocal', bad: 'Quokkabad', answer: 'Quokkaanswer', letter: 'Quokkaletter', upload: 'Quokkaupload', inside: 'Quokkainside', hidden: 'Quokkahidden' };

/** What a person would read of it. */
const printed = async (pdf: Uint8Array): Promise<string> => (await extractText(await getDocumentProxy(new Uint8Array(pdf)), { mergePages: true })).text;

describe('no word of a message in anything written for others', () => {
  let world: Beside;
  let folder = '';
  let child: ChildProcess;
  let output = '';
  let url = '';
  const tokens: Record<string, string> = {};

  const call = async (person: string, method: string, path: string, body?: unknown) => {
    const answer = await fetch(`${url}${path}`, { method, headers: { authorization: `Bearer ${tokens[person]}`, 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() }, ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }) });
    const text = await answer.text();
    return { status: answer.status, text, body: /^application\/(?:problem\+)?json\b/.test(answer.headers.get('content-type') ?? '') ? (JSON.parse(text) as Json) : null };
  };

  beforeAll(async () => {
    world = await openBeside('canary');
    folder = world.folder;
    mkdirSync(join(folder, 'dumps'));
    writeFileSync(join(folder, 'archive.pem'), (await makeShares()).publicKey);
    child = spawn(process.execPath, ['--report-on-signal', `--report-directory=${join(folder, 'dumps')}`, join(import.meta.dirname, 'service.child.ts')], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...world.settings, STAGE_LOUD: '1', ARCHIVE_KEY_FILE: join(folder, 'archive.pem') },
    });
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => { output += chunk.toString(); });
    url = await until('the service', () => /^http:\/\/\S+$/m.exec(output)?.[0]);
    for (const person of ['ana', 'ben', 'ivy', 'leo']) tokens[person] = await world.token(person);
  });
  afterAll(async () => {
    await new Promise<void>((gone) => { child.once('exit', () => gone()); child.kill('SIGKILL'); });
    await world?.close();
  });

  it('is found nowhere', async () => {
    const to = [`${WORDS.local}@lakeside.test`, `${WORDS.local}@oldpost.test`, `${WORDS.local}@reject.test`, `${WORDS.local}@nullmx.test`].map((address) => ({ address, name: WORDS.name }));
    const message = {
      from: { address: 'ana.ruiz@riverside.test', name: WORDS.name }, to, subject: WORDS.subject, html: `<p>${WORDS.text} MRN 4471902</p>`, purpose: 'treatment', patientRef: WORDS.patient, justification: WORDS.reason, references: [`<${WORDS.reference}@x.test>`],
      attachments: [{ filename: `${WORDS.file}.txt`, contentType: 'text/plain', content: Buffer.from(WORDS.content).toString('base64') }, { filename: `${WORDS.file}.bin`, contentType: 'application/octet-stream', content: Buffer.from(WORDS.content.repeat(30_000)).toString('base64') }],
    };
    const sent = await call('ana', 'POST', '/api/v1/messages', message);
    expect(sent.status, sent.text).toBe(202);
    await until('every end', async () => (await call('ana', 'GET', `/api/v1/messages/${sent.body.id}`)).body.recipients.every((r: { status: string }) => ['relayed', 'failed'].includes(r.status)), { every: 200 });
    const notice = await until('the notice', async () => (((await world.ask(`mailboxes/${WORDS.local}@oldpost.test`)) as Json).messages as { raw: string }[])[0]);
    const link = /\/m\/[A-Za-z0-9_-]{43}/.exec(notice.raw.replace(/=\r\n/g, ''))?.[0] ?? '';
    expect(link).not.toBe('');
    await fetch(`${url}${link}`);
    await fetch(`${url}${link}/enter`, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: `code=${WORDS.bad}` });
    await call('ana', 'GET', `/api/v1/messages/${sent.body.id}/content`);
    // Its recipient opens it, answers and writes anew, each with a file, and begins another that stays unsent.
    const spoken = (await call('ana', 'GET', `/api/v1/messages/${sent.body.id}`)).body.recipients.find((r: { spokenCode?: string }) => r.spokenCode !== undefined)?.spokenCode ?? '';
    const jar = new Map<string, string>();
    const visit = async (path: string, body?: BodyInit) => {
      const answer = await fetch(`${url}${link}${path}`, { redirect: 'manual', headers: { cookie: [...jar].map(([n, v]) => `${n}=${v}`).join('; ') }, ...(body === undefined ? {} : { method: 'POST', body }) });
      for (const line of answer.headers.getSetCookie()) { const [, n = '', v = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []; jar.set(n, v); }
      return { location: answer.headers.get('location') ?? '', text: await answer.text() };
    };
    const hidden = (page: string) => Object.fromEntries(['form', 'key'].map((name) => [name, new RegExp(`name="${name}" value="([^"]*)"`).exec(page)?.[1] ?? '']));
    expect((await visit('/enter', new URLSearchParams({ ...hidden((await visit('/enter')).text), code: spoken }))).location).toContain('/message');
    const post = async (page: string, action: string, fields: Record<string, string>) => {
      const shown = (await visit(page)).text;
      const form = new FormData();
      for (const [name, value] of Object.entries({ ...hidden(shown), to: /<option value="([0-9a-f]{24})"/.exec(shown)?.[1] ?? '', ...fields })) form.append(name, value);
      form.append('file', new File([WORDS.inside], `${WORDS.upload}.txt`, { type: 'text/plain' }));
      return (await visit(action, form)).location;
    };
    expect(await post('/message', '/answer', { text: WORDS.answer })).toContain('answer=sent');
    expect(await post('/write', '/letter', { subject: WORDS.letter, text: WORDS.letter })).toContain('said=sent');
    expect(await post('/write', '/letter', { subject: WORDS.letter, text: WORDS.letter, attach: '1' })).toContain('said=attached');
    await call('ana', 'POST', `/api/v1/messages/${sent.body.id}/recall`, {});
    // One whose key is divided, with words of its own, opened by nobody.
    const linked = async (to: string, more: object) => {
      const { status, text, body } = await call('ana', 'POST', '/api/v1/messages', { ...message, to: [{ address: to, name: WORDS.name }], ...more });
      expect(status, text).toBe(202);
      const at = /\/m\/[A-Za-z0-9_-]{43}(?:\?in=\w\w)?(?:#[A-Za-z0-9_-]{43})?/;
      const mails = async () => (((await world.ask(`mailboxes/${to}`)) as Json).messages as { raw: string }[]).map(({ raw }) => at.exec(raw.replace(/=\r\n/g, '').replace(/=3D/g, '='))?.[0]);
      return { id: body.id as string, link: await until('its notice', async () => (await mails()).find((found) => found !== undefined)) };
    };
    const drafted = await call('ivy', 'POST', '/api/v1/policies', { document: { rules: [{ id: 'always', when: {}, then: { need: 'transport' }, reason: 'need-always' }, { id: 'divided', when: { sensitive: ['hiv'] }, then: { portal: true, divided: 'required' }, says: 'With a divided key.' }] }, note: 'Divided' });
    for (const [who, step] of [['ivy', 'simulate'], ['ivy', 'submit'], ['leo', 'approve'], ['leo', 'activate']] as const) await call(who, 'POST', `/api/v1/policies/${drafted.body.version}/${step}`, {});
    const divided = await linked('walt.finch@oldpost.test', { html: `<p>${WORDS.hidden} HIV test result, MRN 4471902</p>` });
    const half = /#([A-Za-z0-9_-]{43})$/.exec(divided.link)?.[1] ?? '';
    expect(half).not.toBe('');
    await until('its division', async () => (await call('ana', 'GET', `/api/v1/messages/${divided.id}/content`)).body?.code === 'content-divided', { every: 200 });
    const archived = await call('leo', 'GET', `/api/v1/messages/${divided.id}/archive`);
    expect(archived.status).toBe(200);
    for (const body of [{ ...message, to: [{ address: WORDS.bad }] }, { ...message, subject: `${WORDS.bad}\r\nX: y` }, { ...message, [WORDS.bad]: WORDS.bad, from: { address: `${WORDS.bad}@x.test` } }, `{"${WORDS.bad}": `]) await call('ana', 'POST', '/api/v1/messages', body);
    await call('ana', 'GET', `/api/v1/messages/${WORDS.bad}`);
    await call('ana', 'GET', `/${WORDS.bad}?${WORDS.bad}=${WORDS.bad}`);
    // What was done last stands in the log, which is behind by a moment.
    await until('the log', async () => (await call('ben', 'GET', '/api/v1/audit/events?limit=500')).text.includes('recall.done'), { every: 200 });

    const seen: Record<string, string> = { archive: archived.text, output, log: (await call('ben', 'GET', '/api/v1/audit/events?limit=500')).text, timeline: (await call('ben', 'GET', `/api/v1/messages/${sent.body.id}`)).text, list: (await call('ben', 'GET', '/api/v1/messages')).text };
    for (const path of ['/metrics', '/readyz', '/openapi.json', '/api/v1/log/checkpoint']) seen[path] = await (await fetch(url + path)).text();
    const walk = (path: string): void => {
      for (const name of readdirSync(path)) {
        const file = join(path, name);
        try {
          if (statSync(file).isDirectory()) walk(file);
          else seen[`${name} on disk`] = readFileSync(file, 'latin1');
        } catch (gone) {
          // The service runs: what it wrote aside is in its place by now.
          if ((gone as { code?: unknown }).code !== 'ENOENT') throw gone;
        }
      }
    };
    // What compliance staff take away: every form of export, the story, the pack. A sealed value leaves only by reveal or by an accounting.
    const looked = await call('ben', 'POST', '/api/v1/audit/search', { recipient: `${WORDS.local}@lakeside.test`, patient: WORDS.patient, why: 'complaint' });
    expect(looked.body.data.length, 'the look-up by the exact values found it').toBeGreaterThan(0);
    seen['search'] = looked.text;
    const raw = async (method: string, path: string, body?: unknown) => Buffer.from(await (await fetch(`${url}/api/v1/${path}`, { method, headers: { authorization: `Bearer ${tokens['ben']}`, 'content-type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })).arrayBuffer());
    for (const format of ['csv', 'ndjson', 'fhir', 'ocsf', 'pdf']) {
      const made = await call('ben', 'POST', '/api/v1/audit/exports', { format, ...(format === 'pdf' ? { report: 'delivery' } : {}) });
      expect(made.status, made.text).toBe(200);
      const file = await raw('GET', `audit/exports/${made.body.id}/file`);
      seen[`export ${format}`] = format === 'pdf' ? await printed(file) : file.toString('utf8');
      // What is packed must have been unpacked, or nothing was searched.
      expect(seen[`export ${format}`], format).toContain(format === 'pdf' ? 'Delivery' : sent.body.id);
      seen[`proof of ${format}`] = (await call('ben', 'GET', `/api/v1/audit/exports/${made.body.id}/proof`)).text;
    }
    for (const path of [`messages/${sent.body.id}/story`, `messages/${sent.body.id}/access`, 'audit/counts?by=type', 'controls', 'log/integrity']) seen[path] = (await call('ben', 'GET', `/api/v1/${path}`)).text;
    const pack = unzipSync(await raw('POST', 'evidence-packs', { from: '2026-01-01T00:00:00Z', to: '2030-01-01T00:00:00Z', profile: 'hipaa-current' }));
    expect(Object.keys(pack)).toContain('controls.pdf');
    for (const [name, bytes] of Object.entries(pack)) seen[`pack ${name}`] = name.endsWith('.pdf') ? await printed(bytes) : Buffer.from(bytes).toString('utf8');
    child.kill('SIGUSR2');
    await until('a dump that is whole', () => readdirSync(join(folder, 'dumps')).some((name) => readFileSync(join(folder, 'dumps', name), 'utf8').trimEnd().endsWith('}')));
    walk(join(folder, 'dumps'));
    walk(join(folder, 'data'));
    walk(join(folder, 'keys'));

    expect(Object.keys(seen)).toEqual(expect.arrayContaining(['store.db on disk', 'store.db-wal on disk']));
    expect(output, 'the service did speak').toContain('"what":"request"');
    expect(seen['log']).toContain('message.accepted');
    const found = Object.entries(seen).flatMap(([where, text]) => [...Object.values(WORDS), link.slice(3), divided.link.slice(3, 46), half, 'ana.ruiz', tokens['ana']!.slice(-40)].filter((word) => text.toLowerCase().includes(word.toLowerCase())).map((word) => `${word} in ${where}`));
    expect(found).toEqual([]);
  });
});
