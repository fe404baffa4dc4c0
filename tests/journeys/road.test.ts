/** The main job, on both stores: one message to four kinds of mailbox, read by the programs recipients really have. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tool } from '../tools.ts';
import { startPostgres } from '../service/store/postgres.ts';
import { openStage, type Stage } from './stage.ts';

const TEXT = 'Maria Alvarez, MRN 4471902: potassium 6.1, please call today.';
const BINARY = Buffer.from(Array.from({ length: 3000 }, (_, i) => (i * 7 + (i >> 8)) & 255));
const FILE = { filename: 'Laborwerte März.bin', contentType: 'application/octet-stream', content: BINARY.toString('base64') };
const TO = ['tess.lane@lakeside.test', 'sam.park@stmarys.test', 'gina.holt@keyring.test', 'rosa.delgado@brightmail.test'];

const reader = (name: 'openssl' | 'gpg') => tool(name, `whether ${name} opens what arrived`);

const postgres = await startPostgres();
const engines: [string, string | undefined][] = [['sqlite', undefined], ...('url' in postgres ? [['postgres', postgres.url] as [string, string]] : [])];
afterAll(async () => { if ('stop' in postgres) await postgres.stop(); });

describe.each(engines)('one message to four kinds of mailbox, over %s', (_engine, databaseUrl) => {
  let stage: Stage;
  let id = '';
  let scratch = '';
  beforeAll(async () => {
    stage = await openStage(databaseUrl ? { databaseUrl } : {});
    scratch = mkdtempSync(join(tmpdir(), 'send-secure-readers-'));
  });
  afterAll(async () => {
    await stage?.close();
    if (scratch) rmSync(scratch, { recursive: true, force: true });
  });

  it('is accepted with a protection, a reason and a class for each', async () => {
    const sent = await stage.send('ana', { to: TO.map((address) => ({ address })), bcc: [{ address: 'noor.haddad@riverside.test' }], subject: 'Potassium result', text: TEXT, attachments: [FILE] });
    expect(sent.status, JSON.stringify(sent.body)).toBe(202);
    expect(sent.body.recipients.map((r) => r.protection)).toEqual(['tls', 'smime', 'pgp', 'portal', 'tls']);
    for (const r of sent.body.recipients) expect(r.reasons[0]?.text).toMatch(/\.$/);
    expect(sent.body.retention).toMatchObject({ class: 'clinical-adult' });
    id = sent.body.id;
    const timeline = await stage.until('ana', id, ['relayed']);
    expect(timeline.recipients.map((r) => [r.planned, r.protection, r.status])).toEqual(['tls', 'smime', 'pgp', 'portal', 'tls'].map((p) => [p, p, 'relayed']));
  });

  it('TLS: arrives over the proved connection as it was written', async () => {
    const mail = await stage.mail(TO[0]!, (raw) => raw.includes('Potassium'));
    expect(mail.tls?.protocol).toMatch(/^TLSv1\.[23]$/);
    expect(mail.raw).toContain('potassium 6.1');
    expect(mail.raw).not.toMatch(/^bcc:/im);
    expect(mail.raw).not.toContain('noor.haddad');
    const opened = await stage.opened(TO[0]!, 0);
    expect(opened.attachments[0]).toMatchObject({ filename: FILE.filename, size: BINARY.length });
  });

  it('S/MIME: openssl decrypts what the service sent', async () => {
    const mail = await stage.mail(TO[1]!, (raw) => raw.includes('pkcs7'));
    expect(mail.raw).not.toContain('otassium');
    const opened = await stage.opened(TO[1]!, 0);
    expect(opened.text).toContain(TEXT);
    if (!reader('openssl')) return;
    const key = JSON.parse(readFileSync(join(stage.folder, 'world', 'people.json'), 'utf8')).secrets[TO[1]!].smime;
    writeFileSync(join(scratch, 'mail.eml'), mail.raw, 'latin1');
    writeFileSync(join(scratch, 'key.pem'), key);
    const inner = execFileSync('openssl', ['cms', '-decrypt', '-in', join(scratch, 'mail.eml'), '-inkey', join(scratch, 'key.pem')]);
    writeFileSync(join(scratch, 'inner.eml'), inner);
    const plain = execFileSync('openssl', ['cms', '-verify', '-noverify', '-in', join(scratch, 'inner.eml')], { stdio: ['ignore', 'pipe', 'ignore'] }).toString('latin1');
    expect(plain).toContain('potassium 6.1');
    expect(plain.replace(/\s/g, '')).toContain(BINARY.toString('base64'));
  });

  it('OpenPGP: gpg decrypts what the service sent and finds it signed', async () => {
    const mail = await stage.mail(TO[2]!, (raw) => raw.includes('BEGIN PGP MESSAGE'));
    expect(mail.raw).not.toContain('otassium');
    const opened = await stage.opened(TO[2]!, 0);
    expect(opened.text).toContain(TEXT);
    if (!reader('gpg')) return;
    const home = join(scratch, 'gnupg');
    execFileSync('mkdir', ['-m', '700', home]);
    const gpg = (args: string[], input?: string | Uint8Array) => execFileSync('gpg', ['--homedir', home, '--batch', '--quiet', '--status-fd', '2', ...args], { input, stdio: ['pipe', 'pipe', 'pipe'] });
    try {
      gpg(['--import'], JSON.parse(readFileSync(join(stage.folder, 'world', 'people.json'), 'utf8')).secrets[TO[2]!].pgp);
      gpg(['--import'], stage.service.published.pgp);
      const armored = /-----BEGIN PGP MESSAGE-----[\s\S]*-----END PGP MESSAGE-----/.exec(mail.raw)?.[0] ?? '';
      const out = spawnSync('gpg', ['--homedir', home, '--batch', '--status-fd', '2', '--decrypt'], { input: armored, encoding: 'latin1' });
      const plain = out.stdout;
      expect(out.stderr).toContain('GOODSIG');
      expect(out.stderr).toContain('DECRYPTION_OKAY');
      expect(plain).toContain('potassium 6.1');
      expect(plain.replace(/\s/g, '')).toContain(BINARY.toString('base64'));
    } finally {
      execFileSync('gpgconf', ['--homedir', home, '--kill', 'gpg-agent'], { stdio: 'ignore' });
    }
  });

  it('portal: the notice says nothing, the code opens the message', async () => {
    const notice = await stage.mail(TO[3]!, (raw) => raw.includes('/m/'));
    expect(notice.raw).not.toMatch(/otassium|Alvarez|4471902/);
    const timeline = await stage.timeline('ana', id);
    const recognition = timeline.recognition ?? '-';
    // Two words and a short code.
    expect(recognition).toMatch(/^[a-z]+ [a-z]+ [1-9]\d\d$/);
    const shown = await stage.opened(TO[3]!, 0);
    expect(shown.text).toContain(recognition);
    expect(shown.html).toMatch(/\/m\/[A-Za-z0-9_-]{43}/);
  });

  it('the author keeps the whole, gets a receipt without PHI, and everybody else sees nothing', async () => {
    const receipt = await stage.mail('ana.ruiz@riverside.test', (raw) => raw.includes('Sent securely'));
    expect(receipt.raw).not.toMatch(/otassium|Alvarez|4471902|lakeside|stmarys/);
    expect(receipt.raw.toLowerCase()).toContain(`x-send-secure-id: ${id}`);
    const content = await stage.call('ana', 'GET', `messages/${id}/content`);
    expect(content.body).toMatchObject({ subject: 'Potassium result', text: TEXT, attachments: [{ n: 0, filename: FILE.filename, size: BINARY.length }] });
    expect((await stage.call('noor', 'GET', `messages/${id}`)).status).toBe(404);
    expect((await stage.call('ben', 'GET', `messages/${id}/content`)).status).toBe(403);
    const asBen = await stage.call('ben', 'GET', `messages/${id}`);
    expect(asBen.status).toBe(200);
    expect(asBen.text).not.toMatch(/otassium|lakeside|rosa|ana\.ruiz/);
  });

  it('the log holds every step, proves it, and keeps it over a restart', async () => {
    await stage.service.audit.flush();
    const page = (await stage.call('ben', 'GET', `audit/events?message=${id}&limit=200&order=asc`)).body;
    const types = page.data.map((e: { type: string }) => e.type);
    for (const type of ['message.accepted', 'retention.assigned', 'encryption.decided', 'delivery.attempt.started', 'delivery.attempt.finished', 'delivery.relayed', 'portal.notified']) expect(types).toContain(type);
    expect(JSON.stringify(page)).not.toMatch(/otassium|Alvarez|4471902|@/);
    const proof = (await stage.call('ben', 'GET', `audit/events/${page.data[0].seq}/proof`)).body;
    expect(proof.checkpoint).toContain('audit.');
    await stage.restart();
    expect((await stage.timeline('ana', id)).recipients.map((r) => r.status)).toEqual(['relayed', 'relayed', 'relayed', 'relayed', 'relayed']);
  });
});
