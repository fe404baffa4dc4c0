/**
 * A real Chromium for the tests: the machine's own when there is one, else the one inside `@sparticuz/chromium`.
 * Never skips: a machine without any is an error that says what to do.
 */
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type CDPSession, type Page } from 'playwright-core';
import { PATIENCE } from './until.ts';

const ROOT = join(import.meta.dirname, '..');

/** `--no-sandbox`: tests also run as root and in containers, where Chromium's sandbox cannot start. */
const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'];

interface Found {
  readonly executablePath: string;
  readonly env: { readonly [name: string]: string };
}

function installed(): Found | null {
  for (const path of [process.env['CHROMIUM_PATH'], '/usr/bin/chromium', '/usr/bin/google-chrome']) {
    if (path !== undefined && path !== '' && existsSync(path)) return { executablePath: path, env: {} };
  }
  return null;
}

/**
 * The package unpacks into TMPDIR and re-uses whatever lies there, also another version or half a file of a second test process:
 * each process unpacks into a folder of its own and moves it into place whole. It also reads the environment while it is imported,
 * so this happens in a child.
 */
function unpacked(): Found {
  const cache = join(ROOT, '.cache');
  const { version } = JSON.parse(readFileSync(join(ROOT, 'node_modules', '@sparticuz', 'chromium', 'package.json'), 'utf8')) as { version: string };
  const home = join(cache, `chromium-${version}`);
  if (!existsSync(join(home, 'chromium'))) {
    mkdirSync(cache, { recursive: true });
    const own = mkdtempSync(join(cache, 'unpack-'));
    const script = "const { default: c } = await import('@sparticuz/chromium'); await c.executablePath();";
    execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: ROOT, env: { ...process.env, TMPDIR: own, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x' }, stdio: ['ignore', 'ignore', 'inherit'] });
    try {
      renameSync(own, home);
    } catch {
      // Another test process was first.
      rmSync(own, { recursive: true, force: true });
    }
  }
  // The package's own fonts.conf looks only where a Lambda keeps fonts; without a font Chromium ends at the first word.
  // The cache's place is named in full: fontconfig knows no relative one and would write into whatever folder the test runs in.
  const fonts = join(home, 'fonts-here.conf');
  const wanted = `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>${join(home, 'fonts')}</dir><dir>/usr/share/fonts</dir><cachedir>${join(home, 'fonts-cache')}</cachedir></fontconfig>`;
  if (!existsSync(fonts) || readFileSync(fonts, 'utf8') !== wanted) {
    writeFileSync(`${fonts}.${process.pid}`, wanted);
    renameSync(`${fonts}.${process.pid}`, fonts);
  }
  return { executablePath: join(home, 'chromium'), env: { LD_LIBRARY_PATH: join(home, 'al2023', 'lib'), FONTCONFIG_FILE: fonts } };
}

export async function openBrowser(): Promise<Browser> {
  let found: Found | null = installed();
  try {
    found ??= unpacked();
  } catch (cause) {
    throw new Error('No Chromium: set CHROMIUM_PATH, install chromium, or run npm ci so that @sparticuz/chromium is there.', { cause });
  }
  const browser = await chromium.launch({ executablePath: found.executablePath, headless: true, timeout: PATIENCE, args: ARGS, env: { ...(process.env as { [name: string]: string }), ...found.env } });
  browser.on('context', (context) => context.setDefaultTimeout(PATIENCE));
  return browser;
}

/** Resolves in the page when nothing fades in or out any more, or after three seconds: colours are judged as they stay. */
export const SETTLED = 'Promise.race([Promise.all(document.getAnimations().filter((a) => a.effect.getComputedTiming().iterations !== Infinity).map((a) => a.finished.catch(() => null))), new Promise((r) => setTimeout(r, 3000))])';

export interface Violation { readonly id: string; readonly impact: string; readonly nodes: readonly string[] }

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const sessions = new WeakMap<Page, Promise<CDPSession>>();
const apartFrom = new WeakMap<Page, number>();

/**
 * What axe finds on the page when nothing moves. It comes in as a debugger's word, because the pages' own policy lets no such script in;
 * `apart`, in a world of its own, where the page runs no script at all.
 */
export async function axe(page: Page, { exclude = [], only, apart = false }: { exclude?: readonly string[]; /** tags or rules */ only?: readonly string[]; apart?: boolean } = {}): Promise<Violation[]> {
  const opened = sessions.get(page) ?? page.context().newCDPSession(page);
  sessions.set(page, opened);
  const session = await opened;
  let world: { contextId?: number } = {};
  const say = async (expression: string) => {
    const { result, exceptionDetails } = await session.send('Runtime.evaluate', { ...world, expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(`axe did not run: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
    return result.value as unknown;
  };
  if (apart) {
    // The world ends with its document; as long as it lasts it is the same one.
    world = { contextId: apartFrom.get(page) ?? 0 };
    if ((await say('typeof axe').catch(() => 'gone')) !== 'object') {
      world = { contextId: (await session.send('Page.createIsolatedWorld', { frameId: (await session.send('Page.getFrameTree')).frameTree.frame.id })).executionContextId };
      apartFrom.set(page, world.contextId ?? 0);
    }
  }
  if ((await say('typeof axe')) !== 'object') await say(`${AXE};0`);
  const options = { iframes: !apart, resultTypes: ['violations'], ...(only === undefined ? {} : { runOnly: only }) };
  return (await say(`${SETTLED}.then(() => axe.run({ exclude: ${JSON.stringify(exclude)} }, ${JSON.stringify(options)})).then((r) => r.violations.map((v) => ({ id: v.id, impact: v.impact, nodes: v.nodes.map((n) => n.html.slice(0, 200)) })))`)) as Violation[];
}
