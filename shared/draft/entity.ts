/** HTML character references, WHATWG HTML §13.5, the ones mail composers write: numeric, Latin-1, punctuation. Unknown ones stay text. */
const LATIN = ('nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest '
  + 'Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig '
  + 'agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml').split(' ');

const NAMED: { readonly [name: string]: number } = {
  amp: 38, lt: 60, gt: 62, quot: 34, apos: 39, ndash: 0x2013, mdash: 0x2014, lsquo: 0x2018, rsquo: 0x2019, sbquo: 0x201a, ldquo: 0x201c, rdquo: 0x201d,
  bull: 0x2022, hellip: 0x2026, trade: 0x2122, euro: 0x20ac, ensp: 32, emsp: 32, thinsp: 32, zwnj: 0x200c, zwj: 0x200d, lrm: 0x200e, rlm: 0x200f,
  minus: 0x2212, dash: 0x2010, hyphen: 0x2010, Tab: 9, NewLine: 10, num: 35, commat: 64, lpar: 40, rpar: 41, sol: 47, period: 46, comma: 44, colon: 58, lowbar: 95, plus: 43, equals: 61,
};

const SHAPE = /&(?:#[xX]([0-9a-fA-F]{1,6})|#([0-9]{1,7})|([A-Za-z][A-Za-z0-9]{1,10}));?/y;

/** The character that the reference at `at` stands for, and where the reference ends; undefined when it is only an ampersand. */
export function characterOf(html: string, at: number): { readonly code: number; readonly end: number } | undefined {
  SHAPE.lastIndex = at;
  const found = SHAPE.exec(html);
  if (found === null) return undefined;
  const end = SHAPE.lastIndex;
  const [, hex, decimal, name] = found;
  let code: number;
  if (hex !== undefined) code = parseInt(hex, 16);
  else if (decimal !== undefined) code = parseInt(decimal, 10);
  else {
    const latin = LATIN.indexOf(name ?? '');
    const known = latin >= 0 ? 160 + latin : Object.prototype.hasOwnProperty.call(NAMED, name ?? '') ? NAMED[name ?? ''] : undefined;
    if (known === undefined) return undefined;
    code = known;
  }
  // WHATWG HTML §13.2.5.80: out of range and surrogates are U+FFFD
  if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) code = 0xfffd;
  return { code, end };
}
