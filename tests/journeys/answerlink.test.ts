/** Mail that travelled protected by itself is answered as safely: its reader finds a link inside the protection, answers on the page, and the author's mailbox has it in the thread. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import PostalMime from 'postal-mime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pgpPerson } from '../../lab/people.keys.ts';
import { gpg, openssl } from '../service/seal/readers.ts';
import { tool } from '../tools.ts';
import { openStage, type Json, type Stage } from './stage.ts';

const [SAM, GINA, ROSA, ANA] = ['sam.park@stmarys.test', 'gina.holt@keyring.test', 'rosa.delgado@brightmail.test', 'ana.ruiz@riverside.test'];
const hidden = (html: string, name: string): string => new RegExp(`name="${name}" value="([^"]+)"`).exec(html)?.[1] ?? '';

/** A browser that keeps cookies and does what forms say. */
function browser(origin: string) {
  const cookies = new Map<string, string>();
  return async function visit(path: string, fields?: Record<string, string>): Promise<{ readonly status: number; readonly path: string; readonly html: string }> {
    const answer = await fetch(`${origin}${path}`, {
      method: fields === undefined ? 'GET' : 'POST', redirect: 'manual',
      headers: { cookie: [...cookies].map(([k, v]) => `${k}=${v}`).join('; '), ...(fields === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }) },
      ...(fields === undefined ? {} : { body: new URLSearchParams(fields).toString() }),
    });
    for (const set of answer.headers.getSetCookie()) cookies.set(set.slice(0, set.indexOf('=')), set.slice(set.indexOf('=') + 1).split(';')[0] ?? '');
    const to = answer.headers.get('location');
    return to === null ? { status: answer.status, path, html: await answer.text() } : visit(to);
  };
}

