import { describe, expect, it } from 'vitest';
import { FakeMailbox } from '../../../lab/outlook/mailbox.ts';
import type { ItemStart } from '../../../lab/outlook/item.ts';
import { openOutlook, type DraftItem, type Reading } from '../../../addin/outlook/outlook.ts';
import { isRefused } from '../../../addin/refusal.ts';
import { until } from '../../until.ts';

const START: ItemStart = { subject: 'Labs', html: '<p>Hello</p>', to: [{ name: 'Sam Park', address: 'sam.park@stmarys.test' }], attachments: [{ name: 'a.pdf', content: 'YQ==' }] };
const ID = 'ho_11111111-2222-4333-8444-555555555555';
const NOTICE = { subject: 'Sent securely', html: '<p>Receipt</p>' };

function open(start: ItemStart = START, settings = {}) {
  const mailbox = new FakeMailbox(settings);
  const item = mailbox.create(start);
  const outlook = openOutlook(mailbox.office());
  const draft = outlook.shown() as DraftItem;
  return { mailbox, item, outlook, draft };
}

describe('reading', () => {
  it('brings the whole draft', async () => {
    const { draft } = open({ ...START, cc: ['tess.lane@lakeside.test'], bcc: ['rosa.delgado@brightmail.test'], inReplyTo: '<p@x.test>', attachments: [{ name: 'pic.png', content: 'YQ==', inline: true, contentId: '<pic.png@1>' }] });
    expect(await draft.read()).toEqual({
      from: { address: 'ana.ruiz@riverside.test', name: 'Dr. Ana Ruiz' },
      recipients: [{ role: 'to', address: 'sam.park@stmarys.test', name: 'Sam Park' }, { role: 'cc', address: 'tess.lane@lakeside.test' }, { role: 'bcc', address: 'rosa.delgado@brightmail.test' }],
      unresolved: 0, subject: 'Labs', html: '<p>Hello</p>', inReplyTo: '<p@x.test>', references: ['<p@x.test>'],
      files: [{ id: expect.any(String), filename: 'pic.png', size: 1, kind: 'file', inline: true, contentId: 'pic.png@1' }],
    });
  });

  it('names once whoever is named twice: the first place counts', async () => {
    const { draft } = open({ ...START, to: ['tess.lane@lakeside.test'], cc: ['Tess.Lane@Lakeside.test', 'sam.park@stmarys.test'], bcc: ['sam.park@stmarys.test'] });
    expect((await draft.read() as Reading).recipients).toEqual([{ role: 'to', address: 'tess.lane@lakeside.test' }, { role: 'cc', address: 'sam.park@stmarys.test' }]);
  });

  it.each<[string, string | undefined, readonly string[]]>([
    ['none known', undefined, ['<p@x.test>']],
    ['the parent\'s, as Outlook wrote them', '<first@x.test>\r\n <second@x.test> <p@x.test>', ['<first@x.test>', '<second@x.test>', '<p@x.test>']],
    ['the parent\'s alone', '<first@x.test>', ['<first@x.test>', '<p@x.test>']],
    ['no ids at all', 'first> <a b> <>\r\nBcc: eve@x.test', ['<p@x.test>']],
    ['a very long thread', Array.from({ length: 300 }, (_, i) => `<m${i}@x.test>`).join(' '), ['<m0@x.test>', ...Array.from({ length: 48 }, (_, i) => `<m${i + 252}@x.test>`), '<p@x.test>']],
  ])('a reply carries its parent\'s References and the parent: %s', async (_what, references, expected) => {
    const { draft } = open({ ...START, inReplyTo: '<p@x.test>', ...(references === undefined ? {} : { headers: { references } }) });
    expect(await draft.read()).toMatchObject({ inReplyTo: '<p@x.test>', references: expected });
  });

  it('takes control characters out of what becomes a header', async () => {
    const { draft } = open({ subject: 'Labs\r\nBcc: eve@x.test', to: [{ name: 'Sam\nPark', address: 'sam.park@stmarys.test' }], attachments: [{ name: 'a\r\nb.pdf', content: 'YQ==' }] });
    expect(await draft.read()).toMatchObject({ subject: 'Labs Bcc: eve@x.test', recipients: [{ name: 'Sam Park' }], files: [{ filename: 'a b.pdf' }] });
  });

  it('counts what has no address', async () => {
    const { draft } = open({ ...START, cc: [{ name: 'Ward 7', address: '' }] });
    expect(await draft.read()).toMatchObject({ unresolved: 1 });
  });

  it.each<[string, Parameters<FakeMailbox['fault']>[1], string]>([
    ['an error', { kind: 'error', code: 9020 }, 'outlook-failed'], ['a file still attaching', { kind: 'error', code: 5001 }, 'outlook-busy'],
    ['an item that changed', { kind: 'error', code: 9030 }, 'item-gone'], ['a proxy that throws', { kind: 'throws' }, 'outlook-failed'],
  ])('%s is a refusal with a code', async (_, fault, code) => {
    const { mailbox, draft } = open();
    mailbox.fault('item.body.getAsync', fault);
    expect(await draft.read()).toEqual({ kind: 'refused', code });
  });

  it.each<[string, ItemStart['attachments'], string]>([
    ['a cloud link', [{ name: 'x.docx', content: 'https://x.test/x.docx', format: 'url' }], 'attachment-cloud'],
    ['a size without content', [{ name: 'x.pdf', content: '', size: 900 }], 'attachment-empty'],
  ])('%s has no bytes and says so', async (_, attachments, code) => {
    const { draft } = open({ ...START, attachments: attachments ?? [] });
    const reading = await draft.read();
    if (isRefused(reading) || !reading.files[0]) throw new Error('Unread.');
    expect(await draft.file(reading.files[0])).toEqual({ kind: 'refused', code });
  });

  it.each<[string, 'eml' | 'iCalendar', string]>([['an attached mail', 'eml', 'message/rfc822'], ['an attached invitation', 'iCalendar', 'text/calendar']])('%s comes as text', async (_, format, contentType) => {
    const { draft } = open({ ...START, attachments: [{ name: 'x', content: 'Subject: x', format }] });
    const reading = await draft.read();
    if (isRefused(reading) || !reading.files[0]) throw new Error('Unread.');
    expect(await draft.file(reading.files[0])).toEqual({ contentType, encoding: 'text', content: 'Subject: x' });
  });

  it('an empty file is an empty file', async () => {
    const { draft } = open({ ...START, attachments: [{ name: 'x.txt', content: '', size: 0 }] });
    const reading = await draft.read();
    if (isRefused(reading) || !reading.files[0]) throw new Error('Unread.');
    expect(await draft.file(reading.files[0])).toMatchObject({ content: '' });
  });
});

