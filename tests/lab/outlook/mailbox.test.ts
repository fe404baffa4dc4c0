/** The pretend mailbox behaves as Outlook's API does, and its faults strike where they are told to. */
import { describe, expect, test, vi } from 'vitest';
import { FakeMailbox, type Change } from '../../../lab/outlook/mailbox.ts';
import type { Item } from '../../../lab/outlook/item.ts';

type Result = Office.AsyncResult<unknown>;
const ask = (call: (then: (result: Result) => void) => void): Promise<Result> => new Promise((resolve) => call(resolve));

function open(start: Parameters<FakeMailbox['create']>[0] = {}): { mailbox: FakeMailbox; item: Item; office: typeof Office; compose: Office.MessageCompose } {
  const mailbox = new FakeMailbox();
  const item = mailbox.create({ subject: 'Labs', html: '<p>Dear Sam,</p><p>A &amp; B</p>', to: ['sam.park@stmarys.test'], ...start });
  const office = mailbox.office(item);
  return { mailbox, item, office, compose: office.context.mailbox.item as unknown as Office.MessageCompose };
}

describe('a call', () => {
  test('answers after it returned, never before', async () => {
    const { compose } = open();
    const order: string[] = [];
    const done = ask((then) => compose.subject.getAsync((r) => { order.push('answer'); then(r); }));
    order.push('returned');
    expect((await done).value).toBe('Labs');
    expect(order).toEqual(['returned', 'answer']);
  });

  test('takes options before the callback and gives asyncContext back', async () => {
    const { compose } = open();
    const result = await ask((then) => compose.subject.getAsync({ asyncContext: 7 }, then));
    expect(result.asyncContext).toBe(7);
  });

  test.each([
    ['item.subject.getAsync', (c: Office.MessageCompose, then: (r: Result) => void) => c.subject.getAsync(then)],
    ['item.body.getAsync', (c: Office.MessageCompose, then: (r: Result) => void) => c.body.getAsync('html' as Office.CoercionType, then)],
    ['item.to.getAsync', (c: Office.MessageCompose, then: (r: Result) => void) => c.to.getAsync(then)],
    ['item.saveAsync', (c: Office.MessageCompose, then: (r: Result) => void) => c.saveAsync(then)],
    ['item.getAttachmentsAsync', (c: Office.MessageCompose, then: (r: Result) => void) => c.getAttachmentsAsync(then)],
  ])('%s fails once with 9020 when told to, then works', async (name, call) => {
    const { mailbox, compose } = open();
    mailbox.fault(name, { kind: 'error', code: 9020 }, 1);
    const first = await ask((then) => call(compose, then));
    expect([first.status, first.error.code]).toEqual(['failed', 9020]);
    expect((await ask((then) => call(compose, then))).status).toBe('succeeded');
  });

  test('a silent fault never calls back; a delay does, later', async () => {
    vi.useFakeTimers();
    try {
      const { mailbox, compose } = open();
      const heard: string[] = [];
      mailbox.fault('item.subject.getAsync', { kind: 'silent' }, 1);
      compose.subject.getAsync(() => heard.push('silent'));
      mailbox.fault('item.to.getAsync', { kind: 'delay', ms: 500 }, 1);
      compose.to.getAsync(() => heard.push('late'));
      await vi.advanceTimersByTimeAsync(499);
      expect(heard).toEqual([]);
      await vi.advanceTimersByTimeAsync(10_000);
      expect(heard).toEqual(['late']);
    } finally {
      vi.useRealTimers();
    }
  });

  test('a throwing fault throws in the caller', () => {
    const { mailbox, compose } = open();
    mailbox.fault('item.subject.getAsync', { kind: 'throws' }, 1);
    expect(() => compose.subject.getAsync(() => {})).toThrow(TypeError);
  });
});

