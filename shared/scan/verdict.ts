/**
 * The verdict of a message: an identifier makes protected health information only together with health, and only of someone it may be about.
 * 45 CFR 160.103 (individually identifiable health information). Every rule only ever raises the level, so one more identifier never lowers it.
 */
import { type Gist, hear } from './gist.ts';
import { CASE, EVERYDAY } from './health.ts';
import { hashWord } from './lexicon/fold.ts';
import { REASONS, type Tie } from './weight.ts';
import type { Finding, OwnRules, SensitiveClass, Verdict, VerdictLevel } from './scan.ts';

export interface Evidence {
  readonly finding: Finding;
  /** one number for the value, for counting distinct ones; never leaves this room */
  readonly key: number;
  /** a health word stands within reach of a reader's eye */
  readonly near: boolean;
  /** of a name, what its sentence says of it */
  readonly tie: Tie | undefined;
  /** which block of the message */
  readonly block: number;
  /** its block holds hardly anything else */
  readonly headline: boolean;
}

export interface BlockHealth {
  readonly terms: readonly number[];
  readonly weak: readonly number[];
  readonly second: boolean;
  readonly third: boolean;
  readonly trade: boolean;
  readonly house: boolean;
  readonly kin: boolean;
}

export interface Message {
  /** of findings that count: neither low nor the correspondents' own */
  readonly evidence: readonly Evidence[];
  readonly health: readonly BlockHealth[];
  readonly gists: readonly Gist[];
  readonly sensitive: readonly SensitiveClass[];
  readonly rows: number;
  /** a recipient at a public mail provider: the address itself is a person's */
  readonly consumer: boolean;
  readonly unscannable: readonly string[];
}

const ORDER: readonly VerdictLevel[] = ['none', 'pii', 'medium', 'high', 'bulk', 'unscannable'];
const HIGHEST_OF_BLOCK = ORDER.indexOf('high');
/** Purview's step between few and many, and what a reader would call a list. */
const MANY_PEOPLE = 10;
const MANY_ROWS = 5;
/** Words of care in general (appointment, clinic, insurance) that together speak of a visit. */
const MANY_WEAK = 3;
const CLAIMS = ['claim', 'claims', 'copay', 'deductible'].map(hashWord);
const PERSONAL = [CASE, ...['patient', 'pt', 'client', 'resident'].map(hashWord)];

/** Identify one person by themselves. Provider numbers (NPI, DEA, CLIA) are public and identify no patient. */
function isStrong({ kind, rule }: Finding): boolean {
  if (kind === 'LICENSE') return rule.startsWith('license');
  if (kind === 'DEVICE') return rule !== 'device.mac';
  return kind === 'SSN' || kind === 'MRN' || kind === 'HEALTH_PLAN' || kind === 'ACCOUNT' || kind === 'VEHICLE' || kind === 'OTHER_ID' || kind === 'BIOMETRIC';
}

/** A number of care or of payment for care says both who and what; a policy, a claim or a group may be an organisation's. */
function impliesCare({ kind, rule, confidence }: Finding, someone: boolean): boolean {
  return (kind === 'MRN' || kind === 'HEALTH_PLAN') && confidence === 'high' && (someone || rule !== 'member.labelled');
}

/** Those who care, and those whom to ask. */
function isProvider({ kind, rule }: Finding): boolean {
  return kind === 'NAME' && (rule === 'name.provider' || rule === 'name.contact' || rule === 'name.author');
}

/** Numbers that suppliers, machines and contracts have too. */
function isOfThings({ kind, rule, confidence }: Finding): boolean {
  return rule === 'member.labelled' || rule === 'account.labelled' || rule === 'serial.labelled' || rule === 'other.labelled' || rule === 'permit.labelled' || rule === 'routing.labelled' || ((kind === 'MRN' || kind === 'HEALTH_PLAN') && confidence !== 'high');
}

function isPersonal({ weak }: BlockHealth): boolean {
  return weak.some((w) => PERSONAL.indexOf(w) >= 0);
}

