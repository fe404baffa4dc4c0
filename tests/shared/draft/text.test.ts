import fc from 'fast-check';
import { expect, test } from 'vitest';
import { characterOf } from '../../../shared/draft/entity.ts';
import { textOfHtml, textOfPlain } from '../../../shared/draft/text.ts';
import { scan } from '../../../shared/scan/scan.ts';

const table: readonly (readonly [name: string, html: string, text: string])[] = [
  ['words', 'Hello  there\n world', 'Hello there world'],
  ['inline tags split no word', 'MRN: 12<b>34</b><span>56</span>', 'MRN: 123456'],
  ['paragraphs', '<p>One</p><p>Two</p>', 'One\n\nTwo'],
  ['Word paragraphs are lines', '<p class=MsoNormal>One</p><p class="MsoNormal">Two</p>', 'One\nTwo'],
  ['breaks', 'One<br>Two<br><br>Three', 'One\nTwo\n\nThree'],
  ['divisions', '<div>One</div><div><div>Two</div></div>', 'One\nTwo'],
  ['table rows and cells', '<table><tr><th>Name</th><th>DOB</th></tr><tr><td><p>Ann</p></td><td>1/2</td></tr></table>', 'Name\tDOB\nAnn\t1/2'],
  ['an empty cell keeps its place', '<table><tr><td>a</td><td></td><td>c</td></tr></table>', 'a\t\tc'],
  ['entities', 'Ru&iacute;z &amp; Co &lt;x&gt; &#49;&#x32; &nosuch; &', 'Ru\u00edz & Co <x> 12 &nosuch; &'],
  ['a hard space is a space', 'MRN&nbsp;12', 'MRN 12'],
  ['soft hyphens and zero widths vanish', '12\u00ad3&shy;4\u200b5', '12345'],
  ['digits of other scripts and letters of formulas are plain', 'MRN \u0668\u0668\u06f2\u0967\u0663 \ud835\udde0\ud835\udde5\ud835\udde1 \ud835\udfd6\ud835\udff2 &#x1d7d9; \ud835\udeaa', 'MRN 88213 MRN 86 1 \ud835\udeaa'],
  ['dashes and full-width digits are plain', '123\u201345\u2011\uff16\uff17', '123-45-67'],
  ['scripts and styles are no words', '<style>p{}</style>a<script>if(a<b)</script >b<style></style/ x>c<![if !mso]>d', 'abcd'],
  ['comments leave with the mail, apart from the words', 'a<!-- x > y -->b<!-- z --!>c', 'abc\n\nx > y\n\nz'],
  ['an empty comment swallows nothing', 'a<!-->b<!--->c', 'abc'],
  ['Outlook shows conditional comments', '<!--[if mso]><p>a</p><![endif]--><!--[if !mso]><!-->b<!--<![endif]-->', 'a\n\nb'],
  ['but for its own settings', '<!--[if gte mso 9]><xml><o:p>96</o:p></xml><![endif]-->a', 'a'],
  ['mail programs run no scripts', '<title>t</title><noscript>a</noscript>', 't\n\na'],
  ['every attribute with words', '<img alt="photo" title="of Ada"><input value="seen">a', 'a\n\nphoto\n\nof Ada\n\nseen'],
  ['an attribute may hold a bracket', '<a name="x > y">z</a>', 'z'],
  ['a lone bracket is a character', 'K < 3 and > 1', 'K < 3 and > 1'],
  ['a link with a path is read after the words', '<a href="https://x.test/p?mrn=88213">here</a>', 'here\n\nhttps://x.test/p?mrn=88213'],
  ['the words for a picture are read', '<img alt="Photo of Tess Lane"> end', 'end\n\nPhoto of Tess Lane'],
  ['unclosed', '<p>One<b>Two', 'OneTwo'],
  ['nothing', '', ''],
];

test.each(table)('%s', (_, html, text) => {
  expect(textOfHtml(html).text).toBe(text);
});

test.each([
  ['blockquote', 'new<blockquote>old</blockquote>', 'old'],
  ['Outlook', 'new<div id="divRplyFwdMsg">old</div><p>older</p>', 'old\n\nolder'],
  ['Outlook on the web', 'new<div id="appendonsend"></div><hr>old', 'old'],
  ['Gmail', 'new<div class="gmail_quote">old</div>', 'old'],
  ['a head', '<p>new</p><div>From: A<br>Sent: Monday<br>To: B<br>Subject: C</div><p>old</p>', 'From: A\nSent: Monday\nTo: B\nSubject: C\n\nold'],
])('history of %s is marked', (_, html, old) => {
  const { text, quoted } = textOfHtml(html);
  const marked = quoted.map(([a, z]) => text.slice(a, z).trim());
  expect(marked).toContain(old);
  expect(text.indexOf('new')).toBe(0);
  expect(quoted.every(([a]) => a >= 3)).toBe(true);
});

test.each([
  ['> said before\n> and more\nnew', ['> said before\n> and more\n']],
  ['new\n-----Original Message-----\nold', ['-----Original Message-----\nold']],
  ['new\nOn Mon, 3 Feb 2025 at 10:00, Tess Lane wrote:\nold', ['On Mon, 3 Feb 2025 at 10:00, Tess Lane wrote:\nold']],
  ['From: the heart\nnothing quoted here', []],
])('history in plain text: %j', (plain, old) => {
  const { text, quoted } = textOfPlain(plain);
  expect(quoted.map(([a, z]) => text.slice(a, z))).toEqual(old);
});

