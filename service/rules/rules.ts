/**
 * The organisation's own rules as the service has them: read from SCAN_RULES_FILE and tried at the start, given to the pane with their hash,
 * and made ready for whichever thread judges. A wrong rule stops the start with its number and what is wrong, never with the pattern.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { allOf } from '../../shared/rules/own.ts';
import { compileRules, problemsOf, type RuleProblem } from '../../shared/rules/rules.ts';
import type { OwnRules } from '../../shared/scan/scan.ts';
import { OwnRuleSet, type OwnRulesAnswer } from '../../shared/wire/rules.ts';
import { Fault } from '../refusal.ts';
import { readRoster, rosterKey, withRoster, type Roster } from '../roster/roster.ts';
import type { Vault } from '../vault/vault.ts';

/** What a thread needs; may be posted to another. */
export interface OwnWork extends OwnRulesAnswer {
  readonly roster: Roster | null;
}

interface Inspected {
  readonly problems: readonly (Omit<RuleProblem, 'rule'> & { readonly rule: number | null })[];
  /** null when there are problems */
  readonly set: OwnRuleSet | null;
}

/** Rules and formats together. */
const MOST_RULES = 50;
const MOST_BYTES = 256 * 1024;

/** Zod's own words may repeat what was given; these do not. */
const WHY: { readonly [code: string]: string } = {
  invalid_type: 'is missing or of the wrong type', too_small: 'is too short, too small or empty', too_big: 'is too long, too large or too many',
  invalid_value: 'is none of the allowed words', invalid_format: 'is not written as it must be', unrecognized_keys: 'has a field that is not known',
};

/** What a rule of the policy may ask for by name. */
export const namesOf = ({ rules, roster }: OwnWork): string[] => [...(rules === null ? [] : allOf(rules).map((rule) => rule.name)), ...(roster === null ? [] : ['roster'])];

export function inspect(text: string): Inspected {
  let given: unknown;
  try { given = JSON.parse(text); } catch { return { problems: [{ rule: null, why: 'it is not JSON' }], set: null }; }
  const read = OwnRuleSet.safeParse(given);
  if (!read.success) {
    const count = Array.isArray((given as { rules?: unknown } | null)?.rules) ? (given as { rules: unknown[] }).rules.length : 0;
    return { problems: read.error.issues.map(({ code, path }) => placed(code, path, count)), set: null };
  }
  const problems = problemsOf(read.data);
  if (read.data.rules.length + read.data.mrn.length > MOST_RULES) return { problems: [{ rule: null, why: `there are more than ${MOST_RULES} rules and formats together` }], set: null };
  return { problems, set: problems.length === 0 ? read.data : null };
}

/** Formats of record numbers are counted after the rules. */
function placed(code: string, path: readonly PropertyKey[], rules: number): Inspected['problems'][number] {
  const [list, n, ...rest] = path;
  const what = WHY[code] ?? 'is not valid';
  if (typeof n === 'number') return { rule: (list === 'mrn' ? rules : 0) + n + 1, why: rest.length > 0 ? `its ${rest.map(String).join('.')} ${what}` : `it ${what}` };
  return { rule: null, why: path.length > 0 ? `${path.map(String).join('.')} ${what}` : `it ${what}` };
}

export const hashOf = (set: OwnRuleSet): string => createHash('sha256').update(JSON.stringify(set)).digest('hex');
export const saying = ({ rule, why }: Inspected['problems'][number]): string => (rule === null ? why : `rule ${rule}: ${why}`);

const NONE: OwnRulesAnswer = { hash: '', rules: null };

function contentOf(name: string, file: string, most = Infinity): string {
  let bytes: Buffer;
  try { bytes = readFileSync(file); } catch (cause) { throw new Fault('setting-wrong', `Setting ${name} names a file that cannot be read`, cause); }
  if (bytes.length > most) throw new Fault('setting-wrong', `Setting ${name} names a file that is too large`);
  return bytes.toString('utf8').replace(/^\ufeff/, '');
}

export function loadRules(file: string | undefined): OwnRulesAnswer {
  if (file === undefined) return NONE;
  const { problems, set } = inspect(contentOf('SCAN_RULES_FILE', file, MOST_BYTES));
  if (set === null) throw new Fault('setting-wrong', `Setting SCAN_RULES_FILE is not valid: ${problems.slice(0, 3).map(saying).join('; ')}. See npm run rules:check`);
  return { hash: hashOf(set), rules: set };
}

export function loadOwn(files: { readonly rules?: string | undefined; readonly roster?: string | undefined }, vault: Pick<Vault, 'index'>): OwnWork {
  return { ...loadRules(files.rules), roster: files.roster === undefined ? null : readRoster(contentOf('ROSTER_FILE', files.roster), rosterKey(vault)) };
}

/** As the scanner takes them; undefined when there are none. */
export function compileOwn({ hash, rules, roster }: OwnWork): OwnRules | undefined {
  const compiled = rules === null ? undefined : compileRules(rules, hash);
  return roster === null ? compiled : withRoster(compiled, roster);
}