function isDirect({ kind, rule, confidence }: Finding): boolean {
  if (kind === 'NAME') return true;
  if (kind === 'GEO') return rule === 'geo.street' || rule === 'geo.box' || rule === 'geo.labelled';
  return kind === 'PHONE' || kind === 'FAX' || kind === 'EMAIL' || (kind === 'URL' && rule === 'url.path' && confidence === 'high') || kind === 'PHOTO';
}

function isDay({ kind, rule }: Finding): boolean {
  return kind === 'AGE90' || (kind === 'DATE' && rule !== 'date.month' && rule !== 'date.relative');
}

/** Said in so many words to be a patient, or named behind an age and a sex. */
function isCuedPatient({ finding: { rule, reasons } }: Evidence): boolean {
  return rule === 'name.cued' && (reasons.indexOf(REASONS['age-before']) >= 0 || reasons.indexOf(REASONS.kin) >= 0);
}

/** Where patients are named: by their standing, their age, their bed, or as a stranger is. */
function inCare(e: Evidence): boolean {
  return isCuedPatient(e) || e.finding.rule === 'name.titled';
}

function isCarePlace({ kind, rule }: Finding): boolean {
  return kind === 'GEO' && (rule === 'geo.facility' || rule === 'geo.institution' || rule === 'geo.saint' || rule === 'geo.visit');
}

type Raise = (to: VerdictLevel, why: string) => void;

/** One paragraph; `before`: the person named last above it. */
function paragraph(local: readonly Evidence[], here: BlockHealth, before: Evidence | undefined, isPatient: (e: Evidence) => boolean, raise: Raise): void {
  const terms = here.terms.length;
  const weak = here.weak.length;
  const everyone = local.filter(isPatient);
  const plainly = here.weak.some((w) => EVERYDAY.indexOf(w) < 0);
  // whoever is only named at work, or in passing where nobody else is spoken of, is no patient
  const spoken = !here.trade && (here.third || here.second || isPersonal(here));
  const names = everyone.filter((e) => e.tie !== 'work' && (e.tie !== 'aside' || spoken));
  const sureNames = names.filter((e) => e.finding.confidence === 'high');
  const days = local.filter((e) => isDay(e.finding)).length;
  const sites = local.filter((e) => isCarePlace(e.finding)).length;
  const born = local.some((e) => e.finding.rule === 'date.birth');
  if (born && sureNames.length > 0) raise('medium', 'a patient is named with a date of birth');
  if (names.some((e) => e.tie === 'theirs')) raise('medium', 'something of health is said of a named person');
  if (names.length > 0 && here.weak.some((w) => CLAIMS.indexOf(w) >= 0) && local.some((e) => e.finding.kind === 'HEALTH_PLAN')) raise('medium', 'a claim names a person and a number of a health plan');
  if (sites > 0 && isPersonal(here) && names.some(isCuedPatient)) raise('medium', 'a person is named among words of care');
  if (!here.trade && plainly && (here.third || days + sites > 0) && names.some(inCare)) raise('medium', 'a person is named among words of care');
  if (!here.trade && names.length > 0 && (weak >= MANY_WEAK && (here.third || days > 0) || weak >= 2 && (born || (days > 0 || here.third) && plainly && sureNames.length > 0 || isPersonal(here) && names.some(isCuedPatient)))) raise('medium', 'a person is named among words of care');
  // "Acct 3300918, Baptiste, Wideline": as a file is headed
  const onFile = names.some((e) => e.finding.rule === 'name.last-first');
  if (!here.house && weak > 0 && names.length > 0 && local.some((e) => isStrong(e.finding) && (onFile || !isOfThings(e.finding)))) raise('medium', 'a person is named with an identifying number and a word of care');
  if (terms === 0) return;
  // "His biopsy …" goes on about whoever was named above
  if (everyone.length === 0 && before !== undefined && !here.trade && (here.third || terms >= 2 && before.headline)) raise('medium', 'something of health is said of a named person');
  if (local.length === 0) return;
  if (here.kin && local.some((e) => isDirect(e.finding) || e.finding.rule === 'date.birth')) raise('medium', 'a patient\u2019s family writes of health, and can be reached');
  if (!here.trade && names.some(isCuedPatient)) raise('medium', 'a person is named in a paragraph about health');
  // one word may be chance ("OCD meeting"): it needs a described case, or a name that is surely one
  const enough = terms >= 2 || here.weak.indexOf(CASE) >= 0;
  // a telephone or an address is a person's only where one is spoken of: it may be the clinic's own
  const cared = here.second || isPersonal(here) || born;
  const spokenOf = here.second || here.third || isPersonal(here) || born;
  const personal = spokenOf || names.length > 0;
  // beside a conference or a brochure a name is a colleague's, unless somebody is spoken of
  const ours = here.trade && !spokenOf && !names.some((e) => e.finding.rule === 'name.cued');
  const people = ours ? [] : names.filter((e) => enough || e.finding.confidence === 'high');
  const ways = personal && !ours && !(here.trade && !here.second && !here.third && !born && names.length === 0) ? local.filter((e) => isDirect(e.finding) && e.finding.kind !== 'NAME') : [];
  const providers = local.filter((e) => isProvider(e.finding) && (enough || e.finding.confidence === 'high')).length;
  const patients = people.concat(ways);
  const cities = local.filter((e) => e.finding.kind === 'GEO' && !isCarePlace(e.finding)).length;
  const traces = local.filter((e) => e.finding.kind === 'IP' || e.finding.kind === 'URL' || e.finding.kind === 'DEVICE').length;
  if ((enough || weak >= 1) && patients.length > 0) {
    raise('medium', 'a person and health stand in one paragraph');
    if (enough && days + sites + distinct(patients) > 1) raise('high', 'several identifiers of a person and health stand in one paragraph');
  }
  if (!ours) {
    if (names.some((e) => e.near) && days + distinct(names) + distinct(ways) > 1) raise('medium', 'a person and health stand in one paragraph');
    if (names.some((e) => e.near && (e.finding.confidence === 'high' || weak > 0 || terms >= 2 || e.finding.rule === 'name.cued' || e.finding.reasons.indexOf(REASONS.doing) >= 0))) raise('medium', 'a person and health stand in one paragraph');
  }
  if (!ours && (names.some((e) => e.finding.rule === 'name.titled') && !everyone.some((e) => e.tie === 'work') || here.third && names.length > 0)) raise('medium', 'a person is named in a paragraph about health');
  if (born && terms + weak >= 2 && days + sites + patients.length + providers > 1) raise('medium', 'a date, a place of care or an address stand with health');
  if (!enough || here.trade && !cared) return;
  if (patients.length + (cared ? providers : 0) > 0 && days + sites + cities > 0) raise('medium', 'a person and health stand in one paragraph');
  if (days > 0 && sites + cities + traces > 0) raise('medium', 'a date, a place of care or an address stand with health');
}

