import { createHash } from 'node:crypto';
import { Hono } from 'hono';
import { Readable } from 'node:stream';
import { beforeEach, describe, expect, test } from 'vitest';
import { refuse } from '../../../../service/refusal.ts';
import type { PortalMessage } from '../../../../service/route.ts';
import type { Edge } from '../../../../service/http/guard.ts';
import { portal } from '../../../../service/http/portal/portal.ts';
import { openThrottle } from '../../../../service/http/throttle.ts';
import { openGround, PART, TOKEN, type Ground } from '../ground.ts';
import { visitor, type Visitor } from './visitor.ts';

const LINK = `/m/${TOKEN}`;
let ground: Ground;
let rosa: Visitor;
beforeEach(async () => {
  ground = await openGround({ rates: { client: { rate: 0, burst: 0 } } });
  rosa = visitor(ground.app);
});
const asked = () => ground.calls.map((c) => c.what);
const fact = (filename: string, contentType: string, contentId?: string) => ({ filename, contentType, size: 4, sha256: PART, ...(contentId === undefined ? {} : { contentId }) });
const message = (change: Partial<PortalMessage>): PortalMessage => ({
  from: { address: 'ana.ruiz@riverside.test', name: 'Dr. Ana Ruiz' }, organisation: 'Riverside Clinic', to: ['rosa.delgado@brightmail.test'], subject: 'Your results',
  text: 'All is well.', attachments: [], acceptedAt: Date.UTC(2026, 10, 21, 10, 2), expires: Date.UTC(2026, 11, 21, 10, 2), ...change,
});
async function enter(who = rosa, link = LINK): Promise<Response> {
  const page = await (await who.get(`${link}/enter`)).text();
  return who.submit(page, `${link}/enter`, { code: '123456' });
}

test('three actions: the link, fetching the code, entering it', async () => {
  const landing = await (await rosa.get(LINK)).text();
  expect(landing).toContain('Send me a code');
  const sent = await rosa.submit(landing, `${LINK}/code`);
  expect([sent.status, sent.headers.get('location')]).toEqual([303, `${LINK}/enter?sent`]);
  const form = await (await rosa.get(`${LINK}/enter?sent`)).text();
  expect(form).toMatch(/<input id="code"[^>]* inputmode="numeric" autocomplete="one-time-code"/);
  const entered = await rosa.submit(form, `${LINK}/enter`, { code: ' 123 456 ' });
  expect([entered.status, entered.headers.get('location')]).toEqual([303, `${LINK}/message`]);
  const shown = await (await rosa.get(`${LINK}/message`)).text();
  expect(shown).toContain('All is well.');
  expect(shown).toContain('November 21, 2026');
  expect(ground.calls.find((c) => c.what === 'enter')?.args).toEqual([TOKEN, '123456']);
});

test('the first page is light, in its language, and asks nobody else for anything', async () => {
  const page = await (await rosa.get(LINK)).text();
  expect(Buffer.byteLength(page)).toBeLessThan(30 * 1024);
  expect(page).toContain('<html lang="en">');
  // Our own two scripts, pinned by their hashes (SRI): the page works without them.
  expect(page.match(/<script[^>]*>/gi)).toEqual([...['divided', 'passkey'].map((name) => expect.stringMatching(new RegExp(`^<script src="/m/${name}\\.js\\?[\\w+/-]{8}" integrity="sha384-[\\w+/]{64}" defer>$`)))]);
  expect(page.replace(/<script[^>]*>/g, '')).not.toMatch(/<script|<link|src=|https?:/i);
});