describe('the mark', () => {
  it('is read back in this window, and from a copy as not from here', async () => {
    const { mailbox, item, draft } = open();
    expect(await draft.stamped()).toBeNull();
    await draft.stamp(ID);
    await draft.save();
    expect(await draft.stamped()).toEqual({ id: ID, here: true });
    const copy = mailbox.copy(item);
    mailbox.open(copy);
    expect(await (openOutlook(mailbox.office()).shown() as DraftItem).stamped()).toEqual({ id: ID, here: false });
  });

  it.each(['item.sessionData.setAsync', 'item.internetHeaders.setAsync', 'item.loadCustomPropertiesAsync'])('survives without %s', async (call) => {
    const { mailbox, draft } = open();
    mailbox.fault(call, { kind: 'error', code: 9020 });
    expect(await draft.stamp(ID, '2026-11-21T10:02:00Z')).toBeNull();
    expect(await draft.stamped()).toMatchObject({ id: ID, committed: '2026-11-21T10:02:00Z' });
  });

  it('that could be written nowhere is a refusal', async () => {
    const { mailbox, draft } = open();
    for (const call of ['item.sessionData.setAsync', 'item.internetHeaders.setAsync', 'item.internetHeaders.removeAsync', 'item.loadCustomPropertiesAsync']) mailbox.fault(call, { kind: 'error', code: 9020 });
    expect(isRefused(await draft.stamp(ID))).toBe(true);
  });

  it('a forged one is none', async () => {
    const { draft } = open({ ...START, headers: { 'x-send-secure-id': 'ho_x"><script>' } });
    expect(await draft.stamped()).toBeNull();
  });
});

