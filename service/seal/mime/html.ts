/** HTML as its author wrote it: where the words of its body begin and end, and what it says to readers that show no HTML. Takes nothing out of it and checks nothing. */
import { characterOf } from '../../../shared/draft/entity.ts';

export const inserted = (html: string, at: number, more: string): string => `${html.slice(0, at)}${more}${html.slice(at)}`;

/** Comments, styles and scripts may say `<body` too. */
const SPANS = /<!--[^]*?(?:-->|$)|<(style|script|title)\b[^]*?(?:<\/\1\s*>|$)|<body\b(?:"[^"]*(?:"|$)|'[^']*(?:'|$)|[^'">])*(?:>|$)|<\/body\b/gi;

/** Where the body's own words begin; 0 without a body tag. */
export function bodyStart(html: string): number {
  for (const span of html.matchAll(SPANS)) if (/^<body/i.test(span[0])) return span.index + span[0].length;
  return 0;
}

/** Where they end: mail quoted whole may have closed a body of its own before. */
export function bodyEnd(html: string): number {
  let at = html.length;
  for (const span of html.matchAll(SPANS)) if (span[0].startsWith('</')) at = span.index;
  return at;
}

/** References that matter in a clinic and that the scanner has no need of. */
const SIGNS: { readonly [name: string]: string } = { le: '≤', ge: '≥', ne: '≠', asymp: '≈', rarr: '→', larr: '←', uarr: '↑', darr: '↓', alpha: 'α', beta: 'β', gamma: 'γ', mu: 'μ', Delta: 'Δ' };

/** The text alternative of an HTML body, for readers that show no HTML. Only for reading; the scanner has its own. */
export function wordsOf(html: string): string {
  const character = (whole: string): string => {
    const found = characterOf(whole, 0);
    return found === undefined ? (SIGNS[whole.slice(1, -1)] ?? whole) : String.fromCodePoint(found.code);
  };
  return html
    .replace(/<!--[\s\S]*?(?:-->|$)/g, '')
    .replace(/<(style|script|head|title)\b[\s\S]*?(?:<\/\1\s*>|$)/gi, '')
    .replace(/\s+/g, ' ')
    .replace(/ ?<(?:br|\/(?:div|tr|li|dt|dd|blockquote|h[1-6]|p|table|ul|ol))\b[^>]*> ?/gi, (tag) => (/^ ?<\/(?:p|h|table|ul|ol)/i.test(tag) ? '\n\n' : '\n'))
    .replace(/<li\b[^>]*>/gi, '- ')
    .replace(/<\/t[dh]\s*>/gi, '\t')
    .replace(/<[a-z/!?][^>]*(?:>|$)/gi, '')
    .replace(/&#?\w{1,11};/g, character)
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}