describe('a scanner that follows links', () => {
  test.each(['GET', 'HEAD'])('by %s sends, opens and consumes nothing; its visit is told as what it says of itself', async (method) => {
    for (const tail of ['', '/enter', '/enter?sent', '/message', '/print', '/body', '/attachments/0', '/inline/0', '/all', '/code', '/leave']) {
      const answer = await ground.app.request(`${LINK}${tail}`, { method, headers: { purpose: 'prefetch' } });
      expect(answer.status).toBeLessThan(500);
    }
    expect(new Set(asked())).toEqual(new Set(method === 'GET' ? ['visited', 'look'] : ['visited']));
    expect(ground.calls.filter((call) => call.what === 'visited').map((call) => call.args[1])).toEqual([method === 'GET' ? 'prefetch' : 'head']);
  });

  test('by HEAD does not even read with a session', async () => {
    await enter();
    ground.calls.length = 0;
    const cookie = [...rosa.cookies].map(([n, v]) => `${n}=${v}`).join('; ');
    for (const tail of ['/message', '/body', '/attachments/0', '/inline/0', '/all', '/print']) expect((await ground.app.request(`${LINK}${tail}`, { method: 'HEAD', headers: { cookie } })).status).toBe(200);
    expect(asked()).toEqual([]);
  });

  test.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS'])('by %s gets nowhere', async (method) => {
    for (const tail of ['', '/code', '/leave']) expect((await ground.app.request(`${LINK}${tail}`, { method })).status).toBe(405);
    expect(asked()).toEqual([]);
  });
});

describe('a form from elsewhere', () => {
  const post = async (headers: Record<string, string>, change: Record<string, string> = {}) => {
    const page = await (await rosa.get(LINK)).text();
    return (await rosa.submit(page, `${LINK}/code`, change, headers)).status;
  };
  test.each([
    ['from our own page', {}, 303],
    ['with the null origin browsers send under no-referrer', { origin: 'null' }, 303],
    ['with another origin', { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' }, 403],
    ['with another origin and an old browser', { origin: 'https://evil.test' }, 403],
    ['from a sandboxed frame', { origin: 'null', 'sec-fetch-site': 'cross-site' }, 403],
    ['from a sibling host', { origin: 'http://sub.localhost:3000', 'sec-fetch-site': 'same-site' }, 403],
    ['as another content type', { 'content-type': 'text/plain' }, 403],
    ['as JSON', { 'content-type': 'application/json' }, 403],
  ])('%s → %s', async (_, headers, status) => {
    expect(await post(headers as Record<string, string>)).toBe(status);
    expect(asked().includes('requestCode')).toBe(status === 303);
  });
  test('with a made-up, empty or foreign stamp, or too much of it', async () => {
    expect(await post({}, { form: 'x' })).toBe(403);
    expect(await post({}, { form: '' })).toBe(403);
    expect(await post({}, { more: 'x'.repeat(17_000) })).toBe(403);
    const stranger = visitor(ground.app);
    const theirs = /name="form" value="([^"]*)"/.exec(await (await stranger.get(LINK)).text())?.[1] ?? '';
    expect(await post({}, { form: theirs })).toBe(403);
    const other = /name="form" value="([^"]*)"/.exec(await (await rosa.get(`/m/${'U'.repeat(43)}`)).text())?.[1] ?? '';
    expect(await post({}, { form: other })).toBe(403);
    expect(asked()).not.toContain('requestCode');
  });
  test('cannot enter, cannot sign out', async () => {
    const door = await (await rosa.get(`${LINK}/enter`)).text();
    await enter();
    const forms = [['enter', door, { code: '123456' }], ['leave', await (await rosa.get(`${LINK}/message`)).text(), {}]] as const;
    ground.calls.length = 0;
    for (const [action, page, fields] of forms) {
      for (const from of [{ origin: 'https://evil.test' }, { 'sec-fetch-site': 'cross-site' }]) expect((await rosa.submit(page, `${LINK}/${action}`, fields, from)).status).toBe(403);
    }
    expect(asked()).toEqual([]);
    for (const [action, page, fields] of forms) expect((await rosa.submit(page, `${LINK}/${action}`, fields)).status).toBe(303);
  });
});

