/**
 * The recipient's door: a link, a one-time code, the message. Server-rendered, without script. GET and HEAD never send, open or
 * consume anything, because mail scanners follow links; only a tapped form does. An unknown link behaves like a real one.
 * The first visit to a link is noted as what it looks like (`visit.ts`).
 */
import type { Context, Hono } from 'hono';
import { isMailbox } from '../../../shared/draft/address.ts';
import type { Log } from '../../log.ts';
import { isRefusal } from '../../refusal.ts';
import type { Open, PortalMessage } from '../../route.ts';
import type { World } from '../../world.ts';
import { bodyStream } from '../body.ts';
import type { Edge } from '../guard.ts';
import { PAGE_POLICY, type Markup } from '../page.ts';
import type { Throttle } from '../throttle.ts';
import { languageAsked, languageNamed, type Language } from '../../words/words.ts';
import { answers, SAID, type Unsent, type Written } from './answering.ts';
import { divided, dividedPage } from './divided.ts';
import { archive, attachment, picture } from './files.ts';
import { openForms } from './form.ts';
import { asked, ended, enter, LOGO_PATH, otherAddress, SCRIPTS, unsent, waiting, type Face, type Organisation } from './pages.ts';
import { passkeys } from './passkeys.ts';
import { questions } from './asking.ts';
import { writing } from './writing.ts';
import { preferences } from './preferring.ts';
import { signIns } from './signin.ts';
import { answering, below, body, BODY_POLICY, message, print } from './reading.ts';
import { openCrowd, signOf } from './visit.ts';

export interface PortalSettings {
  readonly organisation: Organisation;
  readonly publicUrl: string;
  readonly portalUrl?: string;
  readonly timeZone?: string;
}

/** 256 bits in base64url, as `pickup` derives them. */
const TOKEN = /^[A-Za-z0-9_-]{43}$/;
/** What an authenticator says takes the most: a key of 2026 and its chain. */
const FORM_AT_MOST = 16 * 1024;
/** A certificate with its chain, or an OpenPGP key with its signatures, as a form spells it. */
const KEY_AT_MOST = 256 * 1024;

const LOGO_AT_MOST = 8 * 1024;

/** A refusal is given on the next stroke of so many ms after the question came. */
const STROKE = 100;

