/** Delivery reports: what counts, what is read, and that the returned message never is. */
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readNotice } from '../../../service/notice/report.ts';

const notice = (text: string, size = 1000) => readNotice(Readable.from((function* pieces() { for (let i = 0; i < text.length; i += size) yield Buffer.from(text.slice(i, i + size), 'latin1'); })()));
const read = async (text: string, size?: number) => { const found = await notice(text, size); return found?.kind === 'delivery' ? found.reports : null; };
const crlf = (text: string): string => text.replace(/\r?\n/g, '\r\n');

const STATUS = `Reporting-MTA: dns; mx.lakeside.test
X-Postfix-Queue-ID: 4D9F21C0A1
Original-Envelope-Id: item+5F0190a000-0000-7000-8000-000000000001
Arrival-Date: Sat, 21 Nov 2026 10:00:00 +0000 (UTC)

Final-Recipient: rfc822; tess.lane@lakeside.test
Original-Recipient: rfc822;tess.lane@lakeside.test
Action: failed
Status: 5.1.1
Remote-MTA: dns; store.lakeside.test
Diagnostic-Code: smtp; 550 5.1.1 <tess.lane@lakeside.test>: Recipient address
    rejected: User unknown
`;
const whole = ({ type = 'multipart/report; report-type=delivery-status;\n\tboundary="4D9F/mx.lakeside.test"', b = '4D9F/mx.lakeside.test', part = 'message/delivery-status', status = STATUS, head = '', tail = '' } = {}): string => crlf(`Return-Path: <>
From: MAILER-DAEMON@mx.lakeside.test (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: ${type}
${head}
This is a MIME-encapsulated message.

--${b}
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.lakeside.test. Action: delivered

--${b}
Content-Description: Delivery report
Content-Type: ${part}

${status}
--${b}
Content-Description: Undelivered Message
Content-Type: message/rfc822

Subject: Potassium result
Content-Type: message/delivery-status

Action: delivered
Status: 2.0.0

Maria Alvarez, MRN 4471902
--${b}--
${tail}`);

const ONE = [{ action: 'failed', status: '5.1.1', envelope: 'item_0190a000-0000-7000-8000-000000000001', reporter: 'mx.lakeside.test', recipient: 'tess.lane@lakeside.test', asked: 'tess.lane@lakeside.test' }];
const group = (fields: string): string => `Reporting-MTA: dns; a.test\n\n${fields}\n`;
const TABLE: readonly (readonly [what: string, text: string, expected: unknown])[] = [
  ['as Postfix writes it', whole(), ONE],
  ['line feeds alone', whole().replaceAll('\r', ''), ONE],
  ['a boundary without quotes', whole({ type: 'multipart/report; boundary=xyz; report-type=delivery-status', b: 'xyz' }), ONE],
  ['capitals', whole({ type: 'Multipart/Report; Report-Type="Delivery-Status"; Boundary="xyz"', b: 'xyz', part: 'MESSAGE/DELIVERY-STATUS' }), ONE],
  ['an internationalised one (RFC 6533)', whole({ part: 'message/global-delivery-status' }), ONE],
  ['delivered', whole({ status: group('Final-Recipient: rfc822; x@a.test\nAction: delivered\nStatus: 2.1.5') }), [{ action: 'delivered', status: '2.1.5' }]],
  ['words after action and status', whole({ status: group('Action: Delayed (will retry)\nStatus: 4.4.7 (timed out)') }), [{ action: 'delayed', status: '4.4.7' }]],
  ['two recipients', whole({ status: `${group('Action: relayed\nStatus: 2.0.0')}\n\nAction: failed\nStatus: 5.2.2\n` }), [{ action: 'relayed' }, { action: 'failed', status: '5.2.2' }]],
  ['blank lines before the groups', whole({ status: `\n\n${STATUS}` }), ONE],
  ['no closing delimiter', whole().slice(0, whole().indexOf('Undelivered Message')), ONE],
  ['cut in the status', whole().slice(0, whole().indexOf('Remote-MTA')), ONE],
  ['no report at all', crlf('From: a@b.test\nSubject: Out of office\n\nI am away.\n'), null],
  ['a report of another kind', whole({ type: 'multipart/report; report-type=disposition-notification; boundary="4D9F/mx.lakeside.test"' }), null],
  ['a multipart that is no report', whole({ type: 'multipart/mixed; boundary="4D9F/mx.lakeside.test"' }), null],
  ['no boundary', whole({ type: 'multipart/report; report-type=delivery-status' }), null],
  ['no status part', whole({ part: 'text/plain' }), null],
  ['a status part in base64', whole({ part: 'message/delivery-status\nContent-Transfer-Encoding: base64' }), null],
  ['an unknown action', whole({ status: group('Action: teleported\nStatus: 2.0.0') }), null],
  ['a status that is none', whole({ status: group('Action: failed\nStatus: 550') }), null],
  ['only about the message', whole({ status: 'Reporting-MTA: dns; a.test\n' }), null],
  ['a status part without end', whole({ status: group(`Action: failed\nStatus: 5.1.1\n${'X-Filler: y\n'.repeat(8000)}`) }), null],
  ['headers without end', whole({ head: 'X-Filler: y\n'.repeat(8000) }), null],
  ['nothing', '', null],
];

