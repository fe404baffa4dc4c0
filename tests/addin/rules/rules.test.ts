/** The organisation's own rules on the author's side: asked once, kept by their hash, and never waited for. */
import { describe, expect, it } from 'vitest';
import { compile } from '../../../addin/rules/compile.ts';
import { openRules, type Compile } from '../../../addin/rules/rules.ts';
import { refused, type Refused } from '../../../addin/refusal.ts';
import { scan } from '../../../shared/scan/scan.ts';
import { OwnRuleSet, type OwnRulesAnswer } from '../../../shared/wire/rules.ts';
import { until } from '../../until.ts';
import { companionOf, scene } from '../world.ts';
import { ScriptedService } from '../service.ts';

const answer = (letter: string, pattern = 'EMP-\\d{6}'): OwnRulesAnswer => ({ hash: letter.repeat(64), rules: OwnRuleSet.parse({ rules: [{ name: 'badge', kind: 'OTHER_ID', pattern, confidence: 'high' }] }) });
const NONE: OwnRulesAnswer = { hash: '', rules: null };

function desk(script: (OwnRulesAnswer | Refused)[], load: () => Promise<Compile> = async () => compile) {
  const seen = { asked: 0, loaded: 0, changed: 0, clock: 0 };
  const rules = openRules({
    companion: { rules: async () => script[Math.min(seen.asked++, script.length - 1)] ?? NONE },
    load: () => { seen.loaded += 1; return load(); }, now: () => seen.clock, changed: () => { seen.changed += 1; },
  });
  const turn = async (later = 0) => {
    seen.clock += later;
    rules.due();
    await new Promise((resolve) => { setTimeout(resolve, 0); });
  };
  return { rules, seen, turn, finds: (text: string) => scan({ subject: '', text, attachments: [] }, rules.current()).findings.length };
}
const MINUTES = 60_000;

describe('rules of one\'s own in the pane', () => {
  it('are none until they came; then the draft is scanned by them', async () => {
    const { finds, turn, seen } = desk([answer('a')]);
    expect(finds('EMP-123456')).toBe(0);
    await turn();
    expect([finds('EMP-123456'), seen.changed]).toEqual([1, 1]);
  });
  it('are not asked for again at each key stroke, and not compiled again while they are the same', async () => {
    const { turn, seen } = desk([answer('a')]);
    for (let n = 0; n < 5; n += 1) await turn(MINUTES);
    expect(seen).toMatchObject({ asked: 1, loaded: 1, changed: 1 });
    await turn(10 * MINUTES);
    expect(seen).toMatchObject({ asked: 2, loaded: 1, changed: 1 });
  });
  it('are changed, and taken away, when the service says so', async () => {
    const { finds, turn, seen } = desk([answer('a'), answer('b', 'ID\\d{6}'), NONE]);
    await turn();
    await turn(11 * MINUTES);
    expect([finds('EMP-123456'), finds('ID123456')]).toEqual([0, 1]);
    await turn(11 * MINUTES);
    expect([finds('ID123456'), seen.changed, seen.loaded]).toEqual([0, 3, 2]);
  });
  it('where there are none, nothing is loaded', async () => {
    const { turn, seen } = desk([NONE]);
    await turn();
    expect(seen).toMatchObject({ asked: 1, loaded: 0, changed: 0 });
  });
  it('a service that cannot answer, or a chunk that does not come, is asked again soon', async () => {
    let broken = true;
    const { finds, turn, seen } = desk([refused('sign-in-needed'), answer('a')], async () => {
      if (!broken) return compile;
      broken = false;
      throw new Error('offline');
    });
    await turn();
    await turn(1_000);
    expect(seen.asked).toBe(1);
    await turn(20_000);
    expect([seen.asked, finds('EMP-123456')]).toEqual([2, 0]);
    await turn(20_000);
    expect(finds('EMP-123456')).toBe(1);
  });
});

it('the companion asks the service, and refuses what is no answer', async () => {
  const service = new ScriptedService();
  expect(await companionOf(service).rules()).toMatchObject({ kind: 'refused' });
  expect(service.seen.at(-1)).toBe('GET /rules');
});

it('a draft is scanned anew when other rules come into force, and planned anew when that matters', async () => {
  const swap = { scan };
  const { desk: pane, sees, service } = scene({ subject: 'Monday', html: '<p>Please see EMP-123456 about the diabetes and the metformin.</p>', to: ['sam.park@stmarys.test'] }, { loadScan: async () => (input) => swap.scan(input) });
  const first = await sees((s) => s.plan.at === 'shown' && s.scan !== null, 'a plan');
  expect(first.scan?.verdict.level).toBe('none');
  const own = compile(answer('a'));
  swap.scan = (input) => scan(input, own);
  pane.rescan();
  await sees((s) => s.scan?.verdict.level === 'high', 'the verdict of the rules');
  await until('a plan for it', () => service.plans.at(-1)?.verdict.level === 'high');
  pane.close();
});
