import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advance, busy, type Facts, type Handoff, type Happened, type Todo } from '../../../addin/handoff/handoff.ts';
import { SPOKEN_CODE_ASKS } from '../../../shared/plan/protection.ts';
import type { Accepted, HandoffState, Plan } from '../../../shared/wire/handoff.ts';

const D1 = '1'.repeat(64);
const D2 = '2'.repeat(64);
const PART = 'a'.repeat(64);
const ID = 'ho_11111111-2222-4333-8444-555555555555';
const OTHER = 'ho_99999999-2222-4333-8444-555555555555';
const retention = { class: 'c', name: 'C', until: '2036-01-01', basis: 'b' };
const accepted = (digest: string): Accepted => ({ id: 'msg_1', receipt: { id: 'msg_1', digest, plan: D1, acceptedAt: '2026-11-21T10:02:00Z', signature: 's' }, recipients: [], retention });
const shown: Plan = { need: 'transport', decision: 'allow', reasons: [], recipients: [], retention, digest: D2 };
const shot = (digest: string, parts = 1): Facts => ({ digest, parts: parts ? [{ sha256: PART, filename: 'labs.pdf', size: 10, sent: 0, there: false }] : [] });
const state = (s: HandoffState['state'], digest: string, missing: string[] = []): HandoffState => ({ id: ID, state: s, digest, missing, ...(s === 'committed' ? { receipt: accepted(digest) } : {}) });

function run(events: readonly Happened[], from: Handoff = { at: 'idle' }): { readonly state: Handoff; readonly todos: readonly Todo[] } {
  let now = from;
  const todos: Todo[] = [];
  for (const event of events) {
    const [next, more] = advance(now, event);
    now = next;
    todos.push(...more);
  }
  return { state: now, todos };
}

const BEGIN: Happened[] = [{ is: 'send', id: ID, plan: D1 }, { is: 'saved', id: ID }, { is: 'stamped', id: ID }, { is: 'read', id: ID, shot: shot(D1) }];
const UPLOADED: Happened[] = [...BEGIN, { is: 'answered', id: ID, state: state('staged', D1, [PART]) }, { is: 'arrived', id: ID, sha256: PART }, { is: 'uploaded', id: ID }];
const COMMITTED: Happened[] = [...UPLOADED, { is: 'accepted', id: ID, accepted: accepted(D1) }];

