/**
 * Every next hop of the lab, at every floor: what we say became of the message, and, from the peer's side, what crossed the wire.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startHops, type Hops, type Mail } from '../../../lab/hops.ts';
import { openDeliver, type Deliver, type Floor } from '../../../service/deliver/deliver.ts';
import { openWorld } from '../../../service/world.ts';

const CONTENT = Buffer.from(`From: <ana.ruiz@riverside.test>\r\nSubject: canary\r\n\r\n${'The canary sings at noon.\r\n'.repeat(2000)}`);

const folder = mkdtempSync(join(tmpdir(), 'hops-'));
const mails: Mail[] = [];
let hops: Hops;
let deliver: Deliver;
/** for the one who never answers */
let hasty: Deliver;

beforeAll(async () => {
  hops = await startHops({ onMail: (mail) => void mails.push(mail), caFolder: folder });
  const world = openWorld({ resolver: hops.resolver, resolverTrusted: true, allowedNetworks: ['127.0.0.0/8'], caFile: hops.caFile });
  const settings = { world, hostname: 'out.riverside.test', smtpPort: hops.smtpPort, stsPort: hops.stsPort, ownDomains: ['riverside.test'], providers: [] };
  deliver = openDeliver({ ...settings, patience: 0.1 });
  hasty = openDeliver({ ...settings, patience: { greeting: 0.002 } });
});

afterAll(async () => {
  await deliver?.close();
  await hasty?.close();
  await hops?.close();
  rmSync(folder, { recursive: true, force: true });
});

type Row = readonly [domain: string, floor: Floor, outcome: string, assurance: string | null, crossed: 'tls' | 'plain' | 'nothing' | 'unknown'];

/** domain · floor · what we say · grade and reason of the last attempt · how the content crossed, as the peer saw it */
const TABLE: readonly Row[] = [
  ['lakeside.test', 'B', 'relayed', 'B pkix', 'tls'],
  ['lakeside.test', 'A', 'refused assurance-low', 'B pkix', 'nothing'],
  ['lakeside.test', 'any', 'relayed', 'B pkix', 'tls'],
  ['oldpost.test', 'A', 'refused starttls-missing', 'D starttls-missing', 'nothing'],
  ['oldpost.test', 'B', 'refused starttls-missing', 'D starttls-missing', 'nothing'],
  ['oldpost.test', 'any', 'relayed', 'D starttls-missing', 'plain'],
  ['strip.test', 'B', 'refused starttls-missing', 'D starttls-missing', 'nothing'],
  ['expired.test', 'A', 'refused certificate-expired', 'C certificate-expired', 'nothing'],
  ['expired.test', 'B', 'refused certificate-expired', 'C certificate-expired', 'nothing'],
  ['expired.test', 'any', 'relayed', 'C certificate-expired', 'tls'],
  ['tomorrow.test', 'B', 'refused certificate-not-yet-valid', 'C certificate-not-yet-valid', 'nothing'],
  ['selfsigned.test', 'B', 'refused certificate-self-signed', 'C certificate-self-signed', 'nothing'],
  ['selfsigned.test', 'any', 'relayed', 'C certificate-self-signed', 'tls'],
  ['stranger.test', 'B', 'refused certificate-untrusted', 'C certificate-untrusted', 'nothing'],
  ['wrongname.test', 'B', 'refused certificate-name', 'C certificate-name', 'nothing'],
  ['wrongname.test', 'any', 'relayed', 'C certificate-name', 'tls'],
  ['tls10.test', 'A', 'refused tls-too-old', 'D tls-too-old', 'nothing'],
  ['tls10.test', 'B', 'refused tls-too-old', 'D tls-too-old', 'nothing'],
  ['tls10.test', 'any', 'relayed', 'D tls-too-old', 'plain'],
  ['weak.test', 'B', 'refused cipher-weak', 'C cipher-weak', 'nothing'],
  ['weak.test', 'any', 'relayed', 'C cipher-weak', 'tls'],
  ['forged.test', 'A', 'refused mx-not-bound', 'C mx-not-bound', 'nothing'],
  ['forged.test', 'B', 'refused mx-not-bound', 'C mx-not-bound', 'nothing'],
  ['forged.test', 'any', 'relayed', 'C mx-not-bound', 'tls'],
  ['grey.test', 'B', 'delayed try-later', 'B pkix', 'nothing'],
  ['grey.test', 'B', 'relayed', 'B pkix', 'tls'],
  ['reject.test', 'B', 'failed mailbox-unknown', 'B pkix', 'nothing'],
  ['reject.test', 'any', 'failed mailbox-unknown', 'B pkix', 'nothing'],
  ['drop.test', 'B', 'delayed reply-unknown', 'B pkix', 'unknown'],
  ['nullmx.test', 'B', 'failed null-mx', null, 'nothing'],
  ['nullmx.test', 'any', 'failed null-mx', null, 'nothing'],
  ['slow.test', 'B', 'relayed', 'B pkix', 'tls'],
  ['silent.test', 'B', 'delayed timeout', 'D not-reached', 'nothing'],
  ['partial.test', 'B', 'relayed', 'B pkix', 'tls'],
  ['dane.test', 'A', 'relayed', 'A dane', 'tls'],
  ['dane.test', 'B', 'relayed', 'A dane', 'tls'],
  ['daneta.test', 'A', 'relayed', 'A dane', 'tls'],
  ['danebad.test', 'B', 'delayed dane-failed', 'C dane-failed', 'nothing'],
  ['danebad.test', 'any', 'delayed dane-failed', 'C dane-failed', 'nothing'],
  ['daneless.test', 'any', 'delayed dane-unknown', 'D dane-unknown', 'nothing'],
  ['sts.test', 'A', 'relayed', 'A mta-sts', 'tls'],
  ['sts.test', 'B', 'relayed', 'A mta-sts', 'tls'],
  ['stsbad.test', 'B', 'delayed sts-failed', 'D sts-failed', 'nothing'],
  ['stsbad.test', 'any', 'delayed sts-failed', 'D sts-failed', 'nothing'],
  ['implicit.test', 'B', 'relayed', 'B pkix', 'tls'],
  ['second.test', 'B', 'relayed', 'B pkix', 'tls'],
  ['huge.test', 'B', 'relayed', 'B pkix', 'tls'],
  ['lost.test', 'B', 'failed no-address', null, 'nothing'],
  ['broken.test', 'B', 'delayed dns-failed', null, 'nothing'],
  ['nowhere.test', 'B', 'failed domain-unknown', null, 'nothing'],
];

