/** Health context: which conditions, drugs, procedures and codes a block speaks of, and which of them are sensitive. Finds no identifier. */
import { wordSet } from './lexicon/closed.ts';
import { hashWord } from './lexicon/fold.ts';
import { AILING, CARE, CARE_WEAK, CONDITION, DRUG, EPONYM, FIRST, HEALTH, KIN, PHRASE_SEED, phraseStep, sensitiveClass, TITLE, VISIT } from './lexicon/lexicon.ts';
import type { SensitiveClass } from './scan.ts';
import { hurts, isOffice, measures } from './names/reading.ts';
import { ALNUM, CAPITAL, DIGITS, INITIAL, NEWLINE, POSSESSIVE, SPACE, STOP, type Tokens, UPPER, wordAt } from './token.ts';

export interface Health {
  /** distinct strong terms: conditions, drugs, procedures, codes; by hash, so that blocks can be added up */
  readonly terms: readonly number[];
  /** where they stand, in rising order */
  readonly at: readonly number[];
  /** distinct general words of care */
  readonly weak: readonly number[];
  readonly sensitive: readonly SensitiveClass[];
  /** "you", "your" beside results, appointments, medicines: the reader is the patient */
  readonly second: boolean;
  /** he, she, his, her, "my surgery": somebody is spoken of; beside words that run the house only in a sentence of its own about health */
  readonly third: boolean;
  /** words of teaching, selling and running the house: whoever is named beside them need not be the patient */
  readonly trade: boolean;
  /** hiring, teaching, announcing, playing: whoever is named is a colleague, a player or nobody */
  readonly house: boolean;
  /** a word of health in a sentence of somebody's mother, son or baby */
  readonly kin: boolean;
}

/** Among the weak words, the sign of a described case. */
export const CASE = 1;
/** ICD-10-CM: letter (no U but COVID's U07), digit, digit or letter, and up to four more after a dot. */
const ICD = /^[A-TV-Z]\d[0-9A-Z]$/;
const HCPCS = /^[A-V]\d{4}$/;
const MY = wordSet('my');
const I = wordSet('i');
/** "I was seen", "I had" */
const BEING = wordSet('was am had have got been take need use');
const YOUR = wordSet('your');
const YOU = wordSet('you');
export const THIRD = wordSet('he she his her him hers');
/** Whose body or care it may be. */
const PERSONS = wordSet('patient pt client resident member gentleman lady woman man boy girl vaccinee claimant athlete');
const FAMILY = wordSet('mom mother mum mama mommy dad father daddy son daughter dtr wife husband spouse widow widower sister brother baby child kid kids kiddo toddler infant newborn twin twins teen teenager grandma grandpa grandmother grandfather grandson granddaughter niece nephew aunt auntie uncle');
export const HOUSE = wordSet('hiring interview interviewing applicants resume cv internship onboarding announce announced announcing promoted essay webinar workshop symposium seminar lecture simulation simulated manikin mannequin debrief flyer brochure puppy kitten raffle gala fundraiser podcast biography memoir celebrity trivia quiz');
/** What a word of health names where nobody is spoken of: "Huntington Society", "asthma awareness month". */
const PUBLIC = wordSet('society association foundation institute awareness month week day walk run class course classes research industry market prices rate rates statistics code codes coding prevalence incidence census campaign act lawsuit fund guideline guidelines protocol protocols policy policies committee conference program programme safety control prevention kit kits supplies');
/** And what it names whoever is spoken of: "dialysis bays", "TB attestation". */
const THING = wordSet('bay bays board bundle toys attestation scale fridge refrigerator nomogram training poster posters');
const TRADE = wordSet('symposium guideline guidelines journal brochure template newsletter webinar conference formulary keynote lecture curriculum fundraiser gala marketing campaign budget vendor website flyer poster cme abstract manuscript seminar workshop applicants trial trials grant audience cohort registry rsvp agenda welcome congratulations nominated fellowship hospitalist hospitalists minutes staffing recall auditor auditors coder coders coding');
const SECOND = wordSet('result results lab labs test biopsy appointment diagnosis medication medications medicine medicines prescription prescriptions refill refills treatment surgery procedure scan xray ray mri blood condition symptom symptoms visit pregnancy therapy dose');
/** "Addison's disease" */
const NAMED = wordSet('disease syndrome');
/** Words of care that all mail has: of insurance, of hurry, of how people are. */
export const EVERYDAY: readonly number[] = 'care visit health emergency injury injured results insurance claim copay deductible provider providers condition sick ill hurt medical specialist exam flu'.split(' ').map(hashWord);
/** As many are looked through one by one. */
const FEW = 16;
/** Words from "you" to what is yours. */
const REACH = 9;