test('hidden text is read and marked', () => {
  const { text, hidden } = textOfHtml('a<span style="display:none">MRN 88213</span>b');
  expect(text).toBe('aMRN 88213b');
  expect(hidden.map(([a, z]) => text.slice(a, z))).toEqual(['MRN 88213']);
});

const piece = fc.oneof(
  fc.constantFrom('<p>', '</p>', '<div>', '</div>', '<br>', '<b>', '</b>', '<table><tr><td>', '</td><td>', '</td></tr></table>', '<span style="display:none">', '</span>', '<blockquote>', '</blockquote>', '<!-- c -->', '&nbsp;', '&amp;', '&eacute;', '&#8211;', '\u00ad', '\u2013', '\uff11', '\u0661', '\ud835\udfcf', '  ', '\n', '<a href="https://x.test/a/b">', '</a>', '<', '&', '<script>1<2</script>'),
  fc.string({ maxLength: 8 }),
);
const html = fc.array(piece, { maxLength: 30 }).map((parts) => parts.join(''));

/** What one span of the source stands for, computed another way. */
function meaning(source: string): string {
  if (source.startsWith('&')) {
    const entity = characterOf(source, 0);
    if (entity !== undefined && entity.end === source.length) return textOfPlain(String.fromCodePoint(entity.code)).text;
  }
  return textOfPlain(source).text;
}

test('every character of the text maps back to a span that means it', () => {
  fc.assert(fc.property(html, (source) => {
    const { text, source: back } = textOfHtml(source);
    for (let i = 0; i < text.length; i += 1) {
      const c = text.charAt(i);
      const [start, end] = back(i, i + 1);
      expect(start).toBeGreaterThanOrEqual(0);
      expect(end).toBeLessThanOrEqual(source.length);
      // white space may stand for a tag; everything else is itself
      if (/\s/.test(c)) continue;
      const whole = meaning(source.slice(start, end));
      expect(whole.includes(c)).toBe(true);
      expect(whole.length).toBeLessThanOrEqual(2);
    }
  }), { numRuns: 400 });
});

test('plain text maps back to itself', () => {
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom('a', '1', ' ', '\n', '\u00a0', '\u200b', '\u2013', '\uff12', '\u0662', '\ud835\udfd0', '\u00e9', '-') }), (plain) => {
    const { text, source } = textOfPlain(plain);
    for (let i = 0; i < text.length; i += 1) expect(textOfPlain(plain.slice(...source(i, i + 1))).text).toBe(text.charAt(i));
  }));
});

test('never throws, ends at once on a megabyte of brackets', () => {
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom('<', '>', '"', '=', '&', '#', ';', 'p', '/', '!', '-', ' ') }), (source) => typeof textOfHtml(source).text === 'string'));
  expect(textOfHtml('<'.repeat(300_000)).text.length).toBeGreaterThan(0);
  expect(textOfHtml('<p '.repeat(100_000)).text.length).toBeGreaterThanOrEqual(0);
});

/** Characters a reader cannot tell from nothing, from a blank or from a slash must not part a number from its label. */
test('Unicode\'s other blanks and its unseen characters hide nothing, as text, in HTML and as references', () => {
  const words = 'Patient Tess Lane, DOB 03/14/1962, MRN 4471223, SSN 524-71-8803, was seen for diabetes.';
  const found = (input: { text: string } | { html: string }) => scan({ subject: '', attachments: [], ...input }).findings.map((f) => `${f.kind} ${f.confidence}`);
  const plain = found({ text: words });
  expect(plain.length).toBeGreaterThan(3);
  const same = (text: string) => {
    const html = [...text].map((c) => (c.charCodeAt(0) > 127 ? `&#${c.charCodeAt(0)};` : c)).join('');
    for (const input of [{ text }, { html: `<p>${text}</p>` }, { html: `<p>${html}</p>` }]) expect([text, found(input)]).toEqual([text, plain]);
  };
  for (const blank of '\u00a0\u1680\u2000\u2003\u2007\u2009\u200a\u202f\u205f\u3000') same(words.replace(/ /g, blank));
  for (const unseen of ['\u00ad', '\u034f', '\u061c', '\u115f', '\u180e', '\u200b', '\u200f', '\u202c', '\u2060', '\u2066', '\u2069', '\u206a', '\u3164', '\ufe00', '\ufe0f', '\ufeff']) same(words.replace(/(?<=\w)(?=\w)/g, unseen));
  for (const zero of [0x660, 0x6f0, 0x966, 0xff10]) same(words.replace(/\d/g, (d) => String.fromCharCode(zero + Number(d))));
  expect(found({ text: words.replace(/[\dA-Za-z]/g, (c) => String.fromCodePoint(c >= 'a' ? 0x1d41a + c.charCodeAt(0) - 97 : c >= 'A' ? 0x1d400 + c.charCodeAt(0) - 65 : 0x1d7ce + Number(c))) })).toEqual(plain);
  for (const slash of '\u2044\u2215\uff0f') same(words.replace(/\//g, slash));
});
