/**
 * The add-in's files from its build folder, with what depends on this deployment made here: configuration, manifest and the list of
 * scripts Outlook may run. Only plain file names inside the folder are served; nothing here knows a draft.
 */
import type { Hono } from 'hono';
import type { Edge } from './guard.ts';
import { openFiles, TYPES } from './static.ts';

export interface AddinSettings {
  /** the build's folder, `dist/addin` */
  readonly folder: string;
  /** for `/addin/config.json`: what the pane must know of this deployment; no secret */
  readonly config: () => unknown;
  /** manifest.xml stamped with our own origin */
  readonly manifest: () => Promise<string> | string;
  /** origins the pane may talk to besides ours: the identity provider's */
  readonly connect?: readonly string[];
}

/** Outlook on the web, new Outlook and its successors frame the pane. */
const FRAMERS = "'self' https://*.office.com https://*.office365.com https://*.outlook.com https://outlook.live.com https://*.cloud.microsoft";

/** Content policy of the add-in's pages; the pretend Outlook uses the same. `sha256-47DEQ…` is the empty style Griffel fills by script. */
function addinPolicy({ connect = [] }: Pick<AddinSettings, 'connect'>): string {
  return [
    "default-src 'none'",
    "script-src 'self' https://appsforoffice.microsoft.com https://ajax.aspnetcdn.com",
    "style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
    "img-src 'self' data: blob:", "font-src 'self' data:",
    `connect-src 'self' https://login.microsoftonline.com${connect.map((origin) => ` ${origin}`).join('')}`,
    "frame-src 'self'", `frame-ancestors ${FRAMERS}`, "base-uri 'none'", "form-action 'none'", "object-src 'none'",
  ].join('; ');
}

export function addin(app: Hono<Edge>, { settings, publicUrl }: { readonly settings: AddinSettings; readonly publicUrl: string }): void {
  const file = openFiles(settings.folder, addinPolicy(settings));

  app.get('/addin/config.json', (c) => {
    c.header('cache-control', 'no-cache');
    return c.json(settings.config() as never);
  });

  app.get('/addin/manifest.xml', async (c) => c.body(await settings.manifest(), 200, { 'content-type': TYPES['xml'] as string, 'cache-control': 'no-cache' }));

  // Scripts of the event runtime must be named here, or classic Outlook gives them neither network nor sign-in.
  app.get('/.well-known/microsoft-officeaddins-allowed.json', (c) => c.json({ allowed: [`${publicUrl}/addin/onsend.js`] }));

  app.get('/addin', (c) => c.redirect('/addin/taskpane.html', 302));

  app.get('/addin/:path{.+}', async (c) => (await file(c, c.req.param('path'))) ?? c.notFound());
}
