/** The organisation's logo: on the page, in the notice, and not where the notice must say nothing. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import PostalMime from 'postal-mime';
import { afterAll, describe, expect, it, test } from 'vitest';
import { loadLogo } from '../../service/logo.ts';
import { openGround, TOKEN } from './http/ground.ts';
import { openSeal } from '../../service/seal/seal.ts';

const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAGUlEQVR4nGNQKLhCEmIY1TCqYVTD0NUAAPmPNRFvHlRXAAAAAElFTkSuQmCC', 'base64');
const folder = mkdtempSync(join(tmpdir(), 'logo-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (bytes: Uint8Array): string => { const path = join(folder, `${Math.random()}`); writeFileSync(path, bytes); return path; };

describe('a logo', () => {
  test.each<[string, Uint8Array, string | null]>([
    ['a PNG', PNG, 'image/png'], ['a JPEG', Buffer.from([0xff, 0xd8, 0xff, 0xe0]), 'image/jpeg'], ['a GIF', Buffer.from('GIF89a'), 'image/gif'],
    ['a drawing that can run', Buffer.from('<svg onload="x"/>'), null], ['a page', Buffer.from('<html>'), null], ['nothing', Buffer.alloc(0), null], ['too much', Buffer.concat([PNG, Buffer.alloc(41_000)]), null],
  ])('%s', (_what, bytes, type) => {
    if (type === null) expect(() => loadLogo(file(bytes))).toThrow(/ORGANISATION_LOGO_FILE/);
    else expect(loadLogo(file(bytes))).toEqual({ contentType: type, bytes: Buffer.from(bytes) });
  });
  it('that is not there names the setting, not the place', () => { expect(() => loadLogo('/nowhere/SECRETVALUE')).toThrow(/^(?!.*SECRETVALUE).*ORGANISATION_LOGO_FILE/); });

  const organisation = { name: 'Riverside <Clinic>', phone: '+1 555 0100', address: 'secure@riverside.test', logo: { contentType: 'image/png' as const, bytes: PNG } };
  const notice = { messageId: '<a@riverside.test>', date: Date.UTC(2026, 10, 22), from: { address: 'ana.ruiz@riverside.test' }, recipient: { address: 'rosa.delgado@brightmail.test' }, link: 'https://mail.riverside.test/m/x', recognition: 'blue heron', expires: Date.UTC(2026, 11, 20), discreet: false };
  const sent = async (discreet: boolean) => {
    const seal = openSeal({ world: { now: () => notice.date } as never, identity: {} as never, organisation });
    const sealed = await seal.notice({ ...notice, discreet });
    await seal.close();
    return PostalMime.parse(sealed.bytes);
  };
  it('stands in the notice as a picture of its own, and not in a discreet one', async () => {
    const mail = await sent(false);
    expect(mail.attachments).toMatchObject([{ mimeType: 'image/png', disposition: 'inline', related: true, contentId: '<logo@send-secure>' }]);
    expect(Buffer.from(mail.attachments[0]?.content as ArrayBuffer).equals(PNG)).toBe(true);
    expect(mail.html).toContain('<img src="cid:logo@send-secure" alt="Riverside &#60;Clinic&#62;"');
    expect((await sent(true)).attachments).toEqual([]);
    expect((await sent(true)).html).not.toContain('<img');
  });

  it('stands on the page from our own address, which runs nothing', async () => {
    const ground = await openGround({ organisation });
    expect(await (await ground.app.request(`/m/${TOKEN}`)).text()).toContain('<img src="/m/logo" alt="">');
    const answer = await ground.app.request('/m/logo');
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('x-content-type-options'), Buffer.from(await answer.arrayBuffer()).equals(PNG)]).toEqual([200, 'image/png', 'nosniff', true]);
    const without = await openGround();
    expect(await (await without.app.request(`/m/${TOKEN}`)).text()).not.toContain('<img');
  });

  it('leaves the first page within thirty kilobytes, together with all that it loads', async () => {
    // The heaviest logo that it shows; one that is heavier stands in the notice alone.
    for (const [size, parts] of [[8 * 1024, 3], [8 * 1024 + 1, 2]] as const) {
      const ground = await openGround({ organisation: { ...organisation, logo: { contentType: 'image/png', bytes: Buffer.concat([PNG], size) } } });
      ground.answers['look'] = { ways: ['mail-code', 'spoken-code', 'shared-question'], signIn: [{ id: 'google', name: 'Google' }, { id: 'microsoft', name: 'Microsoft' }] };
      const page = await (await ground.app.request(`/m/${TOKEN}`, { headers: { 'accept-language': 'es' } })).text();
      const loaded = await Promise.all([...page.matchAll(/<(?:script|img) src="([^"]+)"/g)].map(async ([, at = '']) => (await (await ground.app.request(at)).arrayBuffer()).byteLength));
      expect(loaded).toHaveLength(parts);
      expect(Buffer.byteLength(page) + loaded.reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(30 * 1024);
    }
  });
});
