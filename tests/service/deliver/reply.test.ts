/** Temporary or permanent: the table. */
import { describe, expect, test } from 'vitest';
import * as fc from 'fast-check';
import { decide, openReplies, queueId, type Reply, type Stage } from '../../../service/deliver/reply.ts';

const read = (text: string): Reply[] => openReplies().read(Buffer.from(text, 'latin1'));
const one = (text: string): Reply => read(`${text}\r\n`)[0] as Reply;

const TABLE: readonly (readonly [stage: Stage, reply: string, kind: string, code: string])[] = [
  ['greeting', '220 hello', 'relayed', 'relayed'],
  ['greeting', '421 busy', 'delayed', 'service-unavailable'],
  ['greeting', '450 try', 'delayed', 'greeting-refused'],
  ['greeting', '554 no', 'delayed', 'greeting-refused'],
  ['greeting', '554 5.7.1 blocked', 'delayed', 'policy-refused'],
  ['greeting', '521 no mail', 'failed', 'no-mail-there'],
  ['hello', '250 hi', 'relayed', 'relayed'],
  ['hello', '550 no', 'delayed', 'mailbox-unavailable'],
  ['starttls', '220 go', 'relayed', 'relayed'],
  ['starttls', '250 go', 'delayed', 'starttls-refused'],
  ['starttls', '454 4.7.0 no', 'delayed', 'starttls-refused'],
  ['starttls', '501 no', 'delayed', 'starttls-refused'],
  ['auth', '235 in', 'relayed', 'relayed'],
  ['auth', '535 5.7.8 no', 'delayed', 'login-refused'],
  ['auth', '250 odd', 'delayed', 'reply-unexpected'],
  ['mail', '250 ok', 'relayed', 'relayed'],
  ['mail', '354 ok', 'delayed', 'reply-unexpected'],
  ['mail', '421 4.3.2 closing', 'delayed', 'service-unavailable'],
  ['mail', '450 4.1.8 later', 'delayed', 'return-path-refused'],
  ['mail', '452 4.3.1 no room', 'delayed', 'system-full'],
  ['mail', '503 bad sequence', 'delayed', 'protocol-refused'],
  ['mail', '501 5.1.7 syntax', 'failed', 'return-path-refused'],
  ['mail', '530 5.7.0 authenticate', 'failed', 'policy-refused'],
  ['mail', '530 authenticate', 'failed', 'login-required'],
  ['mail', '550 5.7.30 requiretls', 'failed', 'requiretls-unsupported'],
  ['mail', '552 5.3.4 too big', 'failed', 'too-large'],
  ['mail', '555 parameters', 'failed', 'parameters-refused'],
  ['rcpt', '250 ok', 'relayed', 'relayed'],
  ['rcpt', '251 will forward', 'relayed', 'relayed'],
  ['rcpt', '252 cannot verify', 'relayed', 'relayed'],
  ['rcpt', '450 4.2.1 busy', 'delayed', 'mailbox-disabled'],
  ['rcpt', '450 busy', 'delayed', 'mailbox-busy'],
  ['rcpt', '451 4.7.1 greylisted', 'delayed', 'try-later'],
  ['rcpt', '452 4.2.2 full', 'delayed', 'mailbox-full'],
  ['rcpt', '452 4.5.3 too many', 'delayed', 'too-many-recipients'],
  ['rcpt', '499 what', 'delayed', 'try-later'],
  ['rcpt', '550 no such mailbox', 'failed', 'mailbox-unavailable'],
  ['rcpt', '550 5.1.1 unknown', 'failed', 'mailbox-unknown'],
  ['rcpt', '550 5.1.1', 'failed', 'mailbox-unknown'],
  ['rcpt', '550 5.1.2 domain', 'failed', 'domain-unknown'],
  ['rcpt', '550 5.2.1 disabled', 'failed', 'mailbox-disabled'],
  ['rcpt', '550 5.4.6 loop', 'failed', 'mail-loop'],
  ['rcpt', '550 5.7.1 policy', 'failed', 'policy-refused'],
  ['rcpt', '550 5.7.26 unauthenticated', 'failed', 'policy-refused'],
  ['rcpt', '550 4.7.1 greylisted', 'delayed', 'try-later'],
  ['rcpt', '550 4.2.2 full', 'delayed', 'mailbox-full'],
  ['rcpt', '450 5.1.1 unknown', 'delayed', 'mailbox-unknown'],
  ['rcpt', '551 moved', 'failed', 'mailbox-moved'],
  ['rcpt', '552 too many', 'delayed', 'mailbox-full'],
  ['rcpt', '552 5.2.2 over quota', 'failed', 'mailbox-full'],
  ['rcpt', '553 name', 'failed', 'mailbox-name-refused'],
  ['rcpt', '553 5.1.3 syntax', 'failed', 'address-malformed'],
  ['rcpt', '556 5.1.10 null MX', 'failed', 'null-mx'],
  ['rcpt', '556 no mail', 'failed', 'no-mail-there'],
  ['rcpt', '599 what', 'failed', 'transaction-refused'],
  ['data', '354 go', 'relayed', 'relayed'],
  ['data', '250 go', 'delayed', 'reply-unexpected'],
  ['data', '451 4.3.0 trouble', 'delayed', 'system-failed'],
  ['data', '554 no recipients', 'failed', 'transaction-refused'],
  ['content', '250 queued', 'relayed', 'relayed'],
  ['content', '354 more', 'delayed', 'reply-unexpected'],
  ['content', '421 closing', 'delayed', 'service-unavailable'],
  ['content', '451 later', 'delayed', 'try-later'],
  ['content', '452 4.3.1 full', 'delayed', 'system-full'],
  ['content', '552 too big', 'failed', 'too-large'],
  ['content', '554 5.6.0 content', 'failed', 'content-refused'],
  ['content', '554 5.7.1 spam', 'failed', 'policy-refused'],
  ['content', '571 refused', 'failed', 'transaction-refused'],
];

