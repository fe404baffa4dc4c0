/**
 * The project's own synthetic mail of a clinic: every text made up from a seed, with what stands in it. A draft of the policy is tried on it as it is scanned
 * here and now, by the organisation's own rules; the tests score the scanner on it. No text comes from elsewhere and none of it leaves.
 */
import { factsOf } from '../../../shared/plan/facts.ts';
import type { Situation } from '../../../shared/plan/evaluate.ts';
import type { PlanFacts } from '../../../shared/plan/plan.ts';
import type { Trait } from '../../../shared/plan/policy.ts';
import { scan, type OwnRules } from '../../../shared/scan/scan.ts';
import { assemble, openWorld, type Gold } from './draw.ts';
import { KINDS } from './kinds.ts';

const PER_KIND = 24;

export interface Case {
  readonly kind: string;
  /** whether it carries protected health information */
  readonly phi: boolean;
  readonly text: string;
  readonly gold: readonly Gold[];
}

export function corpus(seed = 20_261_121, perKind = PER_KIND): Case[] {
  return KINDS.flatMap((kind, k) => Array.from({ length: perKind }, (_, n) => ({ kind: kind.name, phi: kind.phi, ...assemble(kind.write(openWorld(seed + k * 1000 + n))) })));
}

/** Each text goes to somebody known outside, to a private mailbox that is new, and to a colleague. */
const TO: readonly (readonly Trait[])[] = [['external'], ['external', 'consumer', 'new'], ['internal']];
/** Texts between two breaths: whoever calls meanwhile does not wait for all. */
const BREATH = 8;

/** Scanned when first asked for, then remembered: kinds and counts alone. */
export function openCorpus(rules: OwnRules | undefined): () => Promise<readonly Situation[]> {
  let made: Promise<readonly Situation[]> | null = null;
  async function make(): Promise<readonly Situation[]> {
    const facts: PlanFacts[] = [];
    for (const [n, { text }] of corpus().entries()) {
      if (n % BREATH === 0) await new Promise((go) => setImmediate(go));
      facts.push({ ...factsOf(scan({ subject: '', text, attachments: [] }, rules)), attachments: 0, size: 0 });
    }
    return facts.flatMap((f) => TO.map((traits): Situation => ({
      facts: f, recipients: [{ address: 'reader@example.invalid', role: 'to', traits }], author: { address: 'author@example.invalid' }, at: { date: '9999-12-31', day: 2, minute: 600 },
    })));
  }
  return () => (made ??= make());
}
