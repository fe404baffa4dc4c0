/** Lays findings of an organisation's own over what the scanner found in a block. What was found before stays, but for a hint of the same kind that they make sure. */
import type { Scanned } from '../scan/block.ts';
import type { Confidence, IdentifierKind } from '../scan/scan.ts';
import { evident, levelOf, type Hit } from '../scan/weight.ts';

export interface OwnHit {
  readonly kind: IdentifierKind;
  readonly rule: string;
  readonly start: number;
  readonly end: number;
  readonly confidence: Confidence;
  /** a person's words */
  readonly told: readonly string[];
}

/** A weight well within each level of `weight.ts`. */
const WEIGHT = { low: 0, medium: 8, high: 24 } as const;
const ORDER: readonly Confidence[] = ['low', 'medium', 'high'];
const surer = (a: Confidence, b: Confidence): number => ORDER.indexOf(a) - ORDER.indexOf(b);
const meet = (a: { readonly start: number; readonly end: number }, b: { readonly start: number; readonly end: number }): boolean => a.start < b.end && b.start < a.end;

/** Of one's own that overlap, the surer and longer one stays. */
function best(own: readonly OwnHit[]): OwnHit[] {
  const taken: OwnHit[] = [];
  const sorted = own.slice().sort((a, b) => surer(b.confidence, a.confidence) || (b.end - b.start) - (a.end - a.start) || a.start - b.start);
  // by the place they end at, so that a long table is not compared with itself
  const cells = new Map<number, OwnHit[]>();
  const CELL = 256;
  for (const hit of sorted) {
    const from = Math.floor(hit.start / CELL);
    const to = Math.floor(hit.end / CELL);
    let free = true;
    for (let c = from; free && c <= to; c += 1) free = !(cells.get(c) ?? []).some((t) => meet(t, hit));
    if (!free) continue;
    taken.push(hit);
    for (let c = from; c <= to; c += 1) cells.set(c, [...(cells.get(c) ?? []), hit]);
  }
  return taken.sort((a, b) => a.start - b.start);
}

export function laid(text: string, found: Scanned, own: readonly OwnHit[]): Scanned {
  if (own.length === 0) return found;
  const both: { readonly hit: Hit; readonly told: readonly string[] }[] = [];
  const surpassed = new Set<Hit>();
  let next = 0;
  for (const mine of best(own)) {
    while (next < found.hits.length && (found.hits[next]?.end ?? 0) <= mine.start) next += 1;
    let said = false;
    for (let k = next; k < found.hits.length && (found.hits[k]?.start ?? 0) < mine.end; k += 1) {
      const theirs = found.hits[k];
      if (theirs === undefined || theirs.kind !== mine.kind) continue;
      const level = levelOf(theirs.weight);
      if (surer(level, mine.confidence) >= 0) said = true;
      // hints count nowhere, so that the verdict misses nothing
      else if (level === 'low') surpassed.add(theirs);
    }
    if (said) continue;
    both.push({ hit: { kind: mine.kind, rule: mine.rule, start: mine.start, end: mine.end, weight: WEIGHT[mine.confidence], reasons: [] }, told: mine.told });
  }
  if (both.length === 0) return found;
  found.hits.forEach((hit, i) => { if (!surpassed.has(hit)) both.push({ hit, told: found.told[i] ?? [] }); });
  both.sort((a, b) => a.hit.start - b.hit.start || a.hit.end - b.hit.end);
  const hits = both.map((b) => b.hit);
  return { ...evident(text, hits, found.health.at, found.tied), tied: found.tied, gist: found.gist, hits, told: both.map((b) => b.told), health: found.health, rows: found.rows, heading: found.heading };
}