describe('a link to answer securely', () => {
  let stage: Stage;
  let people: Json;
  let own: Json;
  beforeAll(async () => {
    stage = await openStage();
    people = JSON.parse(readFileSync(join(stage.folder, 'world', 'people.json'), 'utf8'));
    own = (await stage.call('ana', 'GET', 'identity')).body;
  });
  afterAll(() => stage?.close());

  /** Decrypted by a program of the machine, which also vouches for the signature, or it throws. */
  function openedBy(program: 'openssl' | 'gpg', raw: string, secret = people.secrets[GINA].pgp): Buffer {
    const [cms, pgp] = [openssl(), gpg()];
    try {
      if (program === 'openssl') {
        const certificate = people.published.find((k: { address: string }) => k.address === SAM).text;
        return cms.verify(cms.decrypt(Buffer.from(raw), `${people.secrets[SAM].smime}\n${certificate}`), own.smime.authority);
      }
      pgp.import(secret);
      pgp.import(own.pgp.key);
      const { plain, status } = pgp.decrypt(Buffer.from(raw));
      expect(status).toContain('GOODSIG');
      return plain;
    } finally {
      cms.close();
      pgp.close();
    }
  }
  const send = (address: string, key?: string) => stage.send('ana', { to: [{ address }, ...(key === undefined ? [{ address: ROSA }] : [])], subject: 'Potassium result', text: 'Your potassium is 6.1.', html: '<html><body><p>Your potassium is <b>6.1</b>.</p></body></html>' });
  const codeOf = async (address: string, since: number): Promise<string> => {
    const raw = (await stage.mail(address, (mail) => /one-time code is \d{6}/.test(mail) && (Number(/^Date: (.*)$/m.exec(mail) && Date.parse(/^Date: (.*)$/m.exec(mail)![1]!)) >= since))).raw;
    return /code is (\d{6})/.exec(raw)?.[1] ?? '';
  };

  it.each([['smime', SAM, 'openssl'], ['pgp', GINA, 'gpg']] as const)('in %s: followed, answered after a code, and in the author\'s mailbox in the thread', async (way, address, program) => {
    if (!tool(program, 'whether the link to answer is read where the signature covers it')) return;
    const { body: sent } = await send(address);
    expect(sent.recipients[0]?.protection).toBe(way);
    await stage.until('ana', sent.id, ['relayed', 'delivered']);
    const { raw } = await stage.mail(address, (mail) => mail.includes(`Message-ID: <${sent.id.slice(4)}@`));
    // A link has a colon, which base64 has not.
    expect(raw).not.toMatch(/:\/\/\S*\/m\/|Potassium/);
    const read = await PostalMime.parse(openedBy(program, raw));
    const link = /\/m\/[A-Za-z0-9_-]{43}/.exec(read.text ?? '')?.[0] ?? '';
    expect(link).not.toBe('');
    expect(read.text).toMatch(/^(?:Subject: Potassium result\s+)?Your potassium is 6\.1\.\s+---\s+Riverside Clinic added this:/);
    expect(read.html).toMatch(new RegExp(`6\\.1</b>\\.</p><div lang="en"[^]*href="[^"]*${link}"[^]*</body></html>\\s*$`));
    // What the log says of the copy is the digest of what arrived.
    await stage.service.audit.flush();
    const certificate = (await stage.call('ana', 'POST', `messages/${sent.id}/certificate?reveal=content`, undefined, { 'idempotency-key': `d-${way}` })).body;
    expect(JSON.stringify(certificate).includes(createHash('sha256').update(raw, 'latin1').digest('hex'))).toBe(true);
    const relayed = (await stage.timeline('ana', sent.id)).recipients[0]!;
    expect(relayed.portal).toBeUndefined();
    expect(relayed.spokenCode).toBeUndefined();

    const visit = browser(stage.url);
    const landing = (await visit(link)).html;
    expect(landing).toContain('Answer a private message');
    const asked = Date.now() - 2000;
    const entering = await visit(`${link}/code`, { form: hidden(landing, 'form') });
    const page = await visit(`${link}/enter`, { form: hidden(entering.html, 'form'), code: await codeOf(address, asked) });
    expect(page.path).toBe(`${link}/message`);
    expect(page.html).toMatch(/Answer (?:Dr\. )?Ana Ruiz|Answer ana\.ruiz@riverside\.test/);
    // Nothing of the message is there, by whatever door.
    for (const tail of ['/message', '/print', '/body', '/all', '/attachments/0', '/inline/0']) {
      const seen = await visit(`${link}${tail}`);
      expect([tail, seen.path]).toEqual([tail, `${link}/message`]);
      expect(seen.html).not.toMatch(/potassium|6\.1/i);
    }
    const done = await visit(`${link}/answer`, { form: hidden(page.html, 'form'), key: hidden(page.html, 'key'), text: `Thank you, from ${way}.` });
    expect(done.html).toContain('Your answer was sent.');

    const mail = await stage.mail(ANA, (m) => m.includes(`Thank you, from ${way}.`));
    const head = mail.raw.split('\r\n\r\n')[0]?.replace(/\r\n[ \t]/g, ' ') ?? '';
    expect(head).toMatch(new RegExp(`^In-Reply-To: <${sent.id.slice(4)}@`, 'mi'));
    expect(head).toMatch(new RegExp(`^References: .*<${sent.id.slice(4)}@`, 'mi'));
    expect(head).toMatch(new RegExp(`^Reply-To: <?${address}>?$`, 'mi'));
    expect(head).toMatch(/^Subject: Re: Potassium result$/mi);
    expect(mail.tls?.protocol).toMatch(/^TLSv1\.[23]$/);
    const after = (await stage.timeline('ana', sent.id)).recipients[0]!;
    expect(after.status).toBe('delivered');
    expect(after.events.map((e) => e.type)).toEqual(expect.arrayContaining(['portal.code_sent', 'portal.authenticated', 'portal.replied']));
    expect(after.events.map((e) => e.type)).not.toContain('portal.message_opened');
    expect(after.events.find((e) => e.type === 'portal.authenticated')?.text).toContain('may answer it');
    // It is no copy on the page: not longer, not told of again, not recalled.
    expect((await stage.call('ana', 'POST', `messages/${sent.id}/recipients/0/extend`, { days: 20 })).body.code).toBe('no-portal-copy');
    expect((await stage.call('ana', 'POST', `messages/${sent.id}/recipients/0/resend`, undefined, { 'idempotency-key': `r-${way}` })).body.code).toBe('no-portal-copy');
    const recalled = (await stage.call('ana', 'POST', `messages/${sent.id}/recall`, undefined, { 'idempotency-key': `c-${way}` })).body.recipients;
    expect(recalled.map((r: { recalled: boolean }) => r.recalled)).toEqual([false, true]);
  });

  it('over a road that was not proved no code goes by mail: its author says one', async () => {
    if (!tool('gpg', 'whether the link to answer is read where the signature covers it')) return;
    const address = 'wally.finch@oldpost.test';
    const pair = await pgpPerson('Wally Finch', address);
    const { body: added } = await stage.call('ivy', 'POST', 'keys', { address, key: pair.publicKey });
    await stage.call('leo', 'POST', `keys/${added.id}/confirm`);
    const { body: sent } = await send(address, 'alone');
    expect(sent.recipients[0]?.protection).toBe('pgp');
    await stage.until('ana', sent.id, ['relayed']);
    const { raw } = await stage.mail(address, (mail) => mail.includes('BEGIN PGP MESSAGE'));
    const link = /\/m\/[A-Za-z0-9_-]{43}/.exec((await PostalMime.parse(openedBy('gpg', raw, pair.privateKey))).text ?? '')?.[0] ?? '';
    const spoken = (await stage.timeline('ana', sent.id)).recipients[0]?.spokenCode ?? '';
    const visit = browser(stage.url);
    const landing = (await visit(link)).html;
    expect(landing).not.toContain(`${link}/code`);
    expect(landing).not.toContain(`${link}/other`);
    const wrong = await visit(`${link}/enter`, { form: hidden(landing, 'form'), code: '0000-0000' });
    expect(wrong.status).toBe(422);
    const page = await visit(`${link}/enter`, { form: hidden(landing, 'form'), code: spoken });
    expect((await visit(`${link}/answer`, { form: hidden(page.html, 'form'), key: hidden(page.html, 'key'), text: 'By the spoken code.' })).html).toContain('Your answer was sent.');
    await stage.mail(ANA, (m) => m.includes('By the spoken code.'));
  });
});
