/**
 * Sealing against the machine's own primitives and against `gpg`, in interleaved rounds of one run, as ratios: of the bests, and beside it the middle of the rounds' own.
 * Goals: CMS ≤ 1.3 of the bare cipher from 1 MB on and ≤ 0.5 ms at 10 KB; sign + encrypt + base64 ≤ 1.6 of the sum of the floors (bare cipher, digest, one RSA signature, base64 without lines);
 * PGP ≤ 2 of gpg at 25 MB and ≤ 0.4 at 10 KB; the event loop never held for 50 ms, nor by a list of 250,000 revoked certificates; memory ≤ 3 of the message.
 */
import { spawnSync } from 'node:child_process';
import { X509Certificate, createCipheriv, createHash, createPrivateKey, randomBytes, sign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { AsnConvert } from '@peculiar/asn1-schema';
import { AlgorithmIdentifier, Certificate, RevokedCertificate, Time } from '@peculiar/asn1-x509';
import { BitString, Integer, OctetString, Sequence, fromBER } from 'asn1js';
import { readKey } from 'openpgp';
import { pgpPerson, smimeAuthority } from '../lab/people.keys.ts';
import { openIdentity } from '../service/keys/identity.ts';
import { listed } from '../service/keys/trust/crl.ts';
import { readCertificate } from '../service/keys/trust.read.ts';
import { base64Lines, collect, flat, spill } from '../service/seal/flow.ts';
import { pgpMessage } from '../service/seal/pgp.ts';
import { openSeal } from '../service/seal/seal.ts';
import type { SealInput } from '../service/seal/seal.ts';
import { enveloped, signedEntity } from '../service/seal/smime.ts';

/** enough that a busy machine leaves some of them alone */
const ROUNDS = { small: 41, middle: 41, large: 11 };
const MB = 1024 * 1024;
const CHUNK = 256 * 1024;
const organisation = { name: 'Riverside Clinic', phone: '+1 555 0100', address: 'secure@riverside.test' };
const world = { now: () => Date.now(), random: (n: number) => new Uint8Array(randomBytes(n)) };

type Job = () => unknown;

setFlagsFromString('--expose-gc');
// A collection asked for would also age compiled code until it is thrown away.
setFlagsFromString('--no-flush-bytecode');
const collectGarbage = runInNewContext('gc') as () => void;

const wall = (): number => performance.now();
const processor = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** Every job once a round, so that what disturbs the machine disturbs all; each round's times in ms: of the clock for `gpg` and what is held against it, of the processor for the rest. */
async function rounds<K extends string>(jobs: { readonly [name in K]: Job }, size: number, clock: () => number): Promise<Rounds<K>> {
  const names = Object.keys(jobs) as K[];
  const times = new Map<K, number[]>(names.map((n) => [n, []]));
  const [repeat, many] = size < MB ? [20, ROUNDS.small] : size < 2 * MB ? [5, ROUNDS.middle] : [1, ROUNDS.large];
  for (let round = -2; round < many; round += 1) {
    for (const name of names) {
      // What the job before left behind is not this one's cost.
      collectGarbage();
      const from = clock();
      for (let n = 0; n < repeat; n += 1) await jobs[name]();
      if (round >= 0) times.get(name)!.push((clock() - from) / repeat);
    }
  }
  return {
    best: (...of) => of.reduce((sum, name) => sum + Math.min(...times.get(name)!), 0),
    middle: (part, ...floors) => median(times.get(part)!.map((t, i) => t / floors.reduce((sum, name) => sum + times.get(name)![i]!, 0))),
  };
}

interface Rounds<K extends string> {
  /** the least of each, added */
  best(...of: readonly K[]): number;
  /** of the ratios that the rounds have each in itself */
  middle(part: K, ...floors: readonly K[]): number;
}

function missed(): never {
  throw new Error('gpg sealed nothing');
}

const median = (all: readonly number[]): number => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)]!;

function print(what: string, ratio: number, goal: string, detail = ''): void {
  process.stdout.write(`  ${what.padEnd(46)} ${ratio.toFixed(2).padStart(7)}   goal ${goal}${detail === '' ? '' : `   (${detail})`}\n`);
}

const ms = (n: number): string => `${n.toFixed(2)} ms`;

/** The longest that this thread itself computed between two turns of the loop, whatever else the machine had to do. */
function held(): { end(): number } {
  const spent = (): number => { const { user, system } = process.threadCpuUsage(); return (user + system) / 1000; };
  let [last, longest] = [spent(), 0];
  const look = (): void => { const now = spent(); longest = Math.max(longest, now - last); last = now; };
  const ticks = setInterval(look, 1);
  return { end: () => { clearInterval(ticks); look(); return longest; } };
}

function cbc(bytes: Uint8Array): void {
  const cipher = createCipheriv('aes-256-cbc', KEY, IV);
  for (let i = 0; i < bytes.length; i += CHUNK) cipher.update(bytes.subarray(i, i + CHUNK));
  cipher.final();
}
const KEY = randomBytes(32);
const IV = randomBytes(16);

