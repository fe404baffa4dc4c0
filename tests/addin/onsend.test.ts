/** The event bundle as it is built: parsed as the oldest runtime would, run without a window, and asked what Outlook asks. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { parse } from 'acorn';
import { beforeAll, describe, expect, it } from 'vitest';
import { DIST, buildAddin } from '../../addin/build.ts';
import { FakeMailbox, type Completed } from '../../lab/outlook/mailbox.ts';
import type { ItemStart } from '../../lab/outlook/item.ts';
import { REPLY } from './world.ts';

let source = '';
beforeAll(async () => {
  await buildAddin();
  source = readFileSync(join(DIST, 'onsend.js'), 'utf8');
});

const HANDLERS = ['onNewMessageComposeHandler', 'onMessageRecipientsChangedHandler', 'onMessageAttachmentsChangedHandler', 'onMessageSendHandler', 'onAppointmentSendHandler'];

/** Classic Outlook's engine as far as it is poor: no window, no timers, nothing but the language and `Office`. */
function run(mailbox: FakeMailbox, extra: object = {}) {
  const office = mailbox.office();
  runInContext(source, createContext({ Promise, Office: office, ...extra }));
  return office;
}

/** A watchdog stops what a busy machine has not judged in time: here it has a hundred times as long. */
const timers = { setTimeout: (run: () => void, ms: number) => setTimeout(run, ms * 100), clearTimeout };
const INSIDE: ItemStart = { ...REPLY, to: ['noor.haddad@riverside.test'] };
const HARMLESS: ItemStart = { subject: 'Lunch', html: '<p>Shall we meet at noon?</p>', to: ['sam.park@stmarys.test'] };

async function sends(start: ItemStart, { act, extra = timers, name = 'onMessageSendHandler' }: { act?: (mailbox: FakeMailbox) => void; extra?: object; name?: string } = {}): Promise<Completed> {
  const mailbox = new FakeMailbox();
  mailbox.create(start);
  act?.(mailbox);
  const said = await mailbox.fire(run(mailbox, extra), name);
  if (!said) throw new Error('Nothing was associated.');
  return said;
}

