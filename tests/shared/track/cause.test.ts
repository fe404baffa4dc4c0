import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cause, CAUSES } from '../../../shared/track/cause.ts';

const ROOM = join(import.meta.dirname, '..', '..', '..', 'service', 'deliver');
const files = (path: string): string[] => readdirSync(path).flatMap((n) => (statSync(join(path, n)).isDirectory() ? files(join(path, n)) : [join(path, n)]));
/** Codes that never reach a person: grades' good news, and faults of our own. */
const SILENT = new Set(['pkix', 'pinned', 'dane', 'mta-sts', 'relayed', 'content-not-canonical']);

describe('why a copy waits, moves or fails', () => {
  it('has a sentence for every code that deliver can give', () => {
    const codes = new Set<string>();
    for (const file of files(ROOM)) for (const m of readFileSync(file, 'utf8').matchAll(/code: '([a-z-]+)'/g)) codes.add(m[1] ?? '');
    expect(codes.size).toBeGreaterThan(10);
    expect([...codes].filter((c) => !SILENT.has(c) && !(c in CAUSES))).toEqual([]);
  });

  it('says a sentence also for what nobody foresaw, and never a value', () => {
    expect(cause('something-new')).toMatch(/\.$/);
    for (const text of Object.values(CAUSES)) expect(text).toMatch(/^[A-Z][^{}$@]*\.$/);
  });
});