describe('a hand-over', () => {
  it('goes its way step by step, each after the one before', () => {
    const { state: end, todos } = run([...COMMITTED, { is: 'compared', id: ID, same: true }, { is: 'scrubbed', id: ID }, { is: 'closed', id: ID }]);
    expect(todos.map((t) => t.do)).toEqual(['save', 'stamp', 'read', 'stage', 'upload', 'commit', 'compare', 'scrub', 'close']);
    expect(end).toMatchObject({ at: 'sent', left: 'closed' });
  });

  it.each<[string, Happened[], object, string[]]>([
    ['parts already there are not sent again', [...BEGIN, { is: 'answered', id: ID, state: state('staged', D1) }], { at: 'committing' }, ['commit']],
    ['a stage that is already committed with this content is a receipt', [...BEGIN, { is: 'answered', id: ID, state: state('committed', D1) }], { at: 'comparing' }, ['compare']],
    ['a stage that is committed with other content asks the author', [...BEGIN, { is: 'answered', id: ID, state: state('committed', D2) }], { at: 'spent' }, []],
    ['no answer to commit is asked for', [...UPLOADED, { is: 'no-answer', id: ID }], { at: 'asking' }, ['ask']],
    ['asking again and again', [...UPLOADED, { is: 'no-answer', id: ID }, { is: 'no-answer', id: ID }], { at: 'asking', turn: 1 }, ['ask', 'ask']],
    ['asked and staged: committed once more', [...UPLOADED, { is: 'no-answer', id: ID }, { is: 'answered', id: ID, state: state('staged', D1) }], { at: 'committing' }, ['ask', 'commit']],
    ['asked and committed: a receipt', [...UPLOADED, { is: 'no-answer', id: ID }, { is: 'answered', id: ID, state: state('committed', D1) }], { at: 'comparing' }, ['ask', 'compare']],
    ['asked and unknown there: staged again', [...UPLOADED, { is: 'no-answer', id: ID }, { is: 'refused', id: ID, code: 'not-found' }], { at: 'staging' }, ['ask', 'stage']],
    ['unknown a second time stops', [...UPLOADED, { is: 'no-answer', id: ID }, { is: 'refused', id: ID, code: 'not-found' }, { is: 'answered', id: ID, state: state('staged', D1) }, { is: 'refused', id: ID, code: 'parts-missing' }],
      { at: 'stopped', code: 'parts-missing' }, ['ask', 'stage', 'commit']],
    ['a changed plan is shown and waits', [...UPLOADED, { is: 'plan-changed', id: ID, plan: shown }], { at: 'replanned', plan: D2 }, []],
    ['agreed, it commits with the new plan', [...UPLOADED, { is: 'plan-changed', id: ID, plan: shown }, { is: 'author-agrees', id: ID }], { at: 'committing', plan: D2 }, ['commit']],
    ['not agreed, nothing is sent', [...UPLOADED, { is: 'plan-changed', id: ID, plan: shown }, { is: 'author-keeps', id: ID }], { at: 'idle' }, []],
    ['already sent is asked about, not believed', [...UPLOADED, { is: 'refused', id: ID, code: 'already-sent' }], { at: 'asking' }, ['ask']],
    ['a receipt for something else leaves the draft alone', [...UPLOADED, { is: 'accepted', id: ID, accepted: accepted(D2) }], { at: 'sent', left: 'receipt-mismatch' }, []],
    ['a draft that changed is not scrubbed', [...COMMITTED, { is: 'compared', id: ID, same: false }], { at: 'changed' }, ['compare']],
    ['kept, it stays', [...COMMITTED, { is: 'compared', id: ID, same: false }, { is: 'author-keeps', id: ID }], { at: 'sent', left: 'kept' }, ['compare']],
    ['cleared, because the author says so', [...COMMITTED, { is: 'compared', id: ID, same: false }, { is: 'author-clears', id: ID }], { at: 'scrubbing' }, ['compare', 'scrub']],
    ['a window that moved on is not scrubbed', [...COMMITTED, { is: 'refused', id: ID, code: 'item-gone' }], { at: 'sent', left: 'item-gone' }, ['compare']],
    ['the author keeps the window open', [...COMMITTED, { is: 'compared', id: ID, same: true }, { is: 'scrubbed', id: ID }, { is: 'author-keeps', id: ID }], { at: 'sent', left: 'open' }, ['compare', 'scrub', 'close']],
    ['kept open and then closed', [...COMMITTED, { is: 'compared', id: ID, same: true }, { is: 'scrubbed', id: ID }, { is: 'author-keeps', id: ID }, { is: 'author-closes', id: ID }, { is: 'closed', id: ID }], { at: 'sent', left: 'closed' }, ['close', 'close']],
    ['no close: the author closes', [...COMMITTED, { is: 'compared', id: ID, same: true }, { is: 'scrubbed', id: ID }, { is: 'refused', id: ID, code: 'close-unsupported' }], { at: 'sent', left: 'manual' }, ['compare', 'scrub', 'close']],
    ['an upload that lost its way stops, the draft untouched', [...BEGIN, { is: 'answered', id: ID, state: state('staged', D1, [PART]) }, { is: 'refused', id: ID, code: 'offline' }], { at: 'stopped', code: 'offline' }, ['upload']],
    ['events of another hand-over change nothing', [...UPLOADED, { is: 'accepted', id: OTHER, accepted: accepted(D1) }], { at: 'committing' }, []],
    ['a second click changes nothing', [...UPLOADED, { is: 'send', id: ID, plan: D1 }], { at: 'committing' }, []],
  ])('%s', (_, events, end, last) => {
    const result = run(events);
    expect(result.state).toMatchObject(end);
    expect(result.todos.slice(result.todos.length - last.length).map((t) => t.do)).toEqual(last);
  });

  it('a code to be said on the phone keeps the window open', () => {
    const spoken = { ...accepted(D1), recipients: [{ address: 'walt.finch@oldpost.test', role: 'to' as const, protection: 'portal' as const, reasons: [], passedOver: [], asks: SPOKEN_CODE_ASKS }] };
    const { state: end, todos } = run([...UPLOADED, { is: 'accepted', id: ID, accepted: spoken }, { is: 'compared', id: ID, same: true }, { is: 'scrubbed', id: ID }]);
    expect(end).toMatchObject({ at: 'sent', left: 'open' });
    expect(todos.some((t) => t.do === 'close')).toBe(false);
  });

  it('found committed in its own window, it finishes; found on a copy, it asks', () => {
    expect(run([{ is: 'found', id: ID, accepted: accepted(D1), finish: shot(D1) }])).toMatchObject({ state: { at: 'comparing' }, todos: [{ do: 'compare' }] });
    expect(run([{ is: 'found', id: ID, accepted: accepted(D1), finish: shot(D2) }])).toMatchObject({ state: { at: 'spent' }, todos: [] });
    expect(run([{ is: 'found', id: ID, accepted: accepted(D1), finish: null }])).toMatchObject({ state: { at: 'spent' }, todos: [] });
  });
});