describe('content', () => {
  test('html and text of the body; a stale read gives the body before the last change', async () => {
    const { mailbox, item, compose } = open();
    expect((await ask((then) => compose.body.getAsync('text' as Office.CoercionType, then))).value).toBe('Dear Sam,\nA & B');
    mailbox.write(item, { html: '<p>new</p>' });
    mailbox.fault('item.body.getAsync', { kind: 'stale' }, 1);
    expect((await ask((then) => compose.body.getAsync('html' as Office.CoercionType, then))).value).toContain('Dear Sam');
    expect((await ask((then) => compose.body.getAsync('html' as Office.CoercionType, then))).value).toBe('<p>new</p>');
  });

  test('unresolved recipients are not returned, contact lists come with an empty address', async () => {
    const { compose } = open({ to: [{ address: 'sam.park@stmarys.test', name: 'Sam Park' }, { address: 'sma', resolved: false }, { name: 'All nurses', address: '' }] });
    const got = (await ask((then) => compose.to.getAsync(then))).value as Office.EmailAddressDetails[];
    expect(got.map((p) => [p.displayName, p.emailAddress])).toEqual([['Sam Park', 'sam.park@stmarys.test'], ['All nurses', '']]);
  });

  test('attachments: bytes, an empty success, a cloud link without bytes', async () => {
    const { mailbox, compose } = open({ attachments: [{ name: 'a.txt', content: btoa('hello') }, { name: 'b.docx', content: 'https://cloud.test/b.docx', format: 'url' }] });
    const list = (await ask((then) => compose.getAttachmentsAsync(then))).value as Office.AttachmentDetailsCompose[];
    expect(list.map((a) => [a.name, a.attachmentType, a.size])).toEqual([['a.txt', 'file', 5], ['b.docx', 'cloud', 25]]);
    const [file, cloud] = list.map((a) => a.id);
    expect((await ask((then) => compose.getAttachmentContentAsync(file ?? '', then))).value).toEqual({ content: btoa('hello'), format: 'base64' });
    expect((await ask((then) => compose.getAttachmentContentAsync(cloud ?? '', then))).value).toEqual({ content: 'https://cloud.test/b.docx', format: 'url' });
    mailbox.fault('item.getAttachmentContentAsync', { kind: 'empty' }, 1);
    expect((await ask((then) => compose.getAttachmentContentAsync(file ?? '', then))).value).toEqual({ content: '', format: 'base64' });
    expect((await ask((then) => compose.removeAttachmentAsync('nothing', then))).error.code).toBe(9008);
  });

  test('headers are seen by another surface only after the item is saved', async () => {
    const { mailbox, item, compose } = open();
    const other = mailbox.office(item).context.mailbox.item as unknown as Office.MessageCompose;
    await ask((then) => compose.internetHeaders.setAsync({ 'X-Send-Secure-Id': 'ho_1' }, then));
    expect(item.headers.size).toBe(0);
    await ask((then) => compose.saveAsync(then));
    expect((await ask((then) => other.internetHeaders.getAsync(['x-send-secure-id'], then))).value).toEqual({ 'x-send-secure-id': 'ho_1' });
  });

  test('session data and custom properties: a copied draft keeps the stamp, loses the session', async () => {
    const { mailbox, item, compose } = open();
    await ask((then) => compose.sessionData.setAsync('id', 'ho_1', then));
    const properties = (await ask((then) => compose.loadCustomPropertiesAsync(then as never))).value as Office.CustomProperties;
    properties.set('id', 'ho_1');
    expect(item.custom).toEqual({});
    await ask((then) => properties.saveAsync(then));
    await ask((then) => compose.saveAsync(then));
    const twin = mailbox.copy(item);
    expect([twin.custom, twin.session.size, twin.itemId === item.itemId]).toEqual([{ id: 'ho_1' }, 0, false]);
    const again = mailbox.office(twin).context.mailbox.item as unknown as Office.MessageCompose;
    expect((await ask((then) => again.sessionData.getAsync('id', then))).status).toBe('failed');
  });

  test('at most five notifications', async () => {
    const { compose } = open();
    const message = { type: 'informationalMessage', message: 'x', icon: 'i', persistent: false } as unknown as Office.NotificationMessageDetails;
    for (const key of ['a', 'b', 'c', 'd', 'e']) expect((await ask((then) => compose.notificationMessages.addAsync(key, message, then))).status).toBe('succeeded');
    expect((await ask((then) => compose.notificationMessages.addAsync('f', message, then))).error.code).toBe(9025);
  });
});

