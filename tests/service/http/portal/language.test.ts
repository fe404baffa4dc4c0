/** The portal in two languages: which one a page is in, how one changes it without script, and that no page mixes them. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { PickupWay } from '../../../../service/route.ts';
import { WORDS, type Language } from '../../../../service/words/words.ts';
import { openGround, PART, TOKEN, type Ground } from '../ground.ts';
import { visitor, type Visitor } from './visitor.ts';

const LINK = `/m/${TOKEN}`;
const AS_ES = { 'accept-language': 'es-MX,es;q=0.9,en;q=0.8' };
let ground: Ground;
let rosa: Visitor;
beforeEach(async () => {
  ground = await openGround({ rates: { client: { rate: 0, burst: 0 } } });
  rosa = visitor(ground.app);
});
const langOf = (page: string) => /<html lang="([^"]*)"/.exec(page)?.[1];
const page = async (path: string, headers: Record<string, string> = {}) => (await rosa.get(path, headers)).text();

/** sentences without values; short ones are words of both languages */
const fixed = (words: unknown): string[] => (typeof words === 'string' ? (words.length > 6 ? [words] : []) : typeof words === 'function' ? [] : Object.values(words as object).flatMap(fixed));
const OTHER: { readonly [L in Language]: Language } = { en: 'es', es: 'en' };
/** what is said on a page in its own language: without what is marked as another's */
const said = (html: string) => html.replace(/<style>[\s\S]*?<\/style>/g, '').replace(/<(a|h1|span|div)\b[^>]* lang="[^"]*"[^>]*>[\s\S]*?<\/\1>/g, '');
function pure(html: string, language: Language): void {
  expect(langOf(html)).toBe(language);
  const text = said(html);
  expect(fixed(WORDS[OTHER[language]].portal).filter((s) => new RegExp(`(?<!\\p{L})${s.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?!\\p{L})`, 'u').test(text))).toEqual([]);
  expect(fixed(WORDS[language].portal).some((s) => text.includes(s))).toBe(true);
}

describe('which language', () => {
  test.each([
    ['what the browser asks for', '', AS_ES, 'es'],
    ['English when it asks for none of ours', '', { 'accept-language': 'fr' }, 'en'],
    ['what the notice proposes, before the browser', '?in=es', { 'accept-language': 'en' }, 'es'],
    ['what was chosen, before all', '?in=es&lang=en', AS_ES, 'en'],
    ['nothing made up', '?lang=xx&in=%22%3E', AS_ES, 'es'],
  ])('%s', async (_, query, headers, language) => {
    const answer = await rosa.get(`${LINK}${query}`, headers as Record<string, string>);
    expect([answer.headers.get('content-language'), langOf(await answer.text())]).toEqual([language, language]);
  });

  test('a choice is kept for this browser and outlives a tap on the link in the mail', async () => {
    await rosa.get(`${LINK}?in=es`);
    expect(langOf(await page(LINK))).toBe('es');
    await rosa.get(`${LINK}?lang=en`);
    expect(langOf(await page(`${LINK}?in=es`, AS_ES))).toBe('en');
  });

  test('the other language is one link away on every page, and says so in that language', async () => {
    const spanish = await page(LINK, AS_ES);
    expect(spanish).toContain('<a class="noprint" href="?lang=en" lang="en" hreflang="en">This page in English</a>');
    expect(await page(`${LINK}/enter?sent`, AS_ES)).toContain('href="?sent&amp;lang=en"');
    // asked for again by GET: never at an address that only takes a form
    const refused = await (await rosa.post(`${LINK}/code`, { form: 'x' }, AS_ES)).text();
    expect(refused).toContain(`href="${LINK}?lang=en"`);
  });

  test('the code comes in the language of the page it was asked on', async () => {
    const landing = await page(LINK, AS_ES);
    await rosa.submit(landing, `${LINK}/code`, {}, AS_ES);
    expect(ground.calls.at(-1)).toEqual({ what: 'requestCode', args: [TOKEN, rosa.cookies.get('form'), 'es'] });
  });
});