const PEERLESS = new Set(['nullmx.test', 'lost.test', 'broken.test', 'nowhere.test']);

describe('every hop at every floor', () => {
  test.each(TABLE)('%s at floor %s: %s', async (domain, floor, outcome, assurance, crossed) => {
    const before = PEERLESS.has(domain) ? null : { ...hops.sight(domain) };
    const had = mails.length;
    const delivery = await (domain === 'silent.test' ? hasty : deliver).send({ returnPath: 'bounce+1@riverside.test', recipient: `someone@${domain}`, bytes: CONTENT, floor, envid: 'item_1' });
    expect(delivery.kind === 'relayed' ? 'relayed' : `${delivery.kind} ${delivery.code}`).toBe(outcome);
    const last = delivery.attempts.at(-1);
    expect(last ? `${last.assurance.grade} ${last.assurance.code}` : null).toBe(assurance);
    if (!before) return;
    const after = hops.sight(domain);
    const bytes = after.dataBytes - before.dataBytes;
    if (crossed === 'nothing') expect(bytes).toBe(0);
    if (crossed === 'tls') expect([bytes, after.plaintextDataBytes - before.plaintextDataBytes]).toEqual([CONTENT.length, 0]);
    if (crossed === 'plain') expect(after.plaintextDataBytes - before.plaintextDataBytes).toBe(CONTENT.length);
    if (outcome.startsWith('refused')) expect([after.mailFrom - before.mailFrom, after.rcptTo - before.rcptTo]).toEqual([0, 0]);
    if (outcome === 'relayed') {
      const mail = mails[had];
      expect(mail?.raw.equals(CONTENT)).toBe(true);
      expect(mail?.envelope).toEqual({ from: 'bounce+1@riverside.test', to: [`someone@${domain}`] });
    } else if (outcome !== 'delayed reply-unknown') expect(mails.length).toBe(had);
  });

  test('the old one is able to speak TLS 1.0, and nothing newer: it was never asked to by us', async () => {
    const before = { ...hops.sight('tls10.test') };
    expect(before.secured).toBe(0);
    const [ip] = (await openWorld({ resolver: hops.resolver, resolverTrusted: true, allowedNetworks: [], caFile: hops.caFile }).dns.addresses('mx.tls10.test')).records;
    expect(await oldHandshake(String(ip), 'TLSv1')).toBe('TLSv1');
    expect(await oldHandshake(String(ip), 'TLSv1.1')).toMatch(/PROTOCOL/);
  });

  test('no refused hop ever saw enough bytes to hold the content', async () => {
    await deliver.close();
    const refusing = new Set(TABLE.filter((row) => row[4] === 'nothing').map((row) => row[0]).filter((domain) => !PEERLESS.has(domain)));
    for (const row of TABLE) if (row[4] !== 'nothing') refusing.delete(row[0]);
    expect(refusing.size).toBeGreaterThan(5);
    for (const domain of refusing) expect(hops.sight(domain).wireBytes, domain).toBeLessThan(8000);
  });
});

/** What a client that still takes anything agrees on with a host. */
async function oldHandshake(host: string, version: 'TLSv1' | 'TLSv1.1'): Promise<string> {
  const socket = connect(hops.smtpPort, host);
  for (const [says, answer] of [[/^220 /m, 'EHLO old.test\r\n'], [/^250 /m, 'STARTTLS\r\n'], [/^220 /m, null]] as const) {
    for (let heard = ''; !says.test(heard);) heard += String((await once(socket, 'data'))[0]);
    if (answer !== null) socket.write(answer);
  }
  const secured = tls.connect({ socket, rejectUnauthorized: false, minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' });
  const said = await Promise.race([once(secured, 'secureConnect').then(() => String(secured.getProtocol())), once(secured, 'error').then(([fault]) => String((fault as { code?: string }).code))]).catch((fault: { code?: string }) => String(fault.code));
  socket.destroy();
  return said;
}