export async function run(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'ssb-'));
  const identity = await openIdentity({ world, safe: { seal: (b) => b, open: (b) => b }, noted: async () => undefined, folder: join(folder, 'identity'), organisation });
  const signer = await identity.smime({ address: 'ana.ruiz@riverside.test', name: 'Dr. Ana Ruiz' });
  const signingKey = createPrivateKey({ key: Buffer.from(signer.key), format: 'der', type: 'pkcs8' });
  const certificate = new Uint8Array(new X509Certificate(smimeAuthority().person('Sam Park', 'sam.park@stmarys.test').certificate).raw);
  const key = { id: 'key_bench', certificate, gcm: false, oaep: false };
  const gina = await pgpPerson('Gina Holt', 'gina.holt@keyring.test');
  const pgpKey = { id: 'key_bench', key: (await readKey({ armoredKey: gina.publicKey })).write() };
  // More than are remembered, one after the other: each is read and verified anew.
  const others = await Promise.all(Array.from({ length: 60 }, async (_, n) => ({ id: 'key_bench', key: (await readKey({ armoredKey: (await pgpPerson('Hugo Reyes', `hugo${n}@keyring.test`)).publicKey })).write() })));
  let turn = 0;
  const env = { ...process.env, GNUPGHOME: join(folder, 'gpg') };
  const gpg = (args: readonly string[], input?: Uint8Array | string): number | null => spawnSync('gpg', ['--batch', '--yes', '--no-tty', '--quiet', ...args], { env, ...(input === undefined ? {} : { input }), stdio: ['pipe', 'ignore', 'ignore'] }).status;
  spawnSync('mkdir', ['-m', '700', env.GNUPGHOME]);
  const peer = gpg(['--import'], gina.publicKey) === 0 && gpg(['--quick-generate-key', '--passphrase', '', 'Ana <ana@riverside.test>', 'ed25519', 'sign', 'never']) === 0;
  if (!peer) process.stdout.write('  gpg is not installed: its ratios are missing\n');

  for (const [name, size] of [['10 KB', 10 * 1024], ['1 MB', MB], ['25 MB', 25 * MB]] as const) {
    const bytes = new Uint8Array(randomBytes(size));
    const ready = new Uint8Array(2 * size + 64 * 1024).fill(1);
    const file = join(folder, 'plain');
    writeFileSync(file, bytes);
    const t = await rounds({
      cipher: () => cbc(bytes),
      digest: () => createHash('sha256').update(bytes).digest(),
      signature: () => sign('sha256', IV, signingKey),
      base64: () => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64'),
      cms: () => { for (const _ of enveloped(flat(bytes), key).content.chunks()); },
      whole: () => collect(base64Lines(enveloped(signedEntity(flat(bytes), signer, Date.now()), key).content)),
      // What the system takes to hand out and empty that much memory is its own price, and not small.
      into: () => spill(base64Lines(enveloped(signedEntity(flat(bytes), signer, Date.now()), key).content), ready, 0),
    }, size, processor);
    const pgp = async (to: typeof pgpKey) => collect((await pgpMessage(flat(bytes), to, await identity.pgp({ address: 'ana.ruiz@riverside.test' }), Date.now())).armored);
    const beside = await rounds({
      pgp: () => pgp(pgpKey),
      strange: () => size < MB && pgp(others[turn++ % others.length]!),
      gpg: () => peer && gpg(['--armor', '--trust-model', 'always', '--compress-algo', 'none', '--sign', '--encrypt', '-r', 'gina.holt@keyring.test', '-o', join(folder, 'out'), file]) !== 0 && missed(),
    }, size, wall);
    const floors = ['cipher', 'digest', 'signature', 'base64'] as const;
    const compared = (part: 'cms' | 'whole' | 'into', ...against: readonly ('cipher' | 'digest' | 'signature' | 'base64')[]) => [t.best(part) / t.best(...against), `${ms(t.best(part))} / ${ms(t.best(...against))}; middle of the rounds ${t.middle(part, ...against).toFixed(2)}`] as const;
    const [ratio, said] = compared('cms', 'cipher');
    if (size < MB) print(`${name}: CMS encrypt, ms`, t.best('cms'), '<= 0.50 ms', `cipher ${ms(t.best('cipher'))}`);
    else print(`${name}: CMS encrypt / bare cipher`, ratio, '<= 1.30', said);
    const [sum, beneath] = compared('whole', ...floors);
    print(`${name}: sign + encrypt + base64 / floors`, sum, size < MB ? '-' : '<= 1.60', `${beneath}; one RSA signature ${ms(t.best('signature'))}`);
    const [filled, how] = compared('into', ...floors);
    print(`${name}: the same into memory that is there`, filled, '-', how);
    if (peer) print(`${name}: PGP sign + encrypt / gpg`, beside.best('pgp') / beside.best('gpg'), size < MB ? '<= 0.40' : size > MB ? '<= 2.00' : '-', `${ms(beside.best('pgp'))} / ${ms(beside.best('gpg'))}; middle of the rounds ${beside.middle('pgp', 'gpg').toFixed(2)}`);
    if (peer && size < MB) print(`${name}: the same to a key not seen before`, beside.best('strange') / beside.best('gpg'), '<= 0.40', `${ms(beside.best('strange'))} / ${ms(beside.best('gpg'))}; middle of the rounds ${beside.middle('strange', 'gpg').toFixed(2)}`);
  }
  spawnSync('gpgconf', ['--homedir', env.GNUPGHOME, '--kill', 'all'], { env });

  const seal = openSeal({ world, identity, organisation, workers: 2 });
  const content = new Uint8Array(randomBytes(25 * MB));
  const attachment = { filename: 'scan.tif', contentType: 'image/tiff', size: content.length, sha256: '' };
  const draft = { from: { address: 'ana.ruiz@riverside.test' }, recipients: [{ role: 'to', address: 'sam.park@stmarys.test' }], subject: 'Scan', text: 'x', attachments: [attachment] } as const;
  // As the route does: each item's contents are its own, and go to the worker without a copy.
  const fresh = () => ({ messageId: '<bench@riverside.test>', date: Date.now(), draft, contents: [content.slice()], recipient: draft.recipients[0], owned: true });
  for (const [name, job] of [['nothing', async () => { await pause(300); return { bytes: content }; }], ['tls', seal.tls], ['smime', (i: SealInput) => seal.smime(i, key)], ['pgp', (i: SealInput) => seal.pgp(i, pgpKey)]] as const) {
    await job(fresh());
    const input = fresh();
    await pause(200);
    const delay = monitorEventLoopDelay({ resolution: 1 });
    const before = process.memoryUsage().rss;
    let peak = before;
    const watch = setInterval(() => { peak = Math.max(peak, process.memoryUsage().rss); }, 5);
    const hold = held();
    delay.enable();
    const from = performance.now();
    const { bytes } = await job(input);
    const took = performance.now() - from;
    const longest = hold.end();
    delay.disable();
    clearInterval(watch);
    print(`25 MB ${name} in a worker: longest hold, ms`, longest, name === 'nothing' ? '-' : '<= 50', `of the processor; of the clock ${ms(delay.max / 1e6)}, whole job ${ms(took)}`);
    if (name !== 'nothing') print(`25 MB ${name} in a worker: memory / message`, (peak - before) / bytes.length, '<= 3.00');
  }
  await seal.close();
  lists();
  rmSync(folder, { recursive: true, force: true });
}

