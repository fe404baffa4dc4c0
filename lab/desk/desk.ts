/**
 * The lab's own addresses under `/lab`, mounted on the service's origin: the pretend Outlook, its people, tokens, mailboxes.
 * Answers only requests made to this computer by name, so that no web page elsewhere can reach it through a rebound name.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Context, Hono, Next } from 'hono';
import type { Edge } from '../../service/http/http.ts';
import { DRAFTS } from '../drafts.ts';
import { LISTS, RECIPIENTS, STAFF } from '../people.ts';
import { hopsPage } from './hops.ts';
import type { OrdinaryMail } from '../post/ordinary.ts';
import type { World } from '../world/ensure.ts';

const OFFICE_JS = /https:\/\/appsforoffice\.microsoft\.com\/lib\/[\w./]+\/office\.js/g;
const LOCAL = new Set(['localhost', '127.0.0.1', '[::1]']);
/** `style-src`: the letters shown in sandboxed frames carry their own styles, and a frame inherits this policy. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const FILES: { readonly [path: string]: readonly [file: string, type: string] } = {
  '/lab': ['index.html', 'text/html; charset=utf-8'],
  '/lab/page.js': ['page.js', 'text/javascript; charset=utf-8'],
  '/lab/page.css': ['page.css', 'text/css; charset=utf-8'],
  '/lab/office.js': ['office.js', 'text/javascript; charset=utf-8'],
};

interface Desk {
  readonly world: World;
  /** folder with what `lab/build.ts` made */
  readonly dist: string;
}

export function mountLab(app: Hono<Edge>, { world, dist }: Desk): void {
  const guard = async (c: Context, next: Next): Promise<Response | void> => {
    if (!LOCAL.has(new URL(c.req.url).hostname)) return c.text('The lab answers on this computer only.', 403);
    const from = c.req.header('origin');
    if (c.req.method !== 'GET' && from !== undefined && !LOCAL.has(hostOf(from))) return c.text('The lab answers its own pages only.', 403);
    c.header('cache-control', 'no-store');
    return next();
  };
  app.use('/lab', guard);
  app.use('/lab/*', guard);

  for (const [path, [file, type]] of Object.entries(FILES)) {
    app.get(path, (c) => {
      let bytes: Buffer;
      try {
        bytes = readFileSync(join(dist, file));
      } catch {
        return c.html('<!doctype html><title>Not built</title><p>The lab is not built. Run: npm run build</p>', 404);
      }
      return c.body(new Uint8Array(bytes), 200, { 'content-type': type, 'x-content-type-options': 'nosniff', ...(file === 'index.html' ? { 'content-security-policy': POLICY } : {}) });
    });
  }

  app.get('/lab/people', (c) => c.json({ staff: STAFF, recipients: RECIPIENTS, lists: LISTS }));
  app.get('/lab/hops', async (c) => c.html(hopsPage(await world.sights()), 200, { 'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'" }));
  app.get('/lab/drafts', (c) => c.json({ drafts: DRAFTS }));
  app.get('/lab/counts', async (c) => c.json(await world.counts()));
  app.post('/lab/token', async (c) => {
    const asked = (await c.req.json().catch(() => ({}))) as { person?: unknown; acr?: unknown; minutesAgo?: unknown };
    // An older or weaker sign-in, to see what it may not do.
    const token = await world.token(String(asked.person), { ...(typeof asked.acr === 'string' ? { acr: asked.acr } : {}), ...(typeof asked.minutesAgo === 'number' ? { minutesAgo: asked.minutesAgo } : {}) });
    return token === null ? c.json({ error: 'Nobody in the lab has this id. See GET /lab/people.' }, 404) : c.json(token);
  });
  app.get('/lab/mailboxes/:address', async (c) => c.json(await world.mailbox(c.req.param('address'))));
  app.get('/lab/mailboxes/:address/:n/opened', async (c) => {
    const opened = await world.opened(c.req.param('address'), Number(c.req.param('n')));
    return opened === null ? c.json({ error: 'There is no such message.' }, 404) : c.json(opened);
  });
  app.get('/lab/phones/:address', async (c) => {
    const phone = RECIPIENTS.find((r) => r.address === c.req.param('address').toLowerCase())?.phone;
    return phone === undefined ? c.json({ error: 'Nobody in the lab with this address has a phone. See GET /lab/people.' }, 404) : c.json({ phone, ...(await world.phone(phone)) });
  });
  app.post('/lab/ordinary', async (c) => c.json(await world.ordinary((await c.req.json()) as OrdinaryMail) ?? { lost: [] }));

  // The production page as the service serves it, headers and all; only the address of office.js is another.
  app.get('/lab/addin/:file', async (c) => {
    const file = c.req.param('file');
    if (!file.endsWith('.html')) return c.redirect(`/addin/${encodeURIComponent(file)}`, 307);
    const page = await fetch(`http://127.0.0.1:${new URL(c.req.url).port}/addin/${encodeURIComponent(file)}`);
    if (!page.ok) return c.html('<!doctype html><title>Not built</title><p>The add-in is not built. Run: npm run build</p>', 404);
    const policy = page.headers.get('content-security-policy');
    return c.html((await page.text()).replace(OFFICE_JS, '/lab/office.js'), 200, policy === null ? {} : { 'content-security-policy': policy });
  });
}

function hostOf(origin: string): string {
  try {
    return new URL(origin).hostname;
  } catch {
    return '';
  }
}