describe('whatever happens, in whatever order', () => {
  const digest = fc.constantFrom(D1, D2);
  const id = fc.constantFrom(ID, ID, ID, OTHER);
  const facts = fc.tuple(digest, fc.nat(1)).map(([d, n]) => shot(d, n));
  const anything: fc.Arbitrary<Happened> = fc.oneof(
    fc.record({ is: fc.constantFrom('saved', 'stamped', 'uploaded', 'scrubbed', 'closed', 'no-answer', 'author-agrees', 'author-clears', 'author-keeps', 'author-closes', 'dismiss'), id }) as fc.Arbitrary<Happened>,
    fc.record({ is: fc.constant('send' as const), id, plan: digest }),
    fc.record({ is: fc.constant('read' as const), id, shot: facts }),
    fc.record({ is: fc.constant('answered' as const), id, state: fc.tuple(fc.constantFrom('staged' as const, 'committed' as const), digest, fc.constantFrom<string[][]>([], [PART])).map(([s, d, m]) => state(s, d, m)) }),
    fc.record({ is: fc.constantFrom('arrived' as const), id, sha256: fc.constant(PART) }),
    fc.record({ is: fc.constant('accepted' as const), id, accepted: digest.map(accepted) }),
    fc.record({ is: fc.constant('plan-changed' as const), id, plan: fc.constant(shown) }),
    fc.record({ is: fc.constant('refused' as const), id, code: fc.constantFrom('offline', 'not-found', 'already-sent', 'item-gone', 'parts-missing', 'policy-blocked') }),
    fc.record({ is: fc.constant('compared' as const), id, same: fc.boolean() }),
    fc.record({ is: fc.constant('found' as const), id, accepted: digest.map(accepted), finish: fc.option(facts) }),
  );
  const story = fc.tuple(fc.constantFrom<Happened[][]>([], BEGIN, UPLOADED, COMMITTED), fc.array(anything, { maxLength: 25 })).map(([head, tail]) => [...head, ...tail] as Happened[]);

  it('scrubs only after a receipt whose digest is that of what was read, and a draft found the same or given up by its author', () => {
    fc.assert(fc.property(story, (events) => {
      let now: Handoff = { at: 'idle' };
      for (const event of events) {
        const before = now;
        const [next, todos] = advance(now, event);
        now = next;
        if (!todos.some((t) => t.do === 'scrub')) continue;
        expect(['comparing', 'changed']).toContain(before.at);
        if (!('accepted' in before) || !('shot' in before)) throw new Error('Scrubbed without a receipt.');
        expect(before.accepted.receipt.digest).toBe(before.shot.digest);
        expect((event.is === 'compared' && event.same && before.at === 'comparing') || (event.is === 'author-clears' && before.at === 'changed')).toBe(true);
      }
    }), { numRuns: 3000 });
  });

  it('commits only what was read, and closes only what was scrubbed', () => {
    fc.assert(fc.property(story, (events) => {
      let now: Handoff = { at: 'idle' };
      for (const event of events) {
        const before = now;
        const [next, todos] = advance(now, event);
        now = next;
        for (const todo of todos) {
          if (todo.do === 'commit') expect('shot' in now && now.shot.parts.every((p) => p.there)).toBe(true);
          if (todo.do === 'close' && 'now' in todo) expect(event.is === 'author-closes' && (before.at === 'closing' || before.at === 'sent' && before.left === 'open')).toBe(true);
          else if (todo.do === 'close') expect(before.at === 'scrubbing' && event.is === 'scrubbed').toBe(true);
        }
      }
    }), { numRuns: 2000 });
  });

  it('waits for something or somebody: every busy state has work under way, and every todo belongs to it', () => {
    fc.assert(fc.property(story, (events) => {
      let now: Handoff = { at: 'idle' };
      for (const event of events) {
        const [next, todos] = advance(now, event);
        if (busy(next) && next.at !== now.at) expect(todos.length).toBe(1);
        if (todos.length > 0) expect('id' in next && next.id === todos[0]?.id).toBe(true);
        now = next;
      }
    }), { numRuns: 2000 });
  });
});
