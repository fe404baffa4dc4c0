/**
 * A FHIR validator (structure, cardinality and codes of R4) judges the AuditEvent of every type of entry there is.
 * npm: fhir@4.12.0
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CATALOGUE } from '../../service/audit/catalogue.ts';
import type { Told } from '../../service/compliance/export/export.ts';
import { auditEvent } from '../../service/compliance/export/fhir.ts';
import { notRun } from '../tools.ts';

interface Validator { validate(resource: object, options: { readonly errorOnUnexpected: boolean }): { readonly valid: boolean; readonly messages: readonly { readonly location?: string; readonly severity?: string; readonly message?: string }[] } }

const home = join(import.meta.dirname, '..', '..', '.cache', 'peers');
const there = existsSync(join(home, 'node_modules', 'fhir'));
if (!there) notRun('DID NOT RUN, fhir is not installed: whether our AuditEvents are valid FHIR R4');

describe.skipIf(!there)('a validator of FHIR R4', () => {
  const judge = (resource: object) => {
    const { Fhir } = createRequire(join(home, 'package.json'))('fhir') as { Fhir: new () => Validator };
    return new Fhir().validate(resource, { errorOnUnexpected: true });
  };
  const told = (type: string, outcome: Told['outcome'], more: Partial<Told> = {}): Told => ({
    id: 'evt_0190f3c2-1111-7000-8000-000000000000', seq: 5, type, time: '2026-11-18T10:00:00.123Z', outcome, actor: { kind: 'service', id: 'queue' }, facts: { purpose: 'legal', n: 1, yes: true, nothing: null, empty: '' }, sealed: ['recipient'],
    text: CATALOGUE[type]!.say({}, outcome), ...more,
  });

  it('finds nothing wrong with any type of entry, whatever its outcome and whether or not it is about a message', () => {
    const wrong = new Map<string, string>();
    for (const type of Object.keys(CATALOGUE)) {
      for (const outcome of ['ok', 'denied', 'failed', 'unknown'] as const) {
        for (const about of [{}, { facts: {} }, { message: 'msg_1', item: 'item_1' }]) {
          const { valid, messages } = judge(auditEvent(told(type, outcome, about), 'audit.riverside.test/v1'));
          // Sub-types are extensible (audit-event-sub-type): ours come behind the standard's, and warnings say so.
          for (const m of messages) if (m.severity === 'error' || m.severity === 'fatal') wrong.set(`${type}: ${m.location} ${m.message}`, outcome);
          if (!valid && wrong.size === 0) wrong.set(type, 'not valid');
        }
      }
    }
    expect([...wrong]).toEqual([]);
  }, 300_000);

  it.each([
    ['without a type', { type: undefined }], ['with an action that is none', { action: 'X' }], ['with a fact that R4 does not know', { status: 'final' }], ['without its source', { source: undefined }], ['with an agent who is nobody\'s requestor', { agent: [{ who: { display: 'x' } }] }], ['with a detail that says nothing', { entity: [{ what: { display: 'x' }, detail: [{ type: 'a', valueString: '' }] }] }],
  ])('refuses one %s', (_, change) => {
    const resource = Object.fromEntries(Object.entries({ ...auditEvent(told('message.accepted', 'ok'), 'o'), ...change }).filter(([, value]) => value !== undefined));
    expect(judge(resource).valid).toBe(false);
  });
});