export function healthOf(tokens: Tokens, persons: readonly number[]): Health {
  const { count, flags, phrase, span, hash, listed, listsSeen, kind, gap, start, end } = tokens;
  const terms: number[] = [];
  const at: number[] = [];
  const weak: number[] = [];
  const sensitive: SensitiveClass[] = [];
  let seen: Set<number> | undefined;
  const isNew = (h: number): boolean => {
    if (terms.length + weak.length < FEW) return terms.indexOf(h) < 0 && weak.indexOf(h) < 0;
    seen ??= new Set(terms.concat(weak));
    const known = seen.has(h);
    seen.add(h);
    return !known;
  };
  let yours = -99;
  let second = false;
  let you = -99;
  let mine = -99;
  let me = -99;
  let who = -99;
  let surnames: ReadonlySet<number> | undefined;
  let next = 0;
  let third = false;
  let trade = false;
  const traded = TRADE.in(listsSeen);
  let house = false;
  // what happens to a body, or is done for one: of health in a sentence of somebody that is not about the office
  const lay: number[] = [];
  let about = false;
  let desk = false;
  let late = false;
  let kin = false;
  let described = false;
  let family = false;
  let told = 0;
  // of the sentence or line that is read: how many words of health and persons were before it, who is spoken of, the office, the house
  let placed = 0;
  let spoken = false;
  let desked = false;
  let housed = false;
  let cared = false;
  let met = 0;
  const part = (): void => {
    cared = cared || spoken && !desked && !housed && at.length > placed;
    placed = at.length;
    met = next;
    spoken = desked = housed = false;
  };
  const close = (): void => {
    kin = kin || family && !desk && (lay.length > 0 || terms.length > told);
    family = false;
    told = terms.length;
    if (about && !desk) {
      for (const t of lay) {
        at.push(start[t] ?? 0);
        if (isNew(hash[t] ?? 0)) terms.push(hash[t] ?? 0);
        late = true;
      }
    }
    lay.length = 0;
    desk = false;
  };
  for (let t = 0; t < count; t += 1) {
    const k = kind[t] ?? 0;
    const l = listed[t] ?? 0;
    if (((gap[t] ?? 0) & (STOP | NEWLINE)) !== 0 && ((gap[t] ?? 0) & ~STOP) !== 0) part();
    for (; next < persons.length && (persons[next] ?? 0) <= (start[t] ?? 0); next += 1) about = true;
    // a word of no list, in the middle of a sentence
    if (l === 0 && k < DIGITS && flags[t] === 0 && t - you >= REACH && ((gap[t] ?? 0) & STOP) === 0) continue;
    if (k >= DIGITS && !described && isCase(tokens, t)) {
      described = true;
      weak.push(CASE);
    }
    const h = hash[t] ?? 0;
    const eponym = NAMED(l) && ((gap[t] ?? 0) & POSSESSIVE) !== 0 && kind[t - 1] === CAPITAL;
    const own = flags[t] ?? 0;
    if (((gap[t] ?? 0) & STOP) !== 0 && ((gap[t] ?? 0) & ~STOP) !== 0) close();
    const theirs = l > 0 && THIRD(l);
    if (l > 0) {
      if (isOffice(tokens, t)) desk = desked = true;
      if (HOUSE(l)) house = housed = true;
      // "his chest pain"; not "his name is Lasix"
      if (!spoken && next > met && theirs) {
        spoken = true;
        placed = at.length;
      }
      family = family || FAMILY(l);
      about = about || family || theirs || PERSONS(l);
    }
    // "Ed Parkinson", "Dr. Crohn": where somebody is called so, the word is no disease
    if ((own & CONDITION) !== 0 && (own & EPONYM) !== 0 && k === CAPITAL && (surnames ??= called(tokens)).has(h)) continue;
    if (((gap[t] ?? 0) & STOP) !== 0) me = who = -99;
    if (k === INITIAL && I(l)) me = who = t;
    else if (theirs) who = t;
    else if (t - me < 5 && BEING(listed[me + 1] ?? 0) && (own & (VISIT | HEALTH)) !== 0 && !third) third = true;
    // "I relapsed", "he put his back out": what happens to a body is of health where it is said of one
    if (t - who < 6 && (((own | (phrase[t] ?? 0)) & AILING) !== 0 || (own & HEALTH) === 0 && hurts(tokens, t))) {
      third = true;
      at.push(start[t] ?? 0);
      if (isNew(h)) terms.push(h);
      continue;
    }
    const lays = ((own | (phrase[t] ?? 0)) & AILING) !== 0;
    if (lays && t - yours < 5) {
      second = about = true;
      yours = you = -99;
    }
    if ((own & HEALTH) === 0 && (lays || hurts(tokens, t) || measures(tokens, t))) lay.push(t);
    const f = own & (HEALTH | CARE_WEAK | KIN) | (phrase[t] ?? 0) & (CONDITION | DRUG | CARE) | (eponym ? CONDITION : 0);
    if (((gap[t] ?? 0) & STOP) !== 0 || t - you < REACH && isOffice(tokens, t)) yours = you = -99;
    if (YOUR(l)) yours = you = t;
    else if (YOU(l)) you = t;
    else if (t - you < REACH && SECOND(l)) second = true;
    else if (k <= UPPER) {
      third = third || theirs;
      if (MY(l)) mine = t;
      trade = trade || traded && TRADE(l);
    }
    if ((f & HEALTH) !== 0) {
      // two small letters are as often something else
      const short = (end[t] ?? 0) - (start[t] ?? 0) <= 3 && kind[t] !== UPPER && (phrase[t] ?? 0) === 0 && ((flags[t] ?? 0) & DRUG) === 0 && !SHORT_SURE.test(wordAt(tokens, t));
      if (!short) at.push(start[t] ?? 0);
      const behind = t + Math.max(1, span[t] ?? 1);
      const next = ((gap[behind] ?? 0) & (STOP | NEWLINE)) === 0 ? listed[behind] ?? 0 : 0;
      if (!short && (THING(next) || !about && PUBLIC(next))) {
        if (isNew(h)) weak.push(h);
      } else if (!short && isNew(h)) {
        if (t - yours < 5) second = true;
        if (t - mine < 4) third = true;
        terms.push(h);
        const kindOf = sensitiveAt(tokens, t);
        if (kindOf !== undefined && sensitive.indexOf(kindOf as SensitiveClass) < 0) sensitive.push(kindOf as SensitiveClass);
      }
      if ((span[t] ?? 0) > 1) t += (span[t] ?? 1) - 1;
      continue;
    }
    if ((f & CARE_WEAK) !== 0) {
      if (isNew(h)) weak.push(h);
      continue;
    }
    if (k !== ALNUM || !isCode(tokens, t)) continue;
    at.push(start[t] ?? 0);
    if (isNew(h)) terms.push(h);
  }
  part();
  close();
  if (late) at.sort((a, b) => a - b);
  return { terms, at, weak, sensitive, second: second && !house, third: third && (!house || cared), trade: trade || house, house, kin: kin && !house };
}