describe('decide', () => {
  test.each(TABLE)('%s: %s → %s %s', (stage, text, kind, code) => expect(decide(one(text), stage)).toMatchObject({ kind, code }));

  test('a reply is never permanent where it was not 5yz', () => {
    fc.assert(fc.property(fc.integer({ min: 200, max: 499 }), fc.constantFrom('', '5.1.1 ', '5.7.1 ', '4.2.2 '), fc.constantFrom<Stage>('greeting', 'hello', 'mail', 'rcpt', 'data', 'content'), (code, enhanced, stage) => {
      expect(decide(one(`${code} ${enhanced}x`), stage).kind).not.toBe('failed');
    }));
  });
  test('the words of a reply decide nothing', () => {
    fc.assert(fc.property(fc.integer({ min: 400, max: 599 }), fc.string({ maxLength: 60 }), (code, words) => {
      const clean = words.replace(/[\r\n]/g, ' ');
      if (/^\d/.test(clean)) return;
      expect(decide(one(`${code} ${clean}`), 'rcpt')).toEqual(decide(one(`${code} x`), 'rcpt'));
    }));
  });
});

describe('reading', () => {
  test('pieces make no difference', () => {
    const text = '250-mx.test\r\n250-SIZE 10\r\n250 DSN\r\n354 go\r\n';
    fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 7 })), (cuts) => {
      const replies = openReplies();
      const found: Reply[] = [];
      let at = 0;
      for (const cut of [...cuts, text.length]) {
        found.push(...replies.read(Buffer.from(text.slice(at, at + cut))));
        at += cut;
      }
      expect(found).toEqual(read(text));
    }));
  });
  test('never more than 512 characters, never a control character', () => {
    fc.assert(fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 300 }), { maxLength: 20 }), (lines) => {
      const clean = lines.map((line) => Buffer.from(line).toString('latin1').replace(/[\r\n]/g, ''));
      const reply = read([...clean.map((line) => `250-${line}`), '250 end', ''].join('\r\n'))[0];
      expect([...(reply?.text ?? '')].length).toBeLessThanOrEqual(512);
      expect(reply?.text).not.toMatch(/[\p{Cc}\u202e\u2028]/u);
    }));
  });
  test.each(['hello\r\n', '25 x\r\n', '2500 x\r\n', '150 x\r\n', '600 x\r\n', '250_x\r\n', '\r\n', ' 250 x\r\n', '250-a\r\n251 b\r\n'])('%j is no reply', (text) => expect(() => read(text)).toThrow(expect.objectContaining({ code: 'reply-malformed' })));
  test.each([`250 ${'x'.repeat(2100)}`, `250 ${'x'.repeat(2100)}\r\n`, '250-x\r\n'.repeat(130)])('too much is too much', (text) => expect(() => read(text)).toThrow(expect.objectContaining({ code: 'reply-too-long' })));
});

test.each([
  ['250 2.0.0 Ok: queued as 4F2A9C1B', '4F2A9C1B'],
  ['250 2.6.0 <a@b> [InternalId=12345678, Hostname=X] Queued mail for delivery', '12345678'],
  ['250 2.0.0 OK  1700000000 d2e1a72fcca58-6be9cb23asi1234567b3a.12 - gsmtp', 'd2e1a72fcca58-6be9cb23asi1234567b3a.12'],
  ['250 OK id=1qXyZ1-0001Ab-2C', '1qXyZ1-0001Ab-2C'],
  ['250 thank you', null],
])('%s → %s', (text, id) => expect(queueId(one(text))).toBe(id));