const ID = '0190a000-0000-7000-8000-000000000009@riverside.test';
const mdn = (fields: string, part = 'message/disposition-notification'): string => whole({ type: 'multipart/report; report-type=disposition-notification; boundary="4D9F/mx.lakeside.test"', part, status: fields });
const arf = (fields: string): string => whole({ type: 'multipart/report; report-type=feedback-report; boundary="4D9F/mx.lakeside.test"', part: 'message/feedback-report', status: fields });
const auto = (head: string): string => crlf(`From: dina@reports.test\n${head}\nContent-Type: text/plain\n\nMaria Alvarez, MRN 4471902: I am away.\n`);
const OTHERS: readonly (readonly [what: string, text: string, expected: unknown])[] = [
  ['a disposition (RFC 8098 §3.3)', mdn(`Reporting-UA: pc.a.test; Foomail 97.1\nOriginal-Recipient: rfc822;a@b.test\nFinal-Recipient: rfc822;c@b.test\nOriginal-Message-ID: <${ID}>\nDisposition: manual-action/MDN-sent-manually; displayed\n`), { kind: 'disposition', displayed: { disposition: 'displayed', byMachine: false, original: ID, recipient: 'c@b.test' } }],
  ['one a program gave by itself', mdn('Final-Recipient: rfc822;c@b.test\nDisposition: automatic-action/MDN-sent-automatically; displayed/error\n'), { kind: 'disposition', displayed: { disposition: 'displayed', byMachine: true, recipient: 'c@b.test' } }],
  ['deleted unread', mdn('Disposition: Manual-Action / MDN-Sent-Manually ;  Deleted\n'), { kind: 'disposition', displayed: { disposition: 'deleted', byMachine: false } }],
  ['a disposition that is none', mdn('Disposition: manual-action/MDN-sent-manually; adored\n'), null],
  ['a disposition in the wrong part', mdn('Disposition: manual-action/MDN-sent-manually; displayed\n', 'message/delivery-status'), null],
  ['a disposition in base64', mdn('Disposition: manual-action/MDN-sent-manually; displayed\n', 'message/disposition-notification\nContent-Transfer-Encoding: base64'), null],
  ['a complaint (RFC 5965 §5)', arf('Feedback-Type: abuse\nUser-Agent: SomeGenerator/1.0\nVersion: 1\nOriginal-Rcpt-To: <walt@oldpost.test>\nReceived-Date: Thu, 8 Mar 2005 14:00:00 EDT\n'), { kind: 'feedback', feedback: 'abuse', recipient: 'walt@oldpost.test' }],
  ['a complaint of a new kind', arf('Feedback-Type: boredom\nVersion: 1\n'), { kind: 'feedback', feedback: 'other' }],
  ['a complaint without version', arf('Feedback-Type: abuse\n'), null],
  ['an absence note (RFC 3834)', auto('Auto-Submitted: auto-replied (vacation)'), { kind: 'automatic', how: 'auto-replied' }],
  ['an absence note as Exchange sends it', auto('Auto-Submitted: auto-generated\nX-Auto-Response-Suppress: All'), { kind: 'automatic', how: 'auto-generated' }],
  ['an absence note of old', auto('Precedence: auto_reply'), { kind: 'automatic', how: 'auto-replied' }],
  ['a person', auto('Auto-Submitted: no'), null],
  ['a person who says nothing of it', auto('X-Mailer: x'), null],
  ['a report that is broken is no absence note', whole({ part: 'text/plain' }), null],
  ['a report of a kind unknown', whole({ type: 'multipart/report; report-type=constructor; boundary="4D9F/mx.lakeside.test"' }), null],
];

describe('reports', () => {
  test.each(OTHERS)('%s', async (_what, text, expected) => {
    const found = await notice(text);
    expect(found).toEqual(expected);
    expect(JSON.stringify(found)).not.toMatch(/Alvarez|4471902/);
  });

  test.each(TABLE)('%s', async (_what, text, expected) => {
    const found = await read(text);
    if (expected === null) expect(found).toBeNull();
    else expect(found).toMatchObject(expected as object[]);
    if (Array.isArray(expected)) expect(found).toHaveLength(expected.length);
  });

  test('a folded diagnostic is one line; control characters are gone', async () => {
    expect((await read(whole()))?.[0]?.diagnostic).toBe('smtp; 550 5.1.1 <tess.lane@lakeside.test>: Recipient address rejected: User unknown');
    expect((await read(whole({ status: group('Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; a\u0000\u001bb') })))?.[0]?.diagnostic).toBe('smtp; a b');
  });

  test('property: however it is cut on the way, the same is read, and nothing of the returned message', async () => {
    await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 400 }), async (size) => {
      const found = await read(whole(), size);
      expect(found).toMatchObject(ONE);
      expect(JSON.stringify(found)).not.toMatch(/Alvarez|4471902|delivered|Potassium/);
    }), { numRuns: 60 });
  });

  test('property: noise neither throws nor counts', async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 4000 }), fc.integer({ min: 1, max: 600 }), async (noise, at) => {
      const text = whole();
      expect(await readNotice(Readable.from([Buffer.from(noise)]))).toBeNull();
      await read(text.slice(0, at) + Buffer.from(noise).toString('latin1') + text.slice(at));
    }), { numRuns: 100 });
  });
});