describe.each(['en', 'es'] as const)('no page mixes languages: %s', (language) => {
  const headers = { 'accept-language': language };
  test('before the message', async () => {
    for (const ways of [['mail-code', 'spoken-code'], ['sms-code', 'spoken-code'], ['spoken-code']] as PickupWay[][]) {
      ground.answers['look'] = { ways };
      for (const tail of ['', '?left', '?again', '/enter', '/enter?sent']) pure(await page(`${LINK}${tail}`, headers), language);
    }
    const form = await page(`${LINK}/enter`, headers);
    for (const code of ['12', '999999']) pure(await (await rosa.submit(form, `${LINK}/enter`, { code }, headers)).text(), language);
    pure(await (await rosa.post(`${LINK}/enter`, { code: '1' }, headers)).text(), language);
    pure(await page('/m/cut', headers), language);
    for (const ended of ['expired', 'recalled']) {
      ground.answers['look'] = { ways: [], ended };
      pure(await page(LINK, headers), language);
    }
  });

  test('the message, in a language of its own', async () => {
    const theirs = { en: 'Estimada Rosa: su análisis está bien. Por favor, siga con el hierro para la anemia.', es: 'Dear Rosa, your blood count is fine. Please keep taking the iron with water.' }[language];
    for (const body of [{ text: theirs }, { html: `<p>${theirs}</p><img src="https://x.test/a">` }, { text: '' }]) {
      ground.answers['read'] = { from: { address: 'ana@x.test', name: 'Ana' }, organisation: 'Riverside Clinic', to: ['rosa@x.test'], subject: 'text' in body && body.text === '' ? '' : theirs, ...body, acceptedAt: 1, expires: 2,
        attachments: ['application/pdf', 'image/png', 'text/plain', 'application/zip', 'application/x'].map((contentType, n) => ({ filename: `${n}.x`, contentType, size: 2_000_000 * n, sha256: PART })) };
      await rosa.submit(await page(`${LINK}/enter`, headers), `${LINK}/enter`, { code: '123456' }, headers);
      for (const tail of ['/message', '/print']) {
        const shown = await page(`${LINK}${tail}`, headers);
        pure(shown, language);
        if (body.text !== '') expect(shown).toContain(`lang="${OTHER[language]}"`);
      }
      if ('html' in body) expect(langOf(await page(`${LINK}/body`, headers))).toBe(OTHER[language]);
    }
    pure(await page(`${LINK}/attachments/9`, headers), language);
  });
});

test('dates are written as the language writes them', async () => {
  await rosa.submit(await page(`${LINK}/enter`), `${LINK}/enter`, { code: '123456' });
  expect(await page(`${LINK}/message`, { 'accept-language': 'es' })).toMatch(/de noviembre de 2026/);
});

test('what is broken, and what is left of a link, is said in the language that was chosen', async () => {
  await rosa.get(`${LINK}?in=es`);
  ground.answers['look'] = new Error('broken');
  for (const [path, status] of [[LINK, 500], ['/m', 404], ['/m/', 404], [`${LINK}/x`, 404]] as const) {
    const answer = await rosa.get(path, { accept: 'text/html', 'accept-language': 'en' });
    expect([path, answer.status]).toEqual([path, status]);
    pure(await answer.text(), 'es');
  }
  // At the first tap there is no choice yet, and the notice says which language it was in.
  for (const query of ['?in=es', '?lang=es&in=en']) pure(await (await visitor(ground.app).get(`${LINK}${query}`, { accept: 'text/html', 'accept-language': 'en' })).text(), 'es');
});

test('what was read before ordinary mail was chosen is kept in the language it was read in, whatever another window shows since', async () => {
  await rosa.submit(await page(`${LINK}/enter`), `${LINK}/enter`, { code: '123456' });
  ground.answers['preferences'] = { address: 'rosa@x.test', language: null, phoneEnds: null, texts: false, prefers: null, keys: [], sure: true, plain: { topics: [], since: null, version: 'plain-1', warning: (shown: Language) => WORDS[shown].portal.plain.warning('Riverside Clinic') } };
  const [, spanish = ''] = (await page(`${LINK}/preferences?lang=es`)).split('id="warning"');
  expect(spanish).toContain('El correo ordinario no va protegido');
  const hidden = Object.fromEntries([...spanish.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]));
  await rosa.get(`${LINK}?lang=en`);
  await rosa.post(`${LINK}/prefer`, { ...hidden, topic: 'billing', read: 'plain-1' });
  expect(ground.calls.at(-1)).toEqual({ what: 'prefer', args: ['session-of-this-pickup', { topics: ['billing'], read: 'plain-1', shown: 'es' }] });
});

test('an unknown link is in the same language as a real one', async () => {
  for (const query of ['', '?in=es', '?lang=es']) {
    const shape = async (token: string) => (await (await visitor(ground.app).get(`/m/${token}${query}`, AS_ES)).text()).replaceAll(token, '·').replace(/value="[0-9a-f]{64}"|data-challenge="[\w-]*"/g, '');
    expect(await shape('U'.repeat(43))).toBe(await shape(TOKEN));
  }
});