export function judge(message: Message, { people: many = MANY_PEOPLE, rows: list = MANY_ROWS }: Partial<OwnRules> = {}): Verdict {
  const reasons: string[] = [];
  let level: VerdictLevel = 'none';
  const raise = (to: VerdictLevel, why: string): void => {
    if (ORDER.indexOf(to) > ORDER.indexOf(level)) {
      level = to;
      reasons.unshift(why);
    } else if (to === level && reasons.indexOf(why) < 0) reasons.push(why);
  };
  const counted = message.evidence;
  const allTerms = new Set<number>();
  for (const block of message.health) for (const term of block.terms) allTerms.add(term);
  const health = allTerms.size;
  const second = message.health.some((b) => b.second);
  const { ofCare, quiet } = hear(message);
  // "a 70-year-old man", "my patient": of a patient, whatever stands around
  const isQuiet = (b: number): boolean => {
    const here = message.health[b];
    return quiet[b] === true && here !== undefined && !isPersonal(here);
  };

  const strong = counted.filter((e) => isStrong(e.finding));
  if (strong.length > 0) raise('pii', 'it holds numbers that identify a person');
  const contacts = distinct(counted.filter((e) => isDirect(e.finding) && e.finding.kind !== 'NAME'));
  if (contacts >= 3) raise('pii', 'it holds several ways to reach a person');

  const isPatient = ({ finding }: Evidence): boolean => finding.kind === 'NAME' && !isProvider(finding) && (finding.rule !== 'name.greeted' || second);
  const named = counted.filter(isPatient);
  // an account, a serial number: of a patient only where somebody is spoken of
  const someone = second || named.some((e) => (e.tie !== 'work' && e.tie !== 'aside') || health >= 2) || counted.some((e) => e.finding.rule === 'date.birth') || message.health.some((b) => !b.house && (b.third || isPersonal(b)));
  const spoken = second || named.some((e) => e.tie !== 'work' && e.tie !== 'aside');
  const care = counted.filter((e) => impliesCare(e.finding, someone && !isQuiet(e.block)));
  if (care.length > 0) {
    raise('medium', 'it holds a number of care or of a health plan');
    if (health >= 1 || named.length > 0) raise('high', 'a record or plan number stands with health or a name');
  }
  const telling = strong.filter((e) => !isQuiet(e.block) && (someone || named.length > 0 && e.finding.rule !== 'serial.labelled') && (spoken || e.finding.rule !== 'serial.labelled' || message.health.some((b) => b.third || isPersonal(b))) && message.health[e.block]?.house !== true || !isOfThings(e.finding));
  if (health >= 1 && telling.some((e) => e.finding.kind === 'SSN')) raise('high', 'a social security number stands with health');
  if (telling.length > 0 && health >= 2) raise('high', 'an identifying number stands with health');
  else if (telling.length > 0 && health >= 1) raise('medium', 'an identifying number stands with health');

  // evidence comes in the order of its blocks
  let from = 0;
  let lately: Evidence | undefined;
  for (let b = 0; b < message.health.length; b += 1) {
    let to = from;
    while (to < counted.length && counted[to]?.block === b) to += 1;
    const local = counted.slice(from, to);
    from = to;
    const here = message.health[b];
    if (here === undefined) continue;
    // no rule below raises further
    if (ORDER.indexOf(level) >= HIGHEST_OF_BLOCK) break;
    const before = lately;
    for (const e of local) if (isPatient(e)) lately = e;
    if (!isQuiet(b)) paragraph(local, here, before, isPatient, raise);
  }
  if (message.consumer && second) raise('medium', 'it speaks of the reader\u2019s own health to a private mailbox, so the address identifies the patient');
  if (second && counted.some((e) => e.finding.rule === 'name.greeted') && (health >= 1 || counted.some((e) => isDay(e.finding)) && counted.some((e) => isCarePlace(e.finding) || isProvider(e.finding)))) raise('medium', 'it speaks of the health or the visit of the person it greets');
  if (ofCare) raise('medium', 'its words speak of a person who is cared for');

  const inSubject = counted.some((e) => e.finding.part === 'subject' && (isStrong(e.finding) || isDirect(e.finding) || isDay(e.finding)));
  if (inSubject && level !== 'none') raise(level === 'pii' ? 'medium' : level === 'medium' ? 'high' : level, 'an identifier stands in the subject, which travels in clear');

  const people = peopleOf(counted);
  if (level !== 'none' && (people >= many || message.rows >= list)) raise('bulk', people >= many ? `it concerns about ${people} people` : `it holds a table of ${message.rows} people`);
  // What could not be read may be anything; what was found stays what it is.
  if (message.unscannable.length > 0) {
    if (ORDER.indexOf(level) < ORDER.indexOf('medium')) raise('unscannable', 'an attachment or a picture could not be read');
    else reasons.push('an attachment or a picture could not be read');
  }
  return { level, sensitive: message.sensitive, health, people, unscannable: message.unscannable.length, reasons };
}

function distinct(evidence: readonly Evidence[]): number {
  return evidence.length < 2 ? evidence.length : new Set(evidence.map((e) => e.key)).size;
}

/** As many people as the most frequent kind of identifier has distinct values. */
function peopleOf(evidence: readonly Evidence[]): number {
  const kinds = new Map<string, Set<number>>();
  for (const e of evidence) {
    const { finding } = e;
    if ((finding.kind !== 'NAME' && !isStrong(finding)) || isProvider(finding)) continue;
    let values = kinds.get(finding.kind);
    if (values === undefined) {
      values = new Set();
      kinds.set(finding.kind, values);
    }
    values.add(e.key);
  }
  let most = 0;
  kinds.forEach((values) => {
    most = Math.max(most, values.size);
  });
  return most;
}
