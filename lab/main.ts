/**
 * `npm start` without settings: the whole thing to try out on this computer. Finds or starts the lab's other process, opens the real service
 * over it in a data folder of its own, tells it what the recipients' keys are, mounts `/lab`, and says where to look.
 * Ctrl-C ends both processes; a service killed hard leaves mailboxes and issuer standing.
 */
import { mkdirSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import type { Service } from '../service/service.ts';
import { AUDIENCE, ORGANISATION, STAFF, STRONG } from './people.ts';
import { NOTICES_HOST } from './post/reports.ts';
import { ensureWorld, type World } from './world/ensure.ts';

const ROOT = join(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist', 'lab');
/** Minutes: a newcomer should see a greylisted letter arrive, and a hopeless host give way to the portal. */
const SCHEDULE = [0.1, 0.25, 0.5, 1, 5, 15, 30, 60];
/** A host that says nothing is waited for this part of what RFC 5321 §4.5.3.2 asks. */
const PATIENCE = 0.05;
const FALLBACK_MINUTES = '1';
/** A token of POST /lab/token is good for everything as long as it lives. */
const STEP_UP_MINUTES = '60';
const GREET = 5 * 60_000;

/** Links and tokens name the port before anybody listens on it. */
function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const door = createServer().once('error', failed).listen(0, '127.0.0.1', () => {
      const { port } = door.address() as AddressInfo;
      door.close(() => found(port));
    });
  });
}

async function start(): Promise<{ readonly world: World; readonly service: Service }> {
  const env = process.env;
  if (env['NODE_ENV'] === 'production') throw new Error('Setting NODE_ENV is production, where the lab does not run. Give the service its own settings: see the README.');
  const folder = resolve(env['LAB_DIR'] ?? join(ROOT, 'lab-data'));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // The other process starts while this one is still reading its own code.
  const found = ensureWorld(join(folder, 'world'));
  const parts = Promise.all([import('../service/config.ts'), import('../service/service.ts'), import('./desk/desk.ts'), import('./seed.ts'), import('./build.ts').then((b) => b.buildLab(DIST))]);
  const [world, [{ readSettings }, { openService }, { mountLab }, { seedPhones, seedRecipients }]] = await Promise.all([found, parts]);
  const { health } = world;
  try {
    const settings = readSettings({
      FALLBACK_MINUTES, ...env, ...(env['PORT'] === '0' ? { PORT: String(await freePort()) } : {}),
      DATA_DIR: env['DATA_DIR'] ?? join(folder, 'service'),
      RESOLVER: health.resolver, RESOLVER_TRUSTED: 'true', DIRECTORY_URL: health.directory, SMTP_PORT: String(health.smtpPort), NOTICES_HOST, NOTICES_PORT: String(health.smtpPort), ALLOWED_NETWORKS: '127.0.0.0/8', CA_FILE: health.caFile, SMIME_ANCHORS_FILE: health.anchorsFile,
      SMS_WEBHOOK_URL: health.texts.url, SMS_WEBHOOK_SECRET: health.texts.secret, SIGN_IN: health.signIn, OIDC_ISSUER: health.issuer, OIDC_AUDIENCE: AUDIENCE, STEP_UP_ACR: STRONG, STEP_UP_MINUTES,
      ORGANISATION_NAME: ORGANISATION.name, ORGANISATION_PHONE: ORGANISATION.phone, OWN_DOMAINS: ORGANISATION.domain, SMTP_HOSTNAME: `mail.${ORGANISATION.domain}`,
    }, true);
    const service = await openService(settings, {
      mount: (app) => mountLab(app, { world, dist: DIST }),
      links: [{ href: '/lab', text: 'The pretend Outlook: start here' }],
      schedule: SCHEDULE, stsPort: health.stsPort, patience: PATIENCE, gatherMs: 2_000, quiet: env['LOG_LEVEL'] === undefined,
    });
    await seedRecipients(service.keys, health.published);
    await seedPhones(service.contact);
    return { world, service };
  } catch (cause) {
    // Another service may be using the one that was found; one started for nothing ends with us.
    if (world.started) await world.stop();
    throw cause;
  }
}

function banner(url: string, world: World): string {
  const bold = (text: string) => (process.stdout.isTTY ? `\u001b[1m${text}\u001b[0m` : text);
  return [
    '', bold('Send Secure is running, to try out on this computer only.'), '',
    `  Open      ${bold(`${url}/lab`)}   a pretend Outlook with the real add-in, and the recipients' mailboxes`,
    `  API       ${url}/docs      tokens: POST ${url}/lab/token {"person":"ana"}`,
    `  Console   ${url}/console   rules, people, the log: sign in as Ivy, Leo or Ben by their names, no password`, '',
    '  Mail is open as Dr. Ana Ruiz. At the top right you can become:',
    ...STAFF.map((s) => `    ${s.id.padEnd(5)} ${s.name.padEnd(16)} ${s.says}`), '',
    `  ${world.started ? 'Mailboxes, names and sign-in run in' : 'Found the mailboxes, names and sign-in of before in'} process ${world.health.pid}. Ctrl-C ends both.`, '', '',
  ].join('\n');
}

try {
  const { world, service } = await start();
  process.stdout.write(banner(service.url.replace('127.0.0.1', 'localhost'), world));
  const greet = setInterval(() => { world.greet().catch(() => undefined); }, GREET);
  greet.unref();
  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    await Promise.race([service.close(), new Promise((done) => setTimeout(done, 9_000).unref())]);
    await world.stop();
    process.exit(0);
  };
  process.on('SIGINT', () => void stop());
  process.on('SIGTERM', () => void stop());
} catch (fault) {
  const running = (fault as { code?: unknown } | null)?.code === 'data-folder-in-use';
  process.stderr.write(`${running ? 'The try-out is running already in this folder: open the address it printed, or stop it first. LAB_DIR and PORT start a second one beside it.' : fault instanceof Error ? fault.message : 'The lab could not start.'}\n`);
  process.exit(1);
}
