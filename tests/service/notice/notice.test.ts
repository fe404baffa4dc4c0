/** The door for notices, spoken to over a real connection: what it takes, from whom, and what it says to the rest. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openCa } from '../../../lab/ca.ts';
import { report } from '../../../lab/post/reports.ts';
import { openNotices, type NoticeHouse, type Notice, type Notices } from '../../../service/notice/notice.ts';
import { until } from '../../until.ts';

const ITEM = '0190a000-0000-7000-8000-000000000001';
const TO = `bounce+${ITEM}@riverside.test`;
const taken: { item: string; notice: Notice }[] = [];
const faults: unknown[] = [];
let knows: NoticeHouse['knows'] = async (item) => item === `item_${ITEM}`;
let take: NoticeHouse['take'] = async (item, notice) => { taken.push({ item, notice }); return true; };
let door: Notices;
beforeAll(async () => {
  door = await openNotices({ knows: (i) => knows(i), take: (i, r) => take(i, r) }, { host: '127.0.0.1', port: 0, hostname: 'mail.riverside.test', returnDomain: 'Riverside.test', broken: (fault) => void faults.push(fault) });
});
afterAll(() => door.close());

const DSN = report({ domain: 'reports.test', envelope: { from: TO, to: ['dina.marsh@reports.test'] }, raw: Buffer.from('Subject: canary\r\n\r\nMaria Alvarez\r\n') }, 'delivered', { envid: `item_${ITEM}` });

/** Says each line, waits for each answer; the content is said after 354. Resolves to the codes with enhanced codes. */
function talk(lines: readonly string[], content = DSN): Promise<string[]> {
  return new Promise((done, fail) => {
    const answers: string[] = [];
    const socket = createConnection({ host: '127.0.0.1', port: door.port });
    const left = [...lines];
    let kept = '';
    socket.on('data', (chunk) => {
      kept += chunk.toString();
      for (let end = kept.indexOf('\r\n'); end >= 0; end = kept.indexOf('\r\n')) {
        const line = kept.slice(0, end);
        kept = kept.slice(end + 2);
        if (/^\d{3}-/.test(line)) continue;
        answers.push(/^\d{3}(?: [245]\.\d+\.\d+)?/.exec(line)?.[0] ?? line);
        const next = line.startsWith('354') ? `${content}\r\n.` : left.shift();
        if (next === undefined) socket.end();
        else socket.write(`${next}\r\n`);
      }
    });
    socket.on('error', fail).on('close', () => done(answers));
  });
}
const HELLO = 'EHLO mx.reports.test';

test('a report for a return address of ours is taken', async () => {
  taken.length = 0;
  expect(await talk([HELLO, 'MAIL FROM:<>', `RCPT TO:<${TO}>`, 'DATA'])).toEqual(['220', '250', '250', '250', '354', '250 2.0.0']);
  expect(taken).toEqual([{ item: `item_${ITEM}`, notice: { kind: 'delivery', reports: [{ action: 'delivered', status: '2.0.0', envelope: `item_${ITEM}`, reporter: 'mx.reports.test', recipient: 'dina.marsh@reports.test' }] } }]);
  expect(JSON.stringify(taken)).not.toMatch(/canary|Alvarez/);
});

test.each<[string, string[], string[]]>([
  ['a copy that never went out', [HELLO, 'MAIL FROM:<>', 'RCPT TO:<bounce+0190a000-0000-7000-8000-00000000ffff@riverside.test>'], ['250', '250', '550 5.1.1']],
  ['a person of ours', [HELLO, 'MAIL FROM:<>', 'RCPT TO:<ana.ruiz@riverside.test>'], ['250', '250', '550 5.1.1']],
  ['another domain: it relays nothing', [HELLO, 'MAIL FROM:<>', `RCPT TO:<bounce+${ITEM}@evil.test>`], ['250', '250', '550 5.1.1']],
  ['an id with more behind it', [HELLO, 'MAIL FROM:<>', `RCPT TO:<bounce+${ITEM}x@riverside.test>`], ['250', '250', '550 5.1.1']],
  ['two recipients', [HELLO, 'MAIL FROM:<>', `RCPT TO:<${TO}>`, `RCPT TO:<${TO}>`], ['250', '250', '250', '550 5.1.1']],
  ['capitals in the address', [HELLO, 'MAIL FROM:<>', `RCPT TO:<${TO.toUpperCase()}>`], ['250', '250', '250']],
  ['signing in', [HELLO, 'AUTH PLAIN AGEAYg=='], ['250', '500']],
  ['content without a recipient', [HELLO, 'MAIL FROM:<>', 'DATA'], ['250', '250', '503']],
])('%s', async (_what, lines, answers) => {
  taken.length = 0;
  expect((await talk(lines)).slice(1)).toEqual(answers);
  expect(taken).toEqual([]);
});

