import { describe, expect, it } from 'vitest';
import { isMailbox, within } from '../../../shared/draft/address.ts';

describe('a mailbox', () => {
  it.each(['ana.ruiz@riverside.test', 'j\u00fcrgen@lakeside.test', 'a+b@xn--bcher-kva.test', 'a@XN--BCHER-KVA.Test', '\u{1f600}@lakeside.test'])('is %s', (address) => expect(isMailbox(address)).toBe(true));

  it.each([
    ['half a surrogate pair', '\ud800@lakeside.test'], ['half a pair in the domain', 'a@lake\udc00side.test'], ['a line break', 'a@lakeside.test\r\nBcc: b'], ['a space around it', ' a@lakeside.test'],
    ['a quoted local part', '"a b"@lakeside.test'], ['an address literal', 'a@[127.0.0.1]'], ['one label', 'a@localhost'], ['a final dot', 'a@lakeside.test.'],
    ['a U-label: one domain, one spelling', 'x@b\u00fccher.test'], ['a full-width letter', 'a@riversid\uff45.test'], ['a full-width dot', 'a@riverside\u3002test'], ['a sign that folds to an ASCII letter', 'a@la\u212aeside.test'],
  ])('is not: %s', (_, address) => expect(isMailbox(address)).toBe(false));
});

describe('a domain within another', () => {
  it.each([
    ['riverside.test', 'riverside.test', true], ['mail.riverside.test', 'riverside.test', true], ['a.b.riverside.test', 'riverside.test', true], ['Mail.Riverside.TEST', 'riverside.test', true],
    ['notriverside.test', 'riverside.test', false], ['riverside.test.evil.test', 'riverside.test', false], ['test', 'riverside.test', false], ['lakeside.test', 'riverside.test', false], ['', 'riverside.test', false],
  ])('%s within %s: %s', (domain, parent, is) => expect(within(domain, parent)).toBe(is));
});
