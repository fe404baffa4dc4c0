/** The policy engine: processor time of one judgement by 500 rules and by the default, and how it grows with rules. */
import fc from 'fast-check';
import { evaluate } from '../shared/plan/evaluate.ts';
import type { Policy } from '../shared/plan/policy.ts';
import { US_HEALTHCARE } from '../shared/plan/template.ts';
import { ruleArb, situationArb } from '../tests/shared/plan/policy.case.ts';

const CASES = fc.sample(situationArb, { numRuns: 500, seed: 7 });
const rules = fc.sample(ruleArb, { numRuns: 500, seed: 7 }).map((rule, i) => ({ ...rule, id: `r${i}` }));
/** processor time comes in ticks */
const TURNS = 5;
const of = (n: number): Policy => ({ version: 'bench', rules: rules.slice(0, n) });

/** Processor time of this thread in milliseconds: the best of five passes over all situations, per judgement. */
function cost(policy: Policy): number {
  let best = Infinity;
  for (let round = 0; round < 5; round += 1) {
    const from = process.threadCpuUsage();
    for (let turn = 0; turn < TURNS; turn += 1) for (const s of CASES) evaluate(policy, s);
    const { user, system } = process.threadCpuUsage(from);
    best = Math.min(best, (user + system) / 1000 / CASES.length / TURNS);
  }
  return best;
}

export async function run(): Promise<void> {
  const say = (name: string, ms: number, more = '') => process.stdout.write(`${name.padEnd(40)} ${ms.toFixed(4)} ms${more}\n`);
  const [base, fifty, most] = [cost(US_HEALTHCARE), cost(of(50)), cost(of(500))];
  say('one judgement, US default', base);
  say('one judgement, 50 rules', fifty);
  say('one judgement, 500 rules (goal: 1 ms)', most, `   ${(most / fifty).toFixed(1)} times 50 rules, for 10 times the rules`);
}