test('what is no report, or about another message, is refused; our own trouble is a reason to come again', async () => {
  const said = async (content = DSN) => (await talk([HELLO, 'MAIL FROM:<>', `RCPT TO:<${TO}>`, 'DATA'], content)).at(-1);
  expect(await said('Subject: Hello\r\n\r\nI am Eve.')).toBe('550 5.6.0');
  take = async () => false;
  expect(await said()).toBe('550 5.7.1');
  take = async () => 'later';
  expect(await said()).toBe('451 4.3.0');
  expect(faults).toEqual([]);
  take = async () => { throw new Error('the store is down'); };
  expect(await said()).toBe('451 4.3.0');
  knows = async () => { throw new Error('the store is down'); };
  expect((await talk([HELLO, 'MAIL FROM:<>', `RCPT TO:<${TO}>`])).at(-1)).toBe('451 4.3.0');
  expect(faults).toHaveLength(2);
});

test('a report from somebody, who might want an answer, is none; an absence note may come from a person (RFC 3834 §3.3)', async () => {
  const from = async (content: string) => (await talk([HELLO, 'MAIL FROM:<eve@evil.test>', `RCPT TO:<${TO}>`, 'DATA'], content)).at(-1);
  [knows, take] = [async () => true, async (item, notice) => { taken.push({ item, notice }); return true; }];
  taken.length = 0;
  expect(await from(DSN)).toBe('550 5.6.0');
  expect(taken).toEqual([]);
  expect(await from('Subject: Away\r\nAuto-Submitted: auto-replied\r\n\r\nI am away.')).toBe('250 2.0.0');
  expect(taken).toEqual([{ item: `item_${ITEM}`, notice: { kind: 'automatic', how: 'auto-replied' } }]);
});

test('what is too large is refused, however it is made', async () => {
  const bomb = `Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n${`--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${'x'.repeat(900)}\r\n`.repeat(12_000)}`;
  expect((await talk([HELLO, 'MAIL FROM:<>', `RCPT TO:<${TO}>`, 'DATA'], bomb)).at(-1)).toBe('552 5.3.4');
});

test('a port that is taken stops the start with a name', async () => {
  await expect(openNotices({ knows, take }, { host: '127.0.0.1', port: door.port, hostname: 'x', returnDomain: 'x', broken: () => undefined })).rejects.toMatchObject({ code: 'notices-port' });
});

test('STARTTLS shows the certificate of its settings, and once it is renewed the next one', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'send-secure-notice-'));
  const ca = openCa(folder);
  const [first, second] = ['first.test', 'second.test'].map((name) => ca.issue({ names: [name] })).map(({ cert, key }) => ({ cert: Buffer.from(cert), key: Buffer.from(key) }));
  if (first === undefined || second === undefined) throw new Error('no certificates');
  const own = await openNotices({ knows, take }, { host: '127.0.0.1', port: 0, hostname: 'x', returnDomain: 'x', broken: () => undefined, tls: first });
  const shown = async (): Promise<string | undefined> => {
    const socket = createConnection({ host: '127.0.0.1', port: own.port });
    const heard = async () => {
      // The last line of an answer has a blank after its code (RFC 5321 §4.2.1).
      for (let said = ''; !/^\d{3} .*\r\n$/m.test(said);) said += String((await once(socket, 'data'))[0]);
    };
    await heard();
    for (const line of ['EHLO me.test', 'STARTTLS']) {
      socket.write(`${line}\r\n`);
      await heard();
    }
    const secure = connect({ socket, rejectUnauthorized: false });
    await once(secure, 'secureConnect');
    const names = secure.getPeerCertificate().subjectaltname;
    secure.destroy();
    return names;
  };
  try {
    expect(await shown()).toBe('DNS:first.test');
    own.renew(second);
    expect(await shown()).toBe('DNS:second.test');
  } finally {
    await own.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

describe('a client that dawdles', () => {
  /** from an address of its own of the loopback net */
  const caller = (port: number, localAddress: string) => createConnection({ host: '127.0.0.1', port, localAddress });
  const greeting = (socket: Socket) => new Promise<string>((done) => { socket.once('data', (chunk) => done(chunk.toString().slice(0, 3))).once('close', () => done('')).on('error', () => undefined); });

  test('has its share of the connections and no more; others get through, and it does again when it lets go', async () => {
    const held = Array.from({ length: 12 }, () => caller(door.port, '127.0.0.9'));
    const other = caller(door.port, '127.0.0.10');
    try {
      expect((await Promise.all(held.map(greeting))).sort()).toEqual([...Array<string>(10).fill('220'), '421', '421']);
      expect(await greeting(other)).toBe('220');
    } finally {
      await Promise.all([...held, other].map((socket) => new Promise<void>((done) => { if (socket.closed) done(); else socket.once('close', () => done()).end('QUIT\r\n'); })));
    }
    // The door sees an end a little later than who ended it.
    await until('its share is free again', async () => {
      const again = caller(door.port, '127.0.0.9');
      const said = await greeting(again);
      again.destroy();
      return said === '220';
    });
  });

  test('is sent away when its time is over, however often it says a byte', async () => {
    const brief = await openNotices({ knows, take }, { host: '127.0.0.1', port: 0, hostname: 'x', returnDomain: 'x', session: 400, broken: () => undefined });
    const socket = caller(brief.port, '127.0.0.9');
    let left = 100;
    const drip = setInterval(() => { left -= 1; if (left > 0) socket.write('E'); else socket.destroy(); }, 50);
    await new Promise<void>((done) => { socket.on('error', () => undefined).once('close', () => done()).resume(); });
    clearInterval(drip);
    await brief.close();
    expect(left).toBeGreaterThan(0);
  });
});
