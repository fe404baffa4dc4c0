import { describe, expect, it } from 'vitest';
import { tidyDraft, validateDraft } from '../../../service/handoff/validate.ts';

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