export function portal(app: Hono<Edge>, { open, settings, stamp, throttle, log, world, wait = (ms) => new Promise((done) => { setTimeout(done, ms); }) }: {
  readonly open: Open; readonly settings: PortalSettings; readonly stamp: (value: string) => string; readonly throttle: Throttle;
  readonly log: Log; readonly world: Pick<World, 'now' | 'random'>; readonly wait?: ((ms: number) => Promise<void>) | undefined;
}): void {
  const { logo, ...named } = settings.organisation;
  // What is heavier stands in the notice alone: a first page weighs 30 KB at most, with all that it loads.
  const organisation: Organisation = logo === undefined || logo.bytes.length > LOGO_AT_MOST ? named : settings.organisation;
  const origins = [new URL(settings.publicUrl).origin, ...(settings.portalUrl === undefined ? [] : [new URL(settings.portalUrl).origin])];
  const forms = openForms({ origins, stamp, world });
  const zone = settings.timeZone === undefined ? {} : { timeZone: settings.timeZone };

  /** What a tap on the other language chose, else what this browser chose before, else what the notice proposed, else what the browser asks for. */
  function languageOf(c: Context<Edge>): Language {
    const chosen = languageNamed(c.req.query('lang'));
    const proposed = languageNamed(c.req.query('in'));
    const kept = languageNamed(forms.language(c) ?? undefined);
    const language = chosen ?? kept ?? proposed ?? languageAsked(c.req.header('accept-language'));
    if (language !== kept && (chosen ?? proposed) !== null) forms.speak(c, language);
    return language;
  }
  function faceOf(c: Context<Edge>): Face {
    const cut = !TOKEN.test(tokenOf(c));
    // A page that answers a form is asked for again at an address that answers GET.
    const form = c.req.method === 'POST' && !/\/(?:enter|other)$/.test(c.req.path);
    return { organisation, language: languageOf(c), self: form && !cut ? `${pathOf(c)}?` : c.req.query('sent') !== undefined ? '?sent&' : c.req.query('other') !== undefined ? '?other&' : '?' };
  }

  const show = async (c: Context<Edge>, face: Pick<Face, 'language'>, page: Markup, status: 200 | 400 | 403 | 404 | 410 | 422 | 429 = 200, policy = PAGE_POLICY) =>
    c.body(String(await page), status, { 'content-type': 'text/html; charset=utf-8', 'content-language': face.language, 'content-security-policy': policy === PAGE_POLICY ? scripted(c) : policy, vary: 'accept-language' });
  /** Our scripts by their own addresses: nothing else of this host, an attachment least of all, ever runs (CSP 3 §6.7.2.8). */
  const scripted = (c: Context<Edge>): string => {
    const origin = forms.origin(c);
    return origin === null ? PAGE_POLICY : `${PAGE_POLICY}; script-src ${Object.values(SCRIPTS).map(({ path }) => origin + path).join(' ')}${TOKEN.test(tokenOf(c)) ? `; connect-src ${origin}${pathOf(c)}/answer ${origin}${pathOf(c)}/letter` : ''}`;
  };
  /** … and what the page of a divided key asks for by itself: its own half and its own sealed parts, and pictures it has opened. */
  const opening = (c: Context<Edge>): string => {
    const origin = forms.origin(c);
    return origin === null ? PAGE_POLICY : `${scripted(c).replace("img-src 'self'", "img-src 'self' blob:")} ${origin}${pathOf(c)}/halves ${origin}${pathOf(c)}/sealed/`;
  };
  const end = (c: Context<Edge>, why: Parameters<typeof ended>[0]['why'], status: 400 | 403 | 404 | 410 | 429) => {
    const face = faceOf(c);
    return show(c, face, ended({ face, why, path: TOKEN.test(tokenOf(c)) ? pathOf(c) : null }), status);
  };
  const again = (c: Context<Edge>, to: string) => c.body(null, 303, { location: `${pathOf(c)}${to}` });

  app.use('/m/*', async (c, next) => {
    c.header('x-robots-tag', 'noindex, nofollow');
    if (throttle.take(c.get('client'), c.req.method === 'POST' ? 1 : 0.2) > 0) return end(c, 'busy', 429);
    return next();
  });

  if (logo !== undefined && organisation.logo !== undefined) app.get(LOGO_PATH, (c) => c.body(new Uint8Array(logo.bytes), 200, { 'content-type': logo.contentType, 'cache-control': 'public, max-age=86400', 'cross-origin-resource-policy': 'same-origin' }));
  for (const { path, text } of Object.values(SCRIPTS)) app.get(path, (c) => c.body(text, 200, { 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'public, max-age=86400' }));

  const crowd = openCrowd(world.now);
  /** Beside the answer, which is the same whoever asks. Our own trouble with it is nobody's. */
  function noteVisit(c: Context<Edge>, token: string): void {
    const many = crowd(c.get('client'), token);
    beside('visit', open.visited(token, signOf(c.req.method, (name) => c.req.header(name)) ?? (many ? 'many' : null)));
  }

  /** What is answered alike whatever comes of it is not waited for: how long it takes would tell what there was to do. */
  function beside(what: string, work: Promise<unknown>): void {
    work.catch((fault: unknown) => log.broken(what, fault));
  }
  /** A judged code, answer, passkey or sign-in. Refused, nobody hears how long that took: a real link costs a little more than a made-up one. */
  async function judged<T extends object>(judge: () => Promise<T>): Promise<T> {
    const came = world.now();
    const outcome = await judge();
    if (isRefusal(outcome)) await wait(STROKE - (Math.max(0, world.now() - came) % STROKE));
    return outcome;
  }

  /** GET alone reaches the answer; HEAD, which Hono would run as GET, is answered without asking anything. */
  function get(tail: string, answer: (c: Context<Edge>, token: string) => Promise<Response>): void {
    app.get(`/m/:token${tail}`, async (c) => {
      const token = tokenOf(c);
      if (!TOKEN.test(token)) return end(c, 'incomplete', 404);
      if (tail === '' && forms.session(c, token) === null) noteVisit(c, token);
      return c.req.method === 'HEAD' ? c.body(null, 200, { 'content-type': 'text/html; charset=utf-8' }) : answer(c, token);
    });
  }

  type Answer = (c: Context<Edge>, token: string, form: URLSearchParams) => Promise<Response>;
  /** beside a page of the same address */
  function posts(tail: string, answer: Answer, most = FORM_AT_MOST): void {
    app.post(`/m/:token${tail}`, async (c) => {
      const token = tokenOf(c);
      if (!TOKEN.test(token)) return end(c, 'incomplete', 404);
      const form = await readForm(c, most);
      return form === null || !forms.ours(c, token, form.get('form') ?? '') ? end(c, 'form', 403) : answer(c, token, form);
    });
  }
  function post(tail: string, answer: Answer): void {
    posts(tail, answer);
    app.all(`/m/:token${tail}`, (c) => c.body(null, 405, { allow: 'POST' }));
  }

  async function reading(c: Context<Edge>, token: string, answer: (message: PortalMessage, session: string) => Promise<Response>): Promise<Response> {
    const session = forms.session(c, token);
    if (session === null) return again(c, '');
    const found = await open.read(session);
    if (!isRefusal(found)) return found.divided === true && !c.req.path.endsWith('/message') ? again(c, '/message') : answer(found, session);
    if (found.code === 'answer-only') return c.req.path.endsWith('/message') ? answerPage(c, token, session) : again(c, '/message');
    forms.drop(c, token);
    return found.code === 'session-ended' ? again(c, '?again') : end(c, found.code as 'expired' | 'recalled', 410);
  }

  get('', async (c, token) => {
    const look = await open.look(token);
    if (look.ended !== undefined) return end(c, look.ended, 410);
    const note = (['again', 'late', 'left', 'wrong', 'weak', 'unreached'] as const).find((word) => c.req.query(word) !== undefined) ?? null;
    const face = faceOf(c);
    const passkey = { challenge: forms.challenge(c, token), known: forms.passkeys(c) };
    return show(c, face, waiting({ face, look, path: pathOf(c), stamp: forms.stamp(c, token), note: note === 'again' ? 'sessionEnded' : note, passkey }));
  });

  post('/code', async (c, token) => {
    beside('code', open.requestCode(token, forms.browser(c), languageOf(c)));
    return again(c, '/enter?sent');
  });

  const codePage = async (c: Context<Edge>, token: string, refused: 'shape' | 'wrong' | 'locked' | null, other = c.req.query('other') !== undefined) => {
    const look = await open.look(token);
    if (look.ended !== undefined) return end(c, look.ended, 410);
    const sent = c.req.query('sent') !== undefined;
    const face = faceOf(c);
    return show(c, face, enter({ face, look, path: pathOf(c), stamp: forms.stamp(c, token), sent, refused, other }), refused === null ? 200 : refused === 'locked' ? 429 : 422);
  };
  posts('/enter', async (c, token, form) => {
    const code = (form.get('code') ?? '').normalize('NFKC').replace(/[\s-]/g, '');
    // A slip of the finger is no guess and costs no try.
    const other = form.get('other') !== null;
    if (!/^(?:\d{6}|\d{8}|\d{12}|\d{16})$/.test(code)) return codePage(c, token, 'shape', other);
    const outcome = await judged<Awaited<ReturnType<Open['enter']>> | Awaited<ReturnType<Open['enterAsOther']>>>(() => (other ? open.enterAsOther : open.enter)(token, code, forms.browser(c)));
    if (outcome.kind === 'asked') {
      const face = faceOf(c);
      return show(c, face, asked(face));
    }
    if (outcome.kind === 'refused') return codePage(c, token, outcome.code === 'code-locked' ? 'locked' : 'wrong', other);
    forms.keep(c, token, outcome.session);
    return again(c, '/message');
  });
  const otherPage = (c: Context<Edge>, token: string, refused: boolean) => {
    const face = faceOf(c);
    return show(c, face, otherAddress({ face, path: pathOf(c), stamp: forms.stamp(c, token), refused }), refused ? 422 : 200);
  };
  get('/other', (c, token) => otherPage(c, token, false));
  posts('/other', async (c, token, form) => {
    const address = (form.get('address') ?? '').trim();
    if (!isMailbox(address)) return otherPage(c, token, true);
    beside('other', open.requestAsOther(token, address, forms.browser(c), languageOf(c)));
    return again(c, '/enter?other');
  });
  get('/enter', (c, token) => codePage(c, token, null));

  const page = (c: Context<Edge>, token: string, view: (face: Face, m: PortalMessage, session: string) => Markup | Promise<Markup>, policy = PAGE_POLICY) => reading(c, token, async (m, session) => {
    const face = faceOf(c);
    return show(c, face, await view(face, m, session), 200, policy);
  });
  const answerOf = async (c: Context<Edge>, token: string, session: string) => ({
    thread: await open.thread(session), key: Buffer.from(world.random(16)).toString('hex'), answered: SAID.find((word) => c.req.query('answer') === word) ?? null,
    path: pathOf(c), stamp: forms.stamp(c, token), ...zone,
  });
  get('/message', (c, token) => reading(c, token, async (m, session) => {
    const face = faceOf(c);
    const given = { face, ...(await answerOf(c, token, session)), message: m, challenge: forms.challenge(c, token), note: (['kept', 'dropped', 'stronger', 'wrong'] as const).find((word) => c.req.query(word) !== undefined) ?? null };
    return m.divided === true ? show(c, face, dividedPage({ ...given, rest: below(given), asked: c.req.query('ordinary') !== undefined }), 200, opening(c)) : show(c, face, message(given));
  }));
  async function answerPage(c: Context<Edge>, token: string, session: string): Promise<Response> {
    const about = await open.answering(session);
    const face = faceOf(c);
    return about === null ? again(c, '?again') : show(c, face, answering({ face, about, ...(await answerOf(c, token, session)) }));
  }
  const door = { post, forms, open, again, judged };
  passkeys(door);
  questions({ ...door, show, face: faceOf, spend: (c, cost) => throttle.take(c.get('client'), cost) === 0, busy: (c) => end(c, 'busy', 429) });
  divided({ ...door, get, log });
  preferences({ ...door, post: (tail, answer) => { posts(tail, answer, KEY_AT_MOST); app.all(`/m/:token${tail}`, (c) => c.body(null, 405, { allow: 'POST' })); }, get, show, face: faceOf });
  const formed = { ...door, app, read: readForm, token: (c: Context<Edge>) => (TOKEN.test(tokenOf(c)) ? tokenOf(c) : null), stray: (c: Context<Edge>) => end(c, TOKEN.test(tokenOf(c)) ? 'form' : 'incomplete', TOKEN.test(tokenOf(c)) ? 403 : 404),
    giveBack: (c: Context<Edge>, why: Unsent, written: Written) => { const face = faceOf(c); return show(c, face, unsent({ face, why, written, path: pathOf(c) }), why === 'expired' || why === 'recalled' ? 410 : why === 'long' ? 422 : 403); } };
  answers(formed);
  writing({ ...formed, get, show, face: faceOf, world, timeZone: settings.timeZone });
  // A page on the way has no other language's address: it is asked for once.
  signIns({ ...door, app, show, portalUrl: origins.at(-1) ?? settings.publicUrl, face: (c, token) => ({ organisation, language: languageOf(c), self: token === null ? null : `/m/${token}?` }) });
  get('/print', (c, token) => page(c, token, (face, m) => print({ face, message: m, path: pathOf(c), ...zone })));
  get('/body', (c, token) => page(c, token, (face, m) => body(face.language, m, pathOf(c)), BODY_POLICY));

  async function file(c: Context<Edge>, token: string, send: typeof attachment): Promise<Response> {
    const session = forms.session(c, token);
    if (session === null) return again(c, '');
    const n = c.req.param('n') ?? '';
    const sent = /^\d{1,4}$/.test(n) ? await send(c, open, log, session, Number(n)) : null;
    return sent instanceof Response ? sent : missing(c, sent?.code ?? 'not-found');
  }
  function missing(c: Context<Edge>, code: 'session-ended' | 'expired' | 'recalled' | 'answer-only' | 'not-found'): Response | Promise<Response> {
    if (code === 'answer-only') return again(c, '/message');
    if (code === 'not-found') return end(c, 'gone', 404);
    return code === 'session-ended' ? again(c, '?again') : end(c, code, 410);
  }
  get('/attachments/:n', (c, token) => file(c, token, attachment));
  get('/inline/:n', (c, token) => file(c, token, picture));
  get('/all', (c, token) => reading(c, token, async (m, session) => {
    const sent = archive(c, open, log, languageOf(c), session, m);
    return sent instanceof Response ? sent : missing(c, sent.code);
  }));

  post('/leave', async (c, token) => {
    const session = forms.session(c, token);
    if (session !== null) await open.leave(session);
    forms.drop(c, token);
    return again(c, '?left');
  });

  app.all('/m/:token', (c) => c.body(null, 405, { allow: 'GET, HEAD' }));
}

const tokenOf = (c: Context<Edge>): string => c.req.param('token') ?? '';
const pathOf = (c: Context<Edge>): string => `/m/${tokenOf(c)}`;

async function readForm(c: Context<Edge>, most: number): Promise<URLSearchParams | null> {
  if (!/^application\/x-www-form-urlencoded\b/i.test(c.req.header('content-type') ?? '')) return null;
  let text = '';
  for await (const chunk of bodyStream(c).iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
    text += Buffer.from(chunk).toString('latin1');
    if (text.length > most) return null;
  }
  return new URLSearchParams(text);
}
