import { describe, expect, it } from 'vitest';
import { draftOf, tidyDraft, validateDraft } from '../../../service/handoff/validate.ts';

const tidied = (filename: string, contentType = 'text/plain') => tidyDraft({
  from: { address: 'ana.ruiz@riverside.test' }, recipients: [], subject: '', attachments: [{ filename, contentType, size: 1, sha256: '0'.repeat(64) }],
}).attachments[0];

describe('an attachment, as it is written into headers', () => {
  it.each([
    ['../../etc/passwd', '__.._etc_passwd'], ['C:\\temp\\a.exe', 'C:_temp_a.exe'], ['..', '_'], ['scan\u202egnp.exe', 'scan_gnp.exe'], ['Re: A/B.eml', 'Re: A_B.eml'], ['r\u00e9sum\u00e9.pdf', 'r\u00e9sum\u00e9.pdf'],
  ])('%s has a name and no path', (given, name) => expect(tidied(given)?.filename).toBe(name));

  it.each([
    ['text/plain; charset=utf-8', 'text/plain'], ['Image/PNG', 'image/png'], ['', 'application/octet-stream'], ['no type', 'application/octet-stream'], ['a/b\r\nX: y', 'application/octet-stream'],
  ])('%s keeps its type without parameters', (given, type) => expect(tidied('a', given)?.contentType).toBe(type));
});

describe('a domain has one spelling', () => {
  const ana = { id: 'ana', name: 'Ana Ruiz', addresses: ['ana.ruiz@riverside.test'], roles: [], groups: [], shared: [], session: '', proof: { at: null, contexts: [] } };
  const judged = (address: string) => validateDraft({ from: { address: 'ana.ruiz@riverside.test' }, recipients: [{ address, role: 'to' }], subject: '', attachments: [] }, ana);
  it.each(['x@b\u00fccher.test', 'x@B\u00dcCHER.test', 'x@riversid\uff45.test'])('%s is refused, and told where', (address) => expect(judged(address)).toMatchObject({ code: 'bad-address', pointer: '/recipients/0/address' }));
  it('its A-label is taken', () => expect(judged('x@xn--bcher-kva.test')).toBeNull());
});

describe('a draft', () => {
  const ana = { id: 'ana', name: 'Ana Ruiz', addresses: ['ana.ruiz@riverside.test'], roles: [], groups: [], shared: [], session: '', proof: { at: null, contexts: [] } };
  const file = { filename: 'result.pdf', contentType: 'application/pdf', size: 1, sha256: '0'.repeat(64) };
  const judged = (more: object) => validateDraft({ from: { address: 'ana.ruiz@riverside.test' }, recipients: [{ address: 'tess.lane@lakeside.test', role: 'to' }], subject: 'Result', attachments: [], ...more }, ana);
  it.each([
    [{ attachments: [{ ...file, contentId: 'logo@1' }], inReplyTo: '<a@b.test>', references: ['<a@b.test>'] }, null],
    [{ attachments: [file, { ...file, filename: '' }] }, ['bad-header', '/attachments/1/filename']], [{ attachments: [{ ...file, filename: 'a\nb' }] }, ['bad-header', '/attachments/0/filename']],
    [{ attachments: [{ ...file, contentType: 'a/b\r\nX: y' }] }, ['bad-header', '/attachments/0/contentType']], [{ attachments: [{ ...file, contentId: 'a b' }] }, ['bad-header', '/attachments/0/contentId']],
    [{ attachments: [{ ...file, size: 20 * 1024 ** 2 }, { ...file, size: 16 * 1024 ** 2 }] }, ['too-large', '/attachments']],
    [{ recipients: [] }, ['no-recipients', '/recipients']], [{ subject: 'a\r\nBcc: x@y.test' }, ['bad-header', '/subject']],
    [{ inReplyTo: 'none' }, ['bad-header', '/inReplyTo']], [{ references: ['<a@b.test>', 'none'] }, ['bad-header', '/references/1']],
  ] as const)('%j: %j', (more, expected) => expect(judged(more)).toEqual(expected === null ? null : expect.objectContaining({ code: expected[0], pointer: expected[1] })));
});

it('a whole message becomes the draft that it says: everybody in their role, files with their content', () => {
  const made = draftOf({
    from: { address: 'ana.ruiz@riverside.test', name: 'Ana' }, to: [{ address: 'a@x.test' }], cc: [{ address: 'b@x.test', name: 'Bo' }], bcc: [{ address: 'c@x.test' }], subject: 'Scan', html: '<img src="cid:logo">', references: ['<a@b.test>'], inReplyTo: '<a@b.test>',
    attachments: [{ filename: 'logo.png', contentType: 'image/png', content: 'AQID', contentId: 'logo' }, { filename: 'b.txt', contentType: 'text/plain', content: '' }],
  });
  expect(made).toMatchObject({
    kind: 'draft', contents: [Buffer.from([1, 2, 3]), Buffer.alloc(0)],
    draft: {
      from: { address: 'ana.ruiz@riverside.test', name: 'Ana' }, subject: 'Scan', html: '<img src="cid:logo">', references: ['<a@b.test>'], inReplyTo: '<a@b.test>',
      recipients: [{ address: 'a@x.test', role: 'to' }, { address: 'b@x.test', role: 'cc', name: 'Bo' }, { address: 'c@x.test', role: 'bcc' }],
      attachments: [{ filename: 'logo.png', contentType: 'image/png', size: 3, contentId: 'logo' }, { filename: 'b.txt', size: 0 }],
    },
  });
});