/** Words behind a title or a given name. */
function called({ count, flags, kind, gap, hash }: Tokens): ReadonlySet<number> {
  const found = new Set<number>();
  for (let t = 1; t < count; t += 1) if (kind[t] === CAPITAL && kind[t - 1] === CAPITAL && ((flags[t - 1] ?? 0) & (gap[t] === SPACE ? TITLE | FIRST : TITLE)) !== 0 && ((gap[t] ?? 0) & ~(SPACE | STOP)) === 0) found.add(hash[t] ?? 0);
  return found;
}

/** The sensitive class that begins at `t`, if any. */
function sensitiveAt(tokens: Tokens, t: number): string | undefined {
  const flags = tokens.flags[t] ?? 0;
  if ((flags & HEALTH) === 0 && (tokens.span[t] ?? 0) === 0) return undefined;
  let sum = PHRASE_SEED;
  for (let k = 0; k < Math.max(1, tokens.span[t] ?? 0); k += 1) sum = phraseStep(sum, tokens.hash[t + k] ?? 0);
  return sensitiveClass(sum) ?? sensitiveClass(phraseStep(PHRASE_SEED, tokens.hash[t] ?? 0));
}

/** ICD-10-CM and HCPCS codes, beside a word that says that they are; gravida and para. */
function isCode({ text, start, end }: Tokens, t: number): boolean {
  const s = start[t] ?? 0;
  const e = end[t] ?? 0;
  if (e - s < 3 || e - s > 5) return false;
  const word = text.slice(s, e);
  if (e - s === 4) return /^G\dP\d$/.test(word);
  return e - s === 3 ? ICD.test(word) && /^(?:\.\d|\b)/.test(text.slice(e, e + 2)) && /icd|dx|diagnos|code/i.test(text.slice(Math.max(0, s - 40), s)) : HCPCS.test(word) && /hcpcs|cpt|code/i.test(text.slice(Math.max(0, s - 30), s));
}

/** "58-year-old female", "70yo M": a case is described, which is a sign of care. */
function isCase({ text, start }: Tokens, t: number): boolean {
  // after the digits: "-year", " yo", "yo"
  let i = start[t] ?? 0;
  while (i - (start[t] ?? 0) < 3 && text.charCodeAt(i) >= 48 && text.charCodeAt(i) <= 57) i += 1;
  if (text.charCodeAt(i) === 45 || text.charCodeAt(i) === 32) i += 1;
  const code = text.charCodeAt(i);
  const letter = code | 32;
  // "34F, G2P1"
  if ((code === 70 || code === 77) && i - (start[t] ?? 0) === 2) return /^[,.;)]? |^[,.;)]?$|^[,;)]/.test(text.slice(i + 1, i + 3));
  if (letter !== 121 && letter !== 109) return false;
  // "12 mg", "5 mL"
  const next = text.charCodeAt(i + 1) | 32;
  if (letter === 109 ? next !== 111 : next !== 101 && next !== 114 && next !== 111 && next !== 47 && next !== 46) return false;
  return /^\d{1,3}(?:[- ]?(?:year|yr|month)s?[- ]?old| ?(?:yo|y\/o|y\.o\.)\b)/i.test(text.slice(start[t], (start[t] ?? 0) + 16));
}

const SHORT_SURE = /^(?:mri|rx|dx|tx|hx|hiv|flu|uti|ecg|ekg|icu|dvt|ivf|iud|tia|std|psa|a1c|b12|rsv|gcs|dnr|pap|mvc|hcg|inr|tsh|cbc|bnp|bmp|chf|ckd|ldl|pcn)$/i;