/** What asks whether a certificate was revoked runs beside everybody else's mail, in this thread. */
function lists(): void {
  const authority = smimeAuthority();
  const [issuer, leaf] = [authority.certificate, authority.person('Sam Park', 'sam.park@stmarys.test', 'p256').certificate].map((pem) => readCertificate(new Uint8Array(new X509Certificate(pem).raw))!);
  const list = revocationList(issuer!.der, authority.key, 250_000);
  const times = Array.from({ length: 9 }, () => {
    const from = processor();
    if (listed(list, leaf!, issuer!, '', Date.now()).status !== 'good') throw new Error('the list does not count');
    return processor() - from;
  });
  print('250,000 revoked on a list: longest hold, ms', Math.max(...times.slice(2)), '<= 50', `${(list.length / MB).toFixed(0)} MB; middle ${ms(median(times.slice(2)))}`);
}

/** RFC 5280 §5.1; its entries are one that the library wrote, each with a number of its own in it. */
function revocationList(issuer: Uint8Array, key: string, count: number): Uint8Array {
  const block = (value: object) => fromBER(AsnConvert.serialize(value)).result;
  const number = randomBytes(16);
  number[0] = 0x4d;
  const entry = Buffer.from(AsnConvert.serialize(new RevokedCertificate({ userCertificate: new Uint8Array(number).buffer, revocationDate: new Time(new Date()) })));
  const at = entry.indexOf(number) + 1;
  const entries = Buffer.concat(Array.from({ length: count }, () => { const one = Buffer.from(entry); randomBytes(15).copy(one, at); return one; }));
  const signature = block(new AlgorithmIdentifier({ algorithm: '1.2.840.10045.4.3.2' }));
  const { subject } = AsnConvert.parse(issuer, Certificate).tbsCertificate;
  // Built of a quarter of a million blocks it would take minutes: it goes in as octets, and is called a sequence afterwards.
  const held = new OctetString({ valueHex: new Uint8Array(entries).buffer });
  const written = (whole: Sequence, behind: number): Buffer => {
    const bytes = Buffer.from(whole.toBER());
    bytes[bytes.length - behind - held.toBER().byteLength] = 0x30;
    return bytes;
  };
  const list = new Sequence({ value: [new Integer({ value: 1 }), signature, block(subject), block(new Time(new Date())), block(new Time(new Date(Date.now() + 86_400_000))), held] });
  const value = new BitString({ valueHex: new Uint8Array(sign('sha256', written(list, 0), createPrivateKey(key))).buffer });
  return new Uint8Array(written(new Sequence({ value: [list, signature, value] }), signature.toBER().byteLength + value.toBER().byteLength));
}
