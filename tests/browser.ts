/**
 * A real Chromium for the tests: the machine's own when there is one, else the one inside `@sparticuz/chromium`.
 * Never skips: a machine without any is an error that says what to do.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';

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
  return chromium.launch({ executablePath: found.executablePath, headless: true, args: ARGS, env: { ...(process.env as { [name: string]: string }), ...found.env } });
}

/** Resolves in the page when nothing fades in or out any more, or after three seconds: colours are judged as they stay. */
export const SETTLED = 'Promise.race([Promise.all(document.getAnimations().filter((a) => a.effect.getComputedTiming().iterations !== Infinity).map((a) => a.finished.catch(() => null))), new Promise((r) => setTimeout(r, 3000))])';
