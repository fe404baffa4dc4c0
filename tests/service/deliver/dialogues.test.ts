/** SMTP dialogues kept as text, played against a scripted server: every word the client says is checked. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openCa, type Ca } from '../../../lab/ca.ts';
import { startDns, type DnsServer } from '../../../lab/dns.ts';
import type { RequireTls } from '../../../service/deliver/attempt.ts';
import { openDeliver, type Floor } from '../../../service/deliver/deliver.ts';
import { openWorld } from '../../../service/world.ts';
import { parseScript, play } from './script.ts';

const folder = mkdtempSync(join(tmpdir(), 'dialogues-'));
const scripts = join(import.meta.dirname, 'dialogues');
let ca: Ca;
let dns: DnsServer;

beforeAll(async () => {
  ca = openCa(folder);
  dns = await startDns({ rows: [
    { name: 'script.test', type: 'MX', data: { preference: 1, exchange: 'mx.script.test' } },
    { name: 'mx.script.test', type: 'A', data: '127.0.0.1' },
  ] });
});

afterAll(async () => {
  await dns.close();
  rmSync(folder, { recursive: true, force: true });
});

const files = readdirSync(scripts).filter((file) => file.endsWith('.txt')).sort();

describe('dialogues', () => {
  test('there are some', () => expect(files.length).toBeGreaterThan(30));

  test.each(files)('%s', async (file) => {
    const script = parseScript(readFileSync(join(scripts, file), 'utf8'));
    const said = (name: string, otherwise: string): string => script.settings.get(name) ?? otherwise;
    const server = await play(script, ca.issue({ names: ['mx.script.test'] }));
    const world = openWorld({ resolver: dns.address, resolverTrusted: false, allowedNetworks: ['127.0.0.0/8'], caFile: ca.file });
    const login = script.settings.get('login')?.split(' ');
    const deliver = openDeliver({
      world, hostname: 'out.riverside.test', smtpPort: server.port, ownDomains: [], providers: [], patience: script.settings.has('patience') ? { content: Number(said('patience', '')) } : 0.1,
      ...(login ? { smartHost: { hosts: [{ host: 'mx.script.test', port: server.port }], ...(login[0] === 'none' ? {} : { login: { username: login[0] ?? '', password: login[1] ?? '' } }), attests: said('attests', 'declared') as 'declared' } } : {}),
    });
    try {
      const delivery = await deliver.send({
        returnPath: said('returnPath', 'bounce+7@riverside.test'),
        recipient: said('recipient', 'tess@script.test'),
        bytes: Buffer.from(said('content', 'Subject: hello\r\n\r\nHello.\r\n'), 'latin1'),
        floor: said('floor', 'any') as Floor,
        envid: said('envid', 'item_7'),
        requireTls: said('requireTls', 'no') as RequireTls,
      });
      const attempt = delivery.attempts.at(-1);
      expect(server.wrong).toEqual([]);
      expect(delivery.kind === 'relayed' ? 'relayed' : `${delivery.kind} ${delivery.code}`).toBe(said('outcome', '?'));
      if (script.settings.has('assurance')) expect(`${attempt?.assurance.grade} ${attempt?.assurance.code}`).toBe(said('assurance', ''));
      if (script.settings.has('reply')) expect(`${attempt?.reply?.code} ${attempt?.reply?.enhanced ?? '-'} ${attempt?.reply?.text}`).toBe(said('reply', ''));
      if (script.settings.has('queueId')) expect(attempt?.facts['queueId']).toBe(said('queueId', ''));
      expect((attempt?.reply?.text ?? '').length).toBeLessThanOrEqual(512);
      await deliver.close();
      await server.closed;
      expect(server.wrong).toEqual([]);
      expect(server.left()).toBe(0);
    } finally {
      await deliver.close();
      await server.close();
    }
  });
});

test('a conversation belongs to who signed in: one server as connector without a name and as smart host with one', async () => {
  const opening = ['S: 220 mx.script.test ESMTP', 'C: EHLO out.riverside.test', 'S: 250-mx.script.test', 'S: 250 STARTTLS', 'C: STARTTLS', 'S: 220 go ahead', 'T:', 'C: EHLO out.riverside.test', 'S: 250-mx.script.test', 'S: 250 AUTH PLAIN'];
  const letter = (to: string) => ['C: MAIL FROM:<bounce+7@riverside.test>', 'S: 250 ok', `C: RCPT TO:<${to}>`, 'S: 250 ok', 'C: DATA', 'S: 354 go on', 'C>', 'S: 250 ok'];
  const script = parseScript([...opening, ...letter('ana@riverside.test'), 'C: QUIT', '---', ...opening, 'C: AUTH PLAIN AGNsaW5pYwBzZWNyZXQ=', 'S: 235 welcome', ...letter('tess@script.test'), ...letter('leo@script.test'), 'C: QUIT'].join('\n'));
  const server = await play(script, ca.issue({ names: ['mx.script.test'] }));
  const world = openWorld({ resolver: dns.address, resolverTrusted: false, allowedNetworks: ['127.0.0.0/8'], caFile: ca.file });
  const at = { host: 'mx.script.test', port: server.port };
  const deliver = openDeliver({ world, hostname: 'out.riverside.test', smtpPort: server.port, ownDomains: ['riverside.test'], providers: [], patience: 0.1, connector: at, smartHost: { hosts: [at], login: { username: 'clinic', password: 'secret' }, attests: 'declared' } });
  try {
    for (const recipient of ['ana@riverside.test', 'tess@script.test', 'leo@script.test']) {
      const { kind } = await deliver.send({ returnPath: 'bounce+7@riverside.test', recipient, bytes: Buffer.from('Subject: hello\r\n\r\nHello.\r\n'), floor: 'B', envid: 'item_7' });
      expect([recipient, kind, server.wrong]).toEqual([recipient, 'relayed', []]);
    }
    await deliver.close();
    await server.closed;
    expect([server.wrong, server.left()]).toEqual([[], 0]);
  } finally {
    await deliver.close();
    await server.close();
  }
});