describe('life of an item', () => {
  test('saved, then discarded: lies in Deleted Items, and its proxies fail', async () => {
    const { item, office, compose } = open();
    expect((await ask((then) => compose.getItemIdAsync(then))).status).toBe('failed');
    await ask((then) => compose.saveAsync(then));
    expect([item.folder, item.itemId]).toEqual(['drafts', `AAMk${item.key}`]);
    await ask((then) => compose.closeAsync({ discardItem: true }, then));
    expect([item.folder, item.closed]).toEqual(['deleted', true]);
    expect(office.context.mailbox.item).toBeNull();
    expect((await ask((then) => compose.subject.getAsync(then))).error.code).toBe(9030);
  });

  test('a dropped surface hears nothing more: the callback of closeAsync never runs', async () => {
    const { mailbox, office, compose } = open();
    const heard: unknown[] = [];
    mailbox.watch((change: Change) => { if (change.kind === 'item' && change.what === 'closed') mailbox.drop(office); });
    compose.closeAsync((r) => heard.push(r));
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(heard).toEqual([]);
  });

  test('a pinned surface follows the current item and is told; the old proxy fails with 9030', async () => {
    const mailbox = new FakeMailbox();
    const first = mailbox.create({ subject: 'first' });
    const second = mailbox.create({ subject: 'second' });
    const office = mailbox.office();
    const old = office.context.mailbox.item as unknown as Office.MessageCompose;
    const told = new Promise((resolve) => office.context.mailbox.addHandlerAsync(office.EventType.ItemChanged, resolve));
    expect(mailbox.current).toBe(first);
    mailbox.open(second);
    await told;
    expect((await ask((then) => old.subject.getAsync(then))).error.code).toBe(9030);
    expect((await ask((then) => (office.context.mailbox.item as unknown as Office.MessageCompose).subject.getAsync(then))).value).toBe('second');
  });

  test('changes by the author raise events on that item only', async () => {
    const { mailbox, item, office, compose } = open();
    const other = mailbox.create();
    const seen: unknown[] = [];
    await ask((then) => compose.addHandlerAsync(office.EventType.RecipientsChanged, (e: Office.RecipientsChangedEventArgs) => seen.push(e.changedRecipientFields.cc), then));
    mailbox.setRecipients(other, 'cc', ['x@y.test']);
    mailbox.setRecipients(item, 'cc', ['x@y.test']);
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(seen).toEqual([true]);
    await ask((then) => compose.removeHandlerAsync(office.EventType.RecipientsChanged, then));
    mailbox.setRecipients(item, 'cc', []);
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(seen).toEqual([true]);
  });
});

describe('the office of a surface', () => {
  test('launch events reach what was associated, and bring back what it said', async () => {
    const { mailbox, office } = open();
    expect(await mailbox.fire(office, 'onMessageSendHandler')).toBeNull();
    office.actions.associate('onMessageSendHandler', (event: Office.MailboxEvent) => event.completed({ allowEvent: false, errorMessage: 'no' }));
    expect(await mailbox.fire(office, 'onMessageSendHandler')).toEqual({ allowEvent: false, errorMessage: 'no' });
  });

  test.each([['Mailbox', '1.8', true], ['Mailbox', '1.14', true], ['Mailbox', '1.15', false], ['NestedAppAuth', '1.1', true], ['ExcelApi', '1.1', false]])('isSetSupported(%s, %s) is %s', (name, version, expected) => {
    const { office } = open();
    expect(office.context.requirements.isSetSupported(name, version)).toBe(expected);
  });

  test('displayNewMessageForm makes a draft and tells the window', () => {
    const { mailbox, office } = open();
    const changes: Change[] = [];
    mailbox.watch((c) => changes.push(c));
    office.context.mailbox.displayNewMessageForm({ toRecipients: ['a@b.test'], subject: 'Again', htmlBody: '<p>x</p>', attachments: [{ type: 'base64', name: 'f.txt', base64file: btoa('f') } as never] });
    const form = changes.find((c) => c.kind === 'form');
    expect(form?.kind === 'form' && [form.item.to[0]?.address, form.item.subject, form.item.html, form.item.attachments[0]?.content]).toEqual(['a@b.test', 'Again', '<p>x</p>', btoa('f')]);
  });

  test('an invitation has attendees, an organizer and times; a message that came has values', async () => {
    const mailbox = new FakeMailbox();
    const meeting = mailbox.office(mailbox.create({ kind: 'appointment', subject: 'Case', to: ['tess.lane@lakeside.test'], start: 0, end: 60_000 })).context.mailbox.item as unknown as Office.AppointmentCompose;
    expect(((await ask((then) => meeting.requiredAttendees.getAsync(then))).value as Office.EmailAddressDetails[])[0]?.emailAddress).toBe('tess.lane@lakeside.test');
    expect((await ask((then) => meeting.end.getAsync(then))).value).toEqual(new Date(60_000));
    const came = mailbox.office(mailbox.create({ mode: 'read', subject: 'Re: Receipt', rawHeaders: 'X-Send-Secure-Id: msg_1\r\n' })).context.mailbox.item as unknown as Office.MessageRead;
    expect([came.subject, came.normalizedSubject]).toEqual(['Re: Receipt', 'Receipt']);
    expect((await ask((then) => came.getAllInternetHeadersAsync(then))).value).toContain('msg_1');
  });
});
