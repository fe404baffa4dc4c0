/**
 * What recipients read from us, in their language: one file per language, the same sentences in each. Says which language it is to be;
 * never holds a word for staff, whose sentences stand where they work. RFC 9110 §12.5.4, RFC 4647 §3.4.
 */
import { Language } from '../../shared/wire/contact.ts';
import { EN } from './en.ts';
import { ES } from './es.ts';

export type { Language } from '../../shared/wire/contact.ts';
export type Words = typeof EN;

export const WORDS: { readonly [L in Language]: Words } = { en: EN, es: ES };
export const LANGUAGES: readonly Language[] = Language.options;

/** A language of ours by its tag, or null. Attacker-controlled. */
export function languageNamed(tag: string | undefined): Language | null {
  const named = Language.safeParse(tag?.toLowerCase().split('-')[0]);
  return named.success ? named.data : null;
}

/** The language of ours that a browser asks for most; English when it asks for none of them. */
export function languageAsked(acceptLanguage: string | undefined): Language {
  let best: Language = 'en';
  let weight = 0;
  for (const range of (acceptLanguage ?? '').slice(0, 400).split(',')) {
    const [tag = '', ...parameters] = range.trim().split(';');
    const q = /^\s*q=([01](?:\.\d{0,3})?)\s*$/i.exec(parameters[0] ?? '');
    const wanted = parameters.length === 0 ? 1 : Number(q?.[1] ?? 0);
    const language = languageNamed(tag.trim());
    if (language !== null && wanted > weight) [best, weight] = [language, wanted];
  }
  return best;
}

const FREQUENT: { readonly [L in Language]: RegExp } = {
  en: /\b(?:the|and|your|you|is|are|of|with|for|we|have|please)\b/gi,
  es: /(?<!\p{L})(?:el|la|los|las|de|que|su|usted|y|es|con|para|por|favor|está)(?!\p{L})/giu,
};

/** What a text by somebody else is written in, so that it is read aloud rightly (WCAG 2.2 §3.1.2); empty when that is not plain. */
export function tongueOf(text: string): Language | '' {
  const some = text.slice(0, 4000);
  const [en, es] = [some.match(FREQUENT.en)?.length ?? 0, some.match(FREQUENT.es)?.length ?? 0];
  return en > 1 && en > 2 * es ? 'en' : es > 1 && es > 2 * en ? 'es' : '';
}