describe('sessions', () => {
  test('a planted session is not kept: entering gives a new one, bound to this link', async () => {
    const page = await (await rosa.get(`${LINK}/enter`)).text();
    const name = [...(await enter(visitor(ground.app))).headers.getSetCookie()].find((l) => l.startsWith('pickup-'))?.split('=')[0] ?? '';
    rosa.cookies.set(name, 'planted');
    await rosa.submit(page, `${LINK}/enter`, { code: '123456' });
    expect(rosa.cookies.get(name)).toBe('session-of-this-pickup');
    ground.calls.length = 0;
    expect((await rosa.get(`/m/${'U'.repeat(43)}/message`)).headers.get('location')).toBe(`/m/${'U'.repeat(43)}`);
    expect(asked()).toEqual([]);
  });

  test.each([['http://localhost:3000', /^pickup-[0-9a-f]{12}=[^;]+; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/], ['https://mail.riverside.test', /^__Host-pickup-[0-9a-f]{12}=[^;]+; Max-Age=43200; Path=\/; HttpOnly; Secure; SameSite=Strict$/]])('the cookie at %s', async (publicUrl, expected) => {
    const own = await openGround({ publicUrl });
    expect((await enter(visitor(own.app, publicUrl))).headers.getSetCookie().some((line) => expected.test(line))).toBe(true);
  });

  test('signing out ends it here, not only in the browser', async () => {
    await enter();
    const page = await (await rosa.get(`${LINK}/message`)).text();
    const left = await rosa.submit(page, `${LINK}/leave`);
    expect(left.headers.get('location')).toBe(`${LINK}?left`);
    expect(ground.calls.at(-1)).toEqual({ what: 'leave', args: ['session-of-this-pickup'] });
    expect((await rosa.get(`${LINK}/message`)).headers.get('location')).toBe(LINK);
  });

  test('an ended session leads back, and an ended message says so', async () => {
    await enter();
    ground.answers['read'] = refuse('session-ended');
    const ended = await rosa.get(`${LINK}/message`);
    expect(ended.headers.get('location')).toBe(`${LINK}?again`);
    expect(await (await rosa.get(`${LINK}?again`)).text()).toContain('You were signed out');
    for (const [code, words] of [['recalled', 'was withdrawn'], ['expired', 'can no longer be opened']] as const) {
      delete ground.answers['read'];
      await enter();
      ground.answers['read'] = refuse(code);
      const answer = await rosa.get(`${LINK}/message`);
      expect([answer.status, (await answer.text()).includes(words)]).toEqual([410, true]);
      ground.answers['look'] = { ways: ['mail-code'], ended: code };
      expect((await rosa.get(LINK)).status).toBe(410);
      delete ground.answers['look'];
    }
  });
});

describe('codes', () => {
  test.each([['12345', 0], ['1234567', 0], ['abcdef', 0], ['', 0], ['123456789', 0], ['١٢٣٤٥٦', 0], ['１２３４５６', 1], ['1234-5678', 1], ['999999', 1]])('%j is judged %i times', async (code, times) => {
    const page = await (await rosa.get(`${LINK}/enter`)).text();
    const answer = await rosa.submit(page, `${LINK}/enter`, { code });
    expect(asked().filter((w) => w === 'enter')).toHaveLength(times);
    if (code === '１２３４５６') expect(answer.status).toBe(303);
    else {
      const text = await answer.text();
      expect(answer.status).toBe(422);
      expect(text).toContain('role="alert"');
      if (code !== '') expect(text).not.toContain(`"${code}"`);
    }
  });

  test('too many: says what opens at once', async () => {
    ground.answers['enter'] = refuse('code-locked');
    const answer = await enter();
    expect([answer.status, (await answer.text()).includes('Ask for a new code here: it works at once')]).toEqual([429, true]);
  });

  test('a flood from one address is braked', async () => {
    const own = await openGround({ rates: { client: { rate: 1, burst: 5 } } });
    const stranger = visitor(own.app);
    const statuses = new Set<number>();
    for (let n = 0; n < 12; n += 1) statuses.add((await stranger.post(`${LINK}/enter`, { code: '111111' })).status);
    expect(statuses).toEqual(new Set([403, 429]));
  });
});

