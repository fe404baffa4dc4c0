import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base64Lines, collect, flat, joined, once } from '../../../service/seal/flow.ts';
import type { Flow } from '../../../service/seal/flow.ts';
import { bodyEnd, bodyStart, wordsOf } from '../../../service/seal/mime/html.ts';

/** The same bytes in pieces of any size. */
function pieces(bytes: Uint8Array, sizes: readonly number[]): Flow {
  return {
    length: bytes.length,
    *chunks() {
      for (let at = 0, n = 0; at < bytes.length; n += 1) {
        const size = sizes.length === 0 ? bytes.length : sizes[n % sizes.length]!;
        yield bytes.subarray(at, at + size);
        at += size;
      }
    },
  };
}

const lined = (bytes: Uint8Array): string => (Buffer.from(bytes).toString('base64').match(/.{1,76}/g) ?? []).map((line) => `${line}\r\n`).join('');

describe('flows', () => {
  it('base64 is the same however the bytes come, and as long as foretold', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 6 }), (bytes, sizes) => {
        const flow = base64Lines(pieces(bytes, sizes));
        const text = Buffer.from(collect(flow)).toString('latin1');
        expect(text).toBe(lined(bytes));
        expect(flow.length).toBe(text.length);
      }),
    );
  });
  it.each([57 * 1024 - 1, 57 * 1024, 57 * 1024 + 1, 65_536 * 3 + 5])('base64 of %i bytes', (n) => {
    const bytes = Uint8Array.from({ length: n }, (_, i) => (i * 2_654_435_761) >>> 24);
    expect(Buffer.from(collect(base64Lines(flat(bytes)))).equals(Buffer.from(lined(bytes)))).toBe(true);
  });
  it('join in order, words and bytes alike', () => {
    const flow = joined('a\r\n', Buffer.from('b'), joined('ü', flat(new Uint8Array(0))), 'c');
    expect(Buffer.from(collect(flow)).toString()).toBe('a\r\nbüc');
    expect(flow.length).toBe(7);
    expect(Buffer.from(collect(flow)).toString()).toBe('a\r\nbüc');
  });
  it('of ciphertext are walked once', () => {
    const flow = once(1, () => [Uint8Array.of(1)]);
    expect([...collect(flow)]).toEqual([1]);
    expect(() => collect(flow)).toThrow('twice');
  });
});

describe('the text of an HTML body', () => {
  it.each([
    ['<p>Hello <b>Sam</b></p><p>Bye</p>', 'Hello Sam\n\nBye'],
    ['one<br>two<BR/>three', 'one\ntwo\nthree'],
    ['<div>a</div><div>b</div>', 'a\nb'],
    ['<ul><li>a</li><li>b</li></ul>', '- a\n- b'],
    ['<table><tr><td>K</td><td>5.9</td></tr></table>', 'K\t5.9'],
    ['<style>p{color:red}</style><script>alert(1)</script><!-- hidden -->x', 'x'],
    ['<html><head><title>t</title></head><body>x</body></html>', 'x'],
    ['a &lt;b&gt; &amp; &quot;c&quot; &#8364; &#x20AC; &nbsp;d', 'a <b> & "c" € € \u00a0d'],
    ['&amp;lt; stays', '&lt; stays'],
    ['K &le; 5 &uarr; &unknown; &#0; &#xD800; &#99999999;', 'K ≤ 5 ↑ &unknown; \ufffd \ufffd \ufffd'],
    ['5 < 6 and 7 > 6', '5 < 6 and 7 > 6'],
    ['<p>broken <b', 'broken'],
    ['<style>never closed', ''],
    ['  many   blanks\n\n and\tlines ', 'many blanks and lines'],
  ])('%s', (html, text) => {
    expect(wordsOf(html)).toBe(text);
  });
  it('never takes long, whatever the markup', () => {
    for (const part of ['<', '<!--', '<style>', '</p>', '&#', ' ', '<td></td>', '<p ']) wordsOf(part.repeat(200_000 / part.length));
  });
});

describe('where the body ends', () => {
  it.each([
    ['<p>x', ''],
    ['<html><body><p>x</p></body></html>', '</body></html>'],
    ['<body>x</BODY\n><!-- </body> -->', '</BODY\n><!-- </body> -->'],
    ['<body>a<blockquote><html><body>b</body></html></blockquote>c</body>', '</body>'],
    ['<body>x</bodyguard>', ''],
    ['<body>x<script>"</body>"</script>', ''],
  ])('%s', (html, after) => {
    expect(html.slice(bodyEnd(html))).toBe(after);
  });
});

describe('where the body begins', () => {
  it.each([
    ['<p>x', ''],
    ['<html><head><style><!-- body{} --></style></head><body lang=EN-US style="a>b">x', '<html><head><style><!-- body{} --></style></head><body lang=EN-US style="a>b">'],
    ['<!-- <body> --><BODY>x', '<!-- <body> --><BODY>'],
    ['<title><body></title><body class=\'"\'>x', '<title><body></title><body class=\'"\'>'],
    ['<bodyguard>x', ''],
    ['<style><body>', ''],
  ])('%s', (html, before) => {
    expect(html.slice(0, bodyStart(html))).toBe(before);
  });
  it('never takes long, whatever the markup', () => {
    for (const part of ['<', '<!--', '<style>', '<body', '<body "', "<body '", '<style></style ', '</body']) [bodyStart, bodyEnd].map((where) => where(part.repeat(200_000 / part.length)));
  });
});