describe('the event bundle', () => {
  it('is ES2016 and small', () => {
    expect(() => parse(source, { ecmaVersion: 7, sourceType: 'script' })).not.toThrow();
    expect(gzipSync(source, { level: 9 }).length).toBeLessThanOrEqual(140 * 1024);
  });

  it.each(['document', 'localStorage', 'sessionStorage', 'indexedDB', 'fetch', 'XMLHttpRequest', 'WebSocket', 'DOMParser', 'URLSearchParams', 'location'])('never says %s', (word) => {
    // Not as part of a longer word of a dictionary, nor as a property.
    expect(new RegExp(`(?<![\\w$.'"-])${word}\\s*[.(\\[]`).test(source)).toBe(false);
  });

  it('imports nothing while it runs', () => expect(/\bimport\s*\(|\brequire\s*\(/.test(source)).toBe(false));

  it('registers every handler, with nothing but Promise and Office', async () => {
    const mailbox = new FakeMailbox();
    mailbox.create(HARMLESS);
    const office = run(mailbox);
    for (const name of HANDLERS) expect(await mailbox.fire(office, name)).not.toBeNull();
  });

  it('registers before it decodes a dictionary', async () => {
    const mailbox = new FakeMailbox();
    mailbox.create(REPLY);
    const office = mailbox.office();
    const context = createContext({ Promise, Office: office });
    // Decoding reads the packed words character by character: count that.
    runInContext('var reads = 0; { const read = String.prototype.charCodeAt; String.prototype.charCodeAt = function (i) { reads += 1; return read.call(this, i); }; }', context);
    runInContext(source, context);
    expect(runInContext('reads', context)).toBeLessThan(5_000);
    await mailbox.fire(office, 'onMessageSendHandler');
    expect(runInContext('reads', context)).toBeGreaterThan(50_000);
  });
});

describe('Outlook\'s own Send', () => {
  it('patient information to someone outside stops, with the button that opens Send Secure and kinds only', async () => {
    const said = await sends(REPLY);
    expect(said).toMatchObject({ allowEvent: false, cancelLabel: 'Send Secure', commandId: 'msgComposeOpenPane' });
    const context = JSON.parse(said.contextData ?? '') as { v: number; reason: string; kinds: string[] };
    expect(context).toMatchObject({ v: 1, reason: 'phi' });
    expect(context.kinds).toContain('MRN');
    expect(JSON.stringify(said)).not.toMatch(/Alvarez|00482913|04\/12/);
    expect(said.errorMessage?.length).toBeLessThanOrEqual(500);
  });

  it.each<[string, ItemStart, boolean]>([
    ['nothing about a patient goes', HARMLESS, true],
    ['a colleague gets it', INSIDE, true],
    ['a colleague in a subdomain gets it', { ...REPLY, to: ['x@ward.riverside.test'] }, true],
    ['one outsider in Bcc is enough', { ...INSIDE, bcc: ['sam.park@stmarys.test'] }, false],
    ['a contact list counts as outside', { ...INSIDE, cc: [{ name: 'Ward 7', address: '' }] }, false],
    ['a domain that only ends alike is outside', { ...REPLY, to: ['x@notriverside.test'] }, false],
    ['the subject alone', { ...HARMLESS, subject: 'Maria Alvarez MRN 00482913 diabetes results' }, false],
    ['quoted history', { ...HARMLESS, html: `<p>See below.</p><div id="appendonsend"></div>${REPLY.html}` }, false],
  ])('%s', async (_, start, allowed) => expect((await sends(start)).allowEvent).toBe(allowed));

  it('knows our other domains once the pane has told it', async () => {
    expect((await sends({ ...REPLY, to: ['x@lakeshore.test'] }, { act: (m) => m.roaming.set('ownDomains', ['riverside.test', 'lakeshore.test']) })).allowEvent).toBe(true);
  });

  it('a draft that was handed over does not go a second time', async () => {
    const said = await sends({ ...HARMLESS, headers: { 'x-send-secure-id': 'ho_11111111-2222-4333-8444-555555555555', 'x-send-secure-state': '2026-11-21T10:02:00Z' } });
    expect(said).toMatchObject({ allowEvent: false, commandId: 'msgComposeOpenPane' });
    expect(JSON.parse(said.contextData ?? '')).toEqual({ v: 1, reason: 'sent', kinds: [] });
  });

  it('a draft that was only begun is judged like any other', async () => {
    expect((await sends({ ...HARMLESS, headers: { 'x-send-secure-id': 'ho_11111111-2222-4333-8444-555555555555' } })).allowEvent).toBe(true);
  });

  it.each<[string, Parameters<FakeMailbox['fault']>[1]]>([['fails', { kind: 'error', code: 9020 }], ['throws', { kind: 'throws' }]])('a body whose reading %s stops it, with a plain reason', async (_, fault) => {
    const said = await sends(HARMLESS, { act: (m) => m.fault('item.body.getAsync', fault) });
    expect(said.allowEvent).toBe(false);
    expect(said.errorMessage).toContain('could not check');
  });

  it('a call that never comes back is answered by the watchdog', async () => {
    // Its clock runs a hundred times faster.
    const hurried = { setTimeout: (run: () => void, ms: number) => setTimeout(run, ms / 100), clearTimeout };
    const said = await sends(HARMLESS, { act: (m) => m.fault('item.body.getAsync', { kind: 'silent' }), extra: hurried });
    expect(said.allowEvent).toBe(false);
  });

  it('answers once', async () => {
    const mailbox = new FakeMailbox();
    mailbox.create(HARMLESS);
    let times = 0;
    const actions = new Map<string, (event: unknown) => void>();
    const office = { ...mailbox.office(), actions: { associate: (name: string, handler: (event: unknown) => void) => actions.set(name, handler) } };
    runInContext(source, createContext({ Promise, Office: office, setTimeout: (run: () => void) => setTimeout(run, 0), clearTimeout }));
    actions.get('onMessageSendHandler')?.({ completed: () => { times += 1; } });
    await new Promise((resolve) => { setTimeout(resolve, 100); });
    expect(times).toBe(1);
  });
});

describe('invitations', () => {
  const meeting: ItemStart = { ...REPLY, kind: 'appointment', attachments: [] };
  it('with patient information to someone outside do not go, and say why', async () => {
    const said = await sends(meeting, { name: 'onAppointmentSendHandler' });
    expect(said.allowEvent).toBe(false);
    expect(said.errorMessage).toContain('Invitations cannot be protected');
    expect(said.commandId).toBeUndefined();
  });
  it('without go', async () => expect((await sends({ ...HARMLESS, kind: 'appointment' }, { name: 'onAppointmentSendHandler' })).allowEvent).toBe(true));
});

describe('while a draft is written', () => {
  it.each(HANDLERS.slice(0, 3))('%s shows one line, and takes it back', async (name) => {
    const mailbox = new FakeMailbox();
    const item = mailbox.create(REPLY);
    const office = run(mailbox, timers);
    await mailbox.fire(office, name);
    expect([...item.notifications.values()]).toEqual([expect.objectContaining({ type: 'insightMessage', message: 'Patient information and an outside recipient: send it with Send Secure.' })]);
    mailbox.setRecipients(item, 'to', ['noor.haddad@riverside.test']);
    await mailbox.fire(office, name);
    expect(item.notifications.size).toBe(0);
    expect(item).toMatchObject({ html: REPLY.html, subject: REPLY.subject });
  });
});