test('an unknown link gives byte for byte the same pages as a real one', async () => {
  const shape = async (token: string) => {
    const who = visitor(ground.app);
    const pages = [await who.get(`/m/${token}`), await who.get(`/m/${token}/enter`)];
    const shown = await pages[1]?.clone().text() ?? '';
    pages.push(await who.submit(shown, `/m/${token}/code`), await who.submit(shown, `/m/${token}/enter`, { code: '000000' }));
    return Promise.all(pages.map(async (p) => [p.status, (await p.text()).replaceAll(token, '·').replace(/value="[0-9a-f]{64}"|data-challenge="[\w-]*"/g, ''), [...p.headers].filter(([n]) => n !== 'x-request-id' && n !== 'set-cookie').map(([n, v]) => `${n}: ${v.replaceAll(token, '·')}`)]));
  };
  expect(await shape('U'.repeat(43))).toEqual(await shape(TOKEN));
});

test.each(['short', 'x'.repeat(44), `${'x'.repeat(42)}!`, '..%2f..%2fetc%2fpasswd', '%00'])('the cut link %j asks for nothing and repeats nothing', async (token) => {
  const answer = await ground.app.request(`/m/${token}`);
  expect(answer.status).toBe(404);
  expect(await answer.text()).not.toContain(decodeURIComponent(token));
  expect(asked()).toEqual([]);
});