describe('clearing', () => {
  it('refuses an item that does not bear this id', async () => {
    const { item, draft } = open();
    expect(await draft.scrub(ID, NOTICE)).toEqual({ kind: 'refused', code: 'stamp-other' });
    await draft.stamp('ho_99999999-2222-4333-8444-555555555555');
    expect(await draft.scrub(ID, NOTICE)).toEqual({ kind: 'refused', code: 'stamp-other' });
    expect(item).toMatchObject({ subject: 'Labs', html: '<p>Hello</p>' });
  });

  it('says when an attachment stays', async () => {
    const { mailbox, draft } = open();
    await draft.stamp(ID);
    mailbox.fault('item.removeAttachmentAsync', { kind: 'error', code: 9020 });
    expect(await draft.scrub(ID, NOTICE)).toEqual({ kind: 'refused', code: 'attachment-left' });
  });

  it('never touches another item once the window has moved on', async () => {
    const { mailbox, item, draft } = open();
    await draft.stamp(ID);
    const other = mailbox.create({ subject: 'Lunch', html: '<p>Noon?</p>' });
    mailbox.open(other);
    await until('the window to move on', () => !draft.here());
    for (const answer of [await draft.scrub(ID, NOTICE), await draft.close(), await draft.save(), await draft.read(), await draft.stamp(ID)]) expect(answer).toEqual({ kind: 'refused', code: 'item-gone' });
    expect([item.html, other.html]).toEqual(['<p>Hello</p>', '<p>Noon?</p>']);
  });
});

describe('restoring', () => {
  const message = { subject: 'Labs', html: '<p>Again</p>', to: [{ address: 'sam.park@stmarys.test', name: 'Sam Park' }], cc: [], bcc: [], files: [{ filename: 'a.pdf', base64: 'YQ==', inline: false }] };

  it('fills an empty window, attachments included', async () => {
    const { item, draft } = open({});
    expect(await draft.restore(message, null)).toBeNull();
    expect(item).toMatchObject({ subject: 'Labs', html: '<p>Again</p>', to: [{ address: 'sam.park@stmarys.test' }], attachments: [{ name: 'a.pdf', content: 'YQ==' }] });
  });

  it('fills a window that was cleared', async () => {
    const { item, draft } = open();
    await draft.stamp(ID);
    await draft.scrub(ID, NOTICE);
    expect(await draft.restore(message, NOTICE)).toBeNull();
    expect(item.html).toBe('<p>Again</p>');
  });

  it('never over something', async () => {
    const { item, draft } = open();
    expect(await draft.restore(message, NOTICE)).toEqual({ kind: 'refused', code: 'draft-not-empty' });
    expect(item.html).toBe('<p>Hello</p>');
  });
});

describe('the window', () => {
  it('shows nothing, something to read, or a draft', () => {
    const mailbox = new FakeMailbox();
    expect(openOutlook(mailbox.office()).shown()).toBeNull();
    mailbox.create({ mode: 'read', subject: 'x' });
    expect(openOutlook(mailbox.office()).shown()).toBe('read');
    expect(open().outlook.shown()).toHaveProperty('close');
  });

  it('remembers our domains for the event handler', async () => {
    const { mailbox, outlook } = open();
    expect(await outlook.remember(['riverside.test'])).toBeNull();
    expect(mailbox.roaming.get('ownDomains')).toEqual(['riverside.test']);
  });

  it('closes by discarding, only where it can', async () => {
    const able = open();
    expect(await able.draft.close()).toBeNull();
    expect(able.item.closed).toBe(true);
    const old = open(START, { mailboxSet: '1.13' });
    expect(await old.draft.close()).toEqual({ kind: 'refused', code: 'close-unsupported' });
  });
});
