/** The certificate of sending: what the author can show a stranger, checked with our program, and with nothing of ours. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { extractText, getDocumentProxy } from 'unpdf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pack, unpack } from '../../service/audit/certificate/archive.ts';
import { utf8, type Files } from '../../service/audit/certificate/bundle.ts';
import { verify } from '../../service/audit/verify.ts';
import { Certified } from '../../shared/wire/certificate.ts';
import { visitor } from '../service/http/portal/visitor.ts';
import { tool } from '../tools.ts';
import { openStage, type Json, type Stage } from './stage.ts';

const [TESS, ROSA, RICK, WALT, SAM] = ['tess.lane@lakeside.test', 'rosa.delgado@brightmail.test', 'rick.voss@reject.test', 'walt.finch@oldpost.test', 'sam.park@stmarys.test'] as const;
const TO = [TESS, ROSA, RICK, WALT, SAM];
const TEXT = 'Maria Alvarez, MRN 4471902: potassium 6.1, please call today.';
const CLI = join(import.meta.dirname, '../../service/audit/verify.ts');

const stepsRun = (['bash', 'openssl', 'sha256sum', 'od', 'sed'] as const).every((name) => tool(name, 'whether the steps of the README in a certificate verify it'));

describe('a certificate of sending', () => {
  let stage: Stage;
  let scratch = '';
  let id = '';
  let plain: Uint8Array;
  let told: Uint8Array;
  let answer: Json;
  const file = (name: string, bytes: Uint8Array | string): string => {
    writeFileSync(join(scratch, name), bytes);
    return join(scratch, name);
  };
  const bundle = async (person: string, query = ''): Promise<Uint8Array> => new Uint8Array(await (await fetch(`${stage.url}/api/v1/messages/${id}/certificate/bundle${query}`, { method: 'POST', headers: { authorization: `Bearer ${await stage.token(person)}` } })).arrayBuffer());
  const lay = (name: string, files: Files): string => {
    const folder = join(scratch, name);
    for (const [path, bytes] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), bytes);
    }
    return folder;
  };

  beforeAll(async () => {
    stage = await openStage();
    scratch = mkdtempSync(join(tmpdir(), 'send-secure-certificate-'));
    const sent = await stage.send('ana', { to: TO.map((address) => ({ address })), subject: 'Potassium result', text: TEXT });
    id = sent.body.id;
    await stage.until('ana', id, ['relayed', 'failed']);
    const path = /\/m\/[A-Za-z0-9_-]{43}/.exec((await stage.mail(ROSA, (raw) => raw.includes('/m/'))).raw.replace(/=\r\n/g, ''))?.[0] ?? '';
    const rosa = visitor({ request: (at: string, init: RequestInit) => fetch(stage.url + at, { ...init, redirect: 'manual' }) } as never, stage.url);
    const page = await (await rosa.get(path)).text();
    await rosa.submit(page, `${path}/code`);
    const code = /one-time code is (\d{6})/.exec((await stage.mail(ROSA, (raw) => /one-time code is \d{6}/.test(raw))).raw)?.[1] ?? '';
    const form = await (await rosa.get(`${path}/enter`)).text();
    await rosa.submit(form, `${path}/enter`, { code });
    expect((await rosa.get(`${path}/message`)).status).toBe(200);
    await stage.until('ana', id, ['relayed', 'failed', 'opened']);
    answer = (await stage.call('ana', 'POST', `messages/${id}/certificate`)).body;
    plain = await bundle('ana');
    told = await bundle('ana', '?reveal=recipients,subject');
  });
  afterAll(async () => {
    await stage?.close();
    if (scratch) rmSync(scratch, { recursive: true, force: true });
  });

  it('says per recipient what is proved and what is not, and no more', () => {
    expect(Certified.safeParse(answer).error).toBeUndefined();
    const levels = answer.certificate.recipients.map((r: Json) => [r.level, r.status, r.claims.at(-1).about, r.claims.at(-1).strength]);
    expect(levels).toEqual([
      ['L1', 'relayed', 'message', 'ordinary'], ['L4', 'opened', 'message', 'weak'], ['L0', 'failed', 'message', 'ordinary'], ['L1', 'relayed', 'notice', 'ordinary'], ['L1', 'relayed', 'message', 'ordinary'],
    ]);
    expect(JSON.stringify(answer.certificate.recipients)).not.toMatch(/delivered/i);
    expect(answer.certificate.recipients[0].attempts[0].facts).toMatchObject({ grade: 'B', reply: 250, protocol: 'TLSv1.3' });
    for (const r of answer.certificate.recipients) for (const c of r.claims) expect(c.doesNotProve).not.toBe('');
  });

  it('holds commitments only, unless the author reveals', () => {
    const everything = [JSON.stringify(answer), ...Object.values(unpack(plain) ?? {}).map((b) => Buffer.from(b).toString('latin1'))].join('\n');
    expect(everything).not.toMatch(/otassium|Alvarez|4471902|lakeside|rosa\.|delgado|brightmail|stmarys|ana\.ruiz|riverside\.test.*@/);
    const revealed = JSON.parse(Buffer.from(unpack(told)?.['disclosures.json'] ?? []).toString()) as { name: string; value: string }[];
    expect(revealed.map((d) => d.value).sort()).toEqual([...TO, 'Potassium result'].sort());
    expect(Buffer.from(told).toString('latin1')).not.toMatch(/Alvarez|4471902/);
  });

  it('is for the author and those who ask the log; only the author reveals; every issue is in the log', async () => {
    const ask = (person: string, query = '') => stage.call(person, 'POST', `messages/${id}/certificate${query}`);
    expect((await ask('noor')).body.code).toBe('not-found');
    // What is to be revealed stands in the address; a wish that nobody would read is refused.
    const wish = (body: object) => stage.call('ana', 'POST', `messages/${id}/certificate/bundle`, body);
    expect((await wish({ reveal: ['subject'] })).body.code).toBe('bad-request');
    expect((await wish({})).status).toBe(200);
    expect((await ask('ana', '?reveal=subject&reveal=everything')).body.code).toBe('bad-request');
    expect((await ask('ivy')).body.code).toBe('forbidden');
    expect((await ask('ben')).status).toBe(200);
    expect((await ask('ben', '?reveal=recipients')).body.code).toBe('forbidden');
    expect((await ask('ana', '?reveal=recipients,sbject')).body.code).toBe('bad-request');
    await stage.service.audit.flush();
    const page = (await stage.call('ben', 'GET', `audit/events?message=${id}&type=evidence.certificate_issued&order=asc`)).body.data;
    expect(page.map((e: Json) => e.facts.fields)).toEqual(['', '', 'recipients subject', '', '']);
    expect(page[0].facts.certificate).toBe(answer.certificate.id);
  });

  it('npm run verify: 0 valid, 1 invalid, 2 cannot decide, 3 usage; pinned key, kept checkpoint, unpacked', async () => {
    const run = (...args: string[]) => spawnSync(process.execPath, [CLI, ...args], { encoding: 'utf8' });
    const good = run(file('plain.zip', plain), '--vkey', stage.service.audit.vkey());
    expect([good.status, good.stdout.split('\n')[0]]).toEqual([0, expect.stringMatching(/^Valid: certificate crt_/)]);
    expect(good.stdout).not.toContain('lakeside');
    const more = await verify({ path: file('told.zip', told) });
    expect([more.code, more.lines.join('\n')]).toEqual([0, expect.stringContaining(`Recipient 1 (${TESS}): L1, relayed`)]);
    const broken = plain.slice();
    broken[broken.length >> 1] = (broken[broken.length >> 1] ?? 0) ^ 1;
    expect(run(file('broken.zip', broken)).status).toBe(1);
    expect(run(join(scratch, 'nothing.zip')).status).toBe(2);
    expect(run().status).toBe(3);
    expect((await verify({ path: lay('unpacked', unpack(plain) ?? {}) })).code).toBe(0);
    const strange = 'audit.evil.test/v1+00000000+AAAA';
    expect((await verify({ path: join(scratch, 'plain.zip'), vkey: strange })).code).toBe(2);
    const checkpoint = file('kept', answer.files['checkpoint.txt']);
    const same = JSON.parse(Buffer.from(unpack(plain)?.['certificate.json'] ?? []).toString()).log.size === answer.certificate.log.size;
    expect((await verify({ path: join(scratch, 'plain.zip'), checkpoint })).code).toBe(same ? 0 : 2);
  });

  it('catches four hundred single-byte mutations, archive and folder', async () => {
    for (const [name, bytes] of [['plain', plain], ['told', told]] as const) {
      for (let n = 0; n < 100; n += 1) {
        const at = (n * 7919 + (n * n)) % bytes.length;
        const bad = bytes.slice();
        bad[at] = (bad[at] ?? 0) ^ (1 << n % 8);
        expect((await verify({ path: file(`${name}-mutated.zip`, bad) })).code, `byte ${at} of ${name}`).toBe(1);
      }
      const files = unpack(bytes) ?? {};
      const names = Object.keys(files);
      for (let n = 0; n < 100; n += 1) {
        const which = names[n % names.length] ?? '';
        const bad = (files[which] ?? new Uint8Array()).slice();
        const at = (n * 7919) % Math.max(1, bad.length);
        const changed = bad.length === 0 ? utf8('x') : bad;
        changed[at] = (changed[at] ?? 0) ^ (1 << n % 7);
        expect((await verify({ path: file('inner.zip', pack({ ...files, [which]: changed })) })).code, `${which} byte ${at}`).toBe(1);
      }
    }
  });

  it('catches what is left out, added, exchanged or claimed beside the entries', async () => {
    const files = unpack(plain) ?? {};
    const code = async (changed: Files) => (await verify({ path: file('changed.zip', pack(changed)) })).code;
    for (const name of Object.keys(files)) expect(await code(Object.fromEntries(Object.entries(files).filter(([n]) => n !== name))), name).toBe(1);
    expect(await code({ ...files, 'events/0.json': files['events/0.json'] ?? utf8('{}'), 'proofs/0.txt': utf8('') })).toBe(1);
    expect(await code({ ...files, 'disclosures.json': utf8(JSON.stringify([{ name: 'subject', salt: 'A'.repeat(43), seq: answer.certificate.message.subject.seq, value: 'Other' }])) })).toBe(1);
    // The two last bits of a salt's last letter mean nothing: a second spelling must not pass.
    const open = unpack(told) ?? {};
    const values = Buffer.from(open['disclosures.json'] ?? []).toString();
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const respelt = values.replace(/"salt":"([\w-]{42})([\w-])"/, (_all, head: string, last: string) => `"salt":"${head}${letters[letters.indexOf(last) + 1]}"`);
    expect(respelt).not.toBe(values);
    expect(await code({ ...open, 'disclosures.json': utf8(respelt) })).toBe(1);
    expect(await code({ ...open, 'disclosures.json': utf8(values.replace(/^\[(\{[^}]*\})/, '[$1,$1')) })).toBe(1);
    // The log's own key under a claim that the entries do not support: signed, and still invalid.
    const { signature: _signature, ...fields } = answer.certificate;
    const lied = { ...fields, recipients: fields.recipients.map((r: Json) => ({ ...r, level: 'L4' })) };
    const signed = stage.service.audit.sign(lied) as { signature: string };
    const same = Object.fromEntries(Object.entries(answer.files as Record<string, string>).map(([name, text]) => [name, utf8(text)]));
    const canonical = (await import('canonicalize')).default;
    const answered = await verify({ path: file('lied.zip', pack({ ...same, 'certificate.json': utf8(canonical(lied) ?? ''), 'certificate.sig': Buffer.from(signed.signature, 'base64') })) });
    expect([answered.code, answered.lines[0]]).toEqual([1, expect.stringContaining('claims other than what the entries say')]);
  });

  it('stays valid with the revealed values taken out', async () => {
    const { 'disclosures.json': _out, ...rest } = unpack(told) ?? {};
    const answered = await verify({ path: file('quiet.zip', pack(rest)) });
    expect([answered.code, answered.lines.join('\n')]).toEqual([0, expect.not.stringContaining('lakeside')]);
  });

  it('as paper says the same, prints the sum of what is signed, and carries it', async () => {
    const paper = async (person: string, query: string) => fetch(`${stage.url}/api/v1/messages/${id}/certificate/paper${query}`, { method: 'POST', headers: { authorization: `Bearer ${await stage.token(person)}` } });
    const got = await paper('ana', '?reveal=recipients,servers');
    expect([got.status, got.headers.get('content-type')]).toEqual([200, 'application/pdf']);
    const bytes = new Uint8Array(await got.arrayBuffer());
    const document = await getDocumentProxy(bytes.slice());
    const text = (await extractText(document, { mergePages: true })).text.replace(/\s+/g, ' ');
    for (const word of [TESS, 'taken over by the next mail server (relayed)', 'L1', 'may still lose or refuse it', 'mx.lakeside.test', 'TLSv1.3', '250', 'log says why']) expect(text).toContain(word);
    expect(text).not.toMatch(/Potassium|4471902/);
    const attached = await document.getAttachments() as { [name: string]: { content: Uint8Array } };
    const sum = createHash('sha256').update(attached['certificate.json']?.content ?? '').digest('hex');
    expect(text.replace(/ /g, '')).toContain(sum);
    expect((await verify({ path: file('attached.zip', new Uint8Array(attached['bundle.zip']?.content ?? [])) })).code).toBe(0);
    // Not for who may not see the message, and no values for who is not its author.
    expect([(await paper('noor', '')).status, (await paper('ben', '?reveal=recipients')).status, (await paper('ben', '')).status]).toEqual([404, 403, 200]);
  });

  it('verifies by the program that lies in it, with Node and nothing else', () => {
    const files = unpack(told) ?? {};
    const folder = lay('alone', files);
    const run = (...args: string[]) => spawnSync(process.execPath, [join(folder, 'verify.mjs'), ...args], { cwd: tmpdir(), encoding: 'utf8', env: {} });
    expect(Buffer.from(files['verify.mjs'] ?? []).toString()).not.toMatch(/from '(?!node:)|require\(|node:(?:net|http|dns|tls)/);
    const good = run();
    expect([good.status, good.stderr]).toEqual([0, '']);
    expect(good.stdout).toMatch(/^Valid: certificate crt_[\s\S]*tess\.lane@lakeside\.test[\s\S]*L1[\s\S]*Does not prove/);
    const vkey = readFileSync(join(folder, 'vkey.txt'), 'utf8').trim();
    expect([run('--vkey', vkey).status, run('--vkey', vkey.replace(/.$/, (last) => (last === 'x' ? 'y' : 'x'))).status, run('--checkpoint', join(folder, 'nothing')).status, run('--nonsense').status, run(join(folder, 'nowhere')).status]).toEqual([0, 2, 2, 3, 3]);
    expect(JSON.parse(run('--json').stdout)).toMatchObject({ valid: true, code: 0 });
    // The same answers as the service's own program, file by file.
    const kinds = new Map(Object.keys(files).map((name) => [name.replace(/\d+/, 'N'), name]));
    kinds.delete('verify.mjs');
    for (const name of kinds.values()) {
      const bytes = Buffer.from(files[name] ?? []);
      const at = Math.floor(bytes.length / 2);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      writeFileSync(join(folder, name), bytes);
      expect(run().status, name).toBe(1);
      writeFileSync(join(folder, name), files[name] ?? '');
    }
  });

  it('the program that lies in it catches two hundred and more single-byte mutations, and what is added, removed, renamed or doubled', () => {
    const files = unpack(told) ?? {};
    const names = Object.keys(files);
    const folder = lay('mutated', files);
    // To the byte the program of the bundle, in one process of its own, once per change; what it lies in is changed, itself too, what runs is not.
    const driver = file('driver.mjs', `
      import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
      import { dirname, join } from 'node:path';
      const [program, folder, changes] = process.argv.slice(2);
      const say = console.log;
      console.log = () => undefined;
      const codes = [];
      let n = 0;
      async function judged() {
        process.argv = [process.execPath, program, folder];
        await import('file://' + program + '?' + (n += 1));
        const { exitCode } = process;
        process.exitCode = 0;
        return exitCode;
      }
      codes.push(['as it is', await judged()]);
      for (const { name, at, bit, to, how } of JSON.parse(readFileSync(changes, 'utf8'))) {
        const [place, target] = [join(folder, name), to === undefined ? '' : join(folder, to)];
        const before = how === 'added' ? null : readFileSync(place);
        if (target !== '') mkdirSync(dirname(target), { recursive: true });
        if (how === 'changed') { const bad = Buffer.from(before); bad[at] ^= 1 << bit; writeFileSync(place, bad); }
        if (how === 'removed') rmSync(place);
        if (how === 'renamed') renameSync(place, target);
        if (how === 'doubled') copyFileSync(place, target);
        if (how === 'added') writeFileSync(target, 'x');
        codes.push([how + ' ' + name + ' ' + (to ?? at ?? ''), await judged()]);
        if (target !== '') rmSync(target);
        if (before !== null) writeFileSync(place, before);
      }
      codes.push(['as it was', await judged()]);
      say(JSON.stringify(codes));
    `);
    const beside = (name: string): string => (name.includes('.') ? name : `${name}.`).replace(/([^/.]*)(\.[^/]*)$/, (_all, stem: string, end: string) => `${/^\d+$/.test(stem) ? Number(stem) + 100_000 : `${stem}2`}${end}`);
    const changes = [
      ...Array.from({ length: 220 }, (_, n) => {
        const name = names[n % names.length] ?? '';
        const bytes = files[name]?.length ?? 0;
        // the first, the last, then anywhere
        const at = [0, bytes - 1][Math.floor(n / names.length)] ?? (n * 7919 + n * n) % bytes;
        return { how: 'changed', name, at, bit: n % 8 };
      }),
      // Without the values it still holds, and says less: that is what a reader is free to do.
      ...names.filter((name) => name !== 'disclosures.json').map((name) => ({ how: 'removed', name })),
      ...names.map((name) => ({ how: 'renamed', name, to: beside(name) })),
      ...names.map((name) => ({ how: 'doubled', name, to: beside(name) })),
      ...['notes.txt', 'events/0.json', 'proofs/0.txt', 'events/events/1.json', 'certificate.json.bak', 'a.mjs'].map((to) => ({ how: 'added', name: '', to })),
    ];
    const ran = spawnSync(process.execPath, [driver, file('pristine.mjs', files['verify.mjs'] ?? ''), folder, file('changes.json', JSON.stringify(changes))], { encoding: 'utf8', env: {} });
    const codes = JSON.parse(ran.stdout) as [string, number][];
    expect(codes).toHaveLength(changes.length + 2);
    expect([codes.shift(), codes.pop()]).toEqual([['as it is', 0], ['as it was', 0]]);
    expect(codes.filter(([, code]) => code !== 1)).toEqual([]);
  });

  it('refuses an archive with an entry twice, another order, or a word beside', async () => {
    const code = async (bytes: Uint8Array) => (await verify({ path: file('spelt.zip', bytes) })).code;
    const files = unpack(plain) ?? {};
    const { zipSync } = await import('fflate');
    const mtime = new Date(1980, 0, 1);
    const respelt = (list: readonly string[], more: object = {}) => zipSync(Object.fromEntries(list.map((name) => [name, files[name] ?? new Uint8Array()])), { level: 0, mtime, ...more });
    const names = Object.keys(files);
    expect(await code(respelt(names))).toBe(0);
    expect(await code(respelt(names.toReversed()))).toBe(1);
    expect(await code(respelt(names, { level: 6 }))).toBe(1);
    expect(await code(respelt(names, { comment: 'x' }))).toBe(1);
    expect(await code(Buffer.concat([plain, Buffer.from([0])]))).toBe(1);
    expect(await code(Buffer.concat([Buffer.from('PK'), plain]))).toBe(1);
    // The same name twice, the second time with other words: made by hand, because no archiver does it.
    const [one, other] = ['certificate.json', 'certificate.jsom'];
    const twice = Buffer.from(zipSync({ ...Object.fromEntries(names.map((name) => [name, files[name] ?? new Uint8Array()])), [other]: utf8('{}') }, { level: 0, mtime }));
    for (let at = twice.indexOf(other); at >= 0; at = twice.indexOf(other)) twice.write(one, at);
    expect(await code(twice)).toBe(1);
  });

  it.skipIf(!stepsRun)('verifies by the README alone, with sha256sum and openssl', () => {
    const folder = lay('readme', unpack(told) ?? {});
    const steps = /VERIFY WITHOUT US[\s\S]*?(--- step 1[\s\S]*)--- end/.exec(readFileSync(join(folder, 'README.txt'), 'utf8'))?.[1]?.split(/^---.*\n/m).filter((s) => s.trim() !== '') ?? [];
    expect(steps).toHaveLength(4);
    const run = (step: string | undefined) => spawnSync('bash', ['-c', step ?? ''], { cwd: folder, encoding: 'utf8' });
    expect(steps.map((s) => run(s).stdout.trim())).toEqual(['Signature Verified Successfully', 'OK', 'Signature Verified Successfully', 'OK']);
    const event = `events/${answer.certificate.entries[2]}.json`;
    writeFileSync(join(folder, event), readFileSync(join(folder, event), 'utf8').replace('"v":1', '"v":2'));
    expect(run(steps[1]).stdout).not.toContain('OK');
    expect(run(steps[3]).stdout).toContain('is NOT in the log');
    writeFileSync(join(folder, 'certificate.json'), readFileSync(join(folder, 'certificate.json'), 'utf8').replace('L1', 'L4'));
    expect(run(steps[0]).stdout).not.toContain('Verified Successfully');
    return undefined;
  });
});