describe('a hostile message', () => {
  const XSS = ['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "'-alert(1)-'", '</title><script>alert(1)</script>', '<svg/onload=alert(1)>', 'javascript:alert(1)'];

  test.each(XSS)('%j in every field is only text', async (evil) => {
    ground.answers['read'] = message({ subject: evil, text: evil, from: { address: `${evil}@x.test`, name: evil }, to: [evil], attachments: [fact(evil, evil)] });
    await enter();
    for (const tail of ['/message', '/print']) {
      const page = (await (await rosa.get(`${LINK}${tail}`)).text()).replaceAll(/<script src="\/m\/[a-z]+\.js\?[\w+-]{8}" integrity="sha384-[\w+/=]{64}" defer><\/script>/g, '');
      expect(page).not.toMatch(/<script|<svg\/|<img|onerror=alert\(1\)>|href="javascript/i);
    }
  });

  test.each([
    ['<p onclick="x()">hi</p>', '<p>hi</p>'],
    ['<script>x()</script><b>ok</b>', '<b>ok</b>'],
    ['<a href="javascript:x()">l</a>', '<a>l</a>'],
    ['<a href="JaVa&#10;sCript:x()">l</a>', '<a>l</a>'],
    ['<a href="data:text/html,x">l</a>', '<a>l</a>'],
    ['<a href="/m/other/leave">l</a>', '<a>l</a>'],
    ['<a href="https://x.test/">l</a>', '<a href="https://x.test/" target="_blank" rel="noopener noreferrer nofollow">l</a>'],
    ['<img src="https://track.test/p.gif" alt="logo">', '<span>[logo]</span>'],
    ['<img src="https://track.test/p.gif" alt="">', '<span></span>'],
    ['<img src="//track.test/p.gif">', '<span>[picture not shown]</span>'],
    ['<img src="cid:pic1" onerror="x()">', `<img src="${LINK}/inline/0" />`],
    ['<img src="cid:page">', '<span>[picture not shown]</span>'],
    ['<img src="data:image/svg+xml;base64,PHN2Zz4=">', '<span>[picture not shown]</span>'],
    ['<img src="data:image/png;base64,AAAA">', '<img src="data:image/png;base64,AAAA" />'],
    ['<iframe src="https://x.test"></iframe><form action="https://x.test"><input name=a><button>b</button></form>', 'b'],
    ['<meta http-equiv="refresh" content="0;url=https://x.test"><base href="https://x.test/">', ''],
    ['<style>*{display:none}</style>t', 't'],
    ['<p style="color:red;background-image:url(https://x.test/a)">t</p>', '<p style="color:red">t</p>'],
    ['<p style="color:#000000;background-color:white">t</p>', '<p>t</p>'],
    ['<p style="color:rgb(0, 0, 0);background-color:#ffffcc">t</p>', '<p style="background-color:#ffffcc">t</p>'],
    ['<p style="color:white;background-color:black">t</p>', '<p style="color:white;background-color:black">t</p>'],
    ['<p style="font-size:11.0pt">t</p><b style="font-size:14px">t</b><i style="font-size:18pt">t</i>', '<p>t</p><b>t</b><i style="font-size:18pt">t</i>'],
    ['<font size="2" color="red">t</font><font size="5">t</font>', '<font color="red">t</font><font size="5">t</font>'],
    ['<p style="position:fixed;top:0;width:100%">t</p>', '<p style="width:100%">t</p>'],
    ['<p style="color:expression(alert(1))">t</p>', '<p>t</p>'],
    ['<svg><a xlink:href="javascript:x()"><text>t</text></a></svg>', ''],
    ['<math><mtext><table><mglyph><style><img src=x onerror=x()>', ''],
    ['<object data="x"></object><embed src="x"><video src="https://x.test/v"></video>', ''],
    ['<div id="code" class="x" name="form">t</div>', '<div>t</div>'],
  ])('%j becomes %j', async (html, expected) => {
    ground.answers['read'] = message({ html, attachments: [fact('a.png', 'image/png', 'pic1'), fact('a.html', 'text/html', 'page')] });
    await enter();
    const page = await (await rosa.get(`${LINK}/body`)).text();
    expect(/<body>([\s\S]*)<\/body>/.exec(page)?.[1]?.trim()).toBe(expected);
  });

  test('is framed without script, and its frame may do nothing even when opened by itself', async () => {
    ground.answers['read'] = message({ html: '<b>hi</b>' });
    await enter();
    expect(await (await rosa.get(`${LINK}/message`)).text()).toContain('sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"');
    const policy = (await rosa.get(`${LINK}/body`)).headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/default-src 'none'.*frame-ancestors 'self'.*sandbox allow-same-origin allow-popups/);
    expect(policy).not.toContain('allow-scripts');
  });

  test('cannot name its way out of a download', async () => {
    for (const filename of ['../../etc/passwd', '..\\..\\boot.ini', 'a\r\nSet-Cookie: x=1', 'invoice\u202efdp.exe', '\u0000', '']) {
      ground.answers['attachment'] = { fact: fact(filename, 'text/html'), bytes: Readable.from([Buffer.from('part')]) };
      await enter();
      const { headers } = await rosa.get(`${LINK}/attachments/0`);
      expect(headers.get('content-disposition')).toMatch(/^attachment; filename="[^"\\/\r\n]+"; filename\*=UTF-8''[A-Za-z0-9_.~%!#$&+^`|-]+$/);
      expect(headers.get('content-disposition')).not.toMatch(/%2F|%5C|%0D|%0A|%00|%E2%80%AE|"\.\./i);
      expect(headers.get('content-type')).toBe('application/octet-stream');
      expect(headers.get('set-cookie')).toBeNull();
    }
  });

  test('shows in place only pictures', async () => {
    for (const [type, status] of [['image/png', 200], ['image/svg+xml', 404], ['text/html', 404], ['image/png; charset=x', 404]] as const) {
      ground.answers['attachment'] = { fact: fact('a', type), bytes: Readable.from([Buffer.from('part')]) };
      await enter();
      expect([type, (await rosa.get(`${LINK}/inline/0`)).status]).toEqual([type, status]);
    }
  });

  test.each(['9', '-1', 'x', '1e1', '00000'])('has no attachment %s', async (n) => {
    await enter();
    expect((await rosa.get(`${LINK}/attachments/${n}`)).status).toBe(404);
  });

  test.each([['<p>Dear Rosa,</p><p>all is well.</p>', true], [`<p>${'All is well. '.repeat(40)}</p>`, false], ['<p>Look:</p><img src="cid:x">', false]])('a few lines stand in a frame of their height: %#', async (html, brief) => {
    ground.answers['read'] = message({ html });
    await enter();
    expect((await (await rosa.get(`${LINK}/message`)).text()).includes('<iframe class="brief"')).toBe(brief);
  });

  test('too large to be taken apart quickly is shown as text', async () => {
    ground.answers['read'] = message({ html: '<div style="color:red"><b>x</b>'.repeat(60_000) });
    await enter();
    const page = await (await rosa.get(`${LINK}/message`)).text();
    expect(page).not.toContain('<iframe');
    expect(page).toContain('class="text"');
    expect(page).not.toContain('<b>');
    expect(await (await rosa.get(`${LINK}/print`)).text()).not.toContain('<b>');
  });
});

describe('how long an answer takes tells nothing of what there was', () => {
  const clock = { now: 1_000_000, cost: 0, entered: false, asked: false };
  const app = new Hono<Edge>();
  const never = () => new Promise<never>(() => {});
  const judge = async () => { clock.now += clock.cost; return clock.entered ? { kind: 'entered', session: 's'.repeat(43) } : refuse('code-wrong'); };
  portal(app, {
    open: { look: async () => ({ ways: ['mail-code', 'spoken-code'] }), visited: never, requestCode: never, requestAsOther: never, enter: judge, enterAsOther: judge, answerQuestion: judge, enterByPasskey: judge, enterBySignIn: judge, startSignIn: async (_: string, { state }: { state: string }) => `http://localhost:3001/?state=${state}`, question: async () => { clock.now += clock.asked ? clock.cost : 0; return null; } } as never,
    settings: { organisation: { name: 'Riverside Clinic' }, publicUrl: 'http://localhost:3000' }, stamp: (value) => createHash('sha256').update(value).digest('hex'), throttle: openThrottle({ rate: 0, burst: 0 }, { now: () => clock.now }),
    log: { broken: () => undefined } as never, world: { now: () => clock.now, random: (n) => new Uint8Array(n) }, wait: async (ms) => { clock.now += ms; },
  });
  async function elapsed(tail: string, fields: Record<string, string>): Promise<number> {
    const who = visitor(app as never);
    const form = /name="form" value="([^"]*)"/.exec(await (await who.get(LINK)).text())?.[1] ?? '';
    clock.asked = tail === '/question';
    const came = clock.now;
    expect((await who.post(`${LINK}${tail}`, { form, ...fields })).status).toBeLessThan(500);
    return clock.now - came;
  }

  test.each([['/code', {}], ['/other', { address: 'tess.lane@lakeside.test' }]])('%s is answered before anything was looked for', async (tail, fields) => expect(await elapsed(tail, fields)).toBe(0));
  test.each([['/enter', { code: '123456' }], ['/enter', { code: '12345678' }], ['/enter', { code: '123456', other: '1' }], ['/answer-question', { answer: 'Como' }], ['/question', {}], ['/passkey', { answer: '{}' }]])('%s, refused, takes the same however long that was judged', async (tail, fields) => {
    const took: number[] = [];
    for (clock.cost of [0, 1, 12, 99]) took.push(await elapsed(tail, fields));
    expect(took).toEqual([100, 100, 100, 100]);
    clock.cost = 130;
    expect(await elapsed(tail, fields)).toBe(200);
  });
  test('nor does the way back from a provider', async () => {
    const who = visitor(app as never);
    const form = /name="form" value="([^"]*)"/.exec(await (await who.get(LINK)).text())?.[1] ?? '';
    const state = /state=([\w-]+)/.exec(await (await who.post(`${LINK}/sign-in`, { form, provider: 'google' })).text())?.[1] ?? '';
    const came = clock.now;
    clock.cost = 12;
    expect((await who.get(`/m/signed-in/google?state=${state}`)).status).toBe(400);
    expect(clock.now - came).toBe(100);
  });
  test('who is let in does not wait', async () => {
    Object.assign(clock, { cost: 12, entered: true });
    expect(await elapsed('/enter', { code: '123456' })).toBe(12);
  });
});
