/** The compiler of the organisation's own rules and RE2: a chunk of its own, loaded only where there are such rules. */
import { compileRules } from '../../shared/rules/rules.ts';
import type { Compile } from './rules.ts';

export const compile: Compile = ({ hash, rules }) => (rules === null ? undefined : compileRules(rules, hash));
