import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fold, handedOver, statusOf, type Status, type TrackEvent } from '../../../shared/track/track.ts';

const e = (type: string, more: Partial<TrackEvent> = {}): TrackEvent => ({ type, ...more });
const dsn = (action: string): TrackEvent => e('delivery.dsn_received', { facts: { action } });

describe('fold', () => {
  it.each<[string, TrackEvent[], Status]>([
    ['nothing yet', [], 'queued'],
    ['only words about the message', [e('message.accepted'), e('encryption.decided')], 'queued'],
    ['accepted and queued', [e('delivery.queued')], 'queued'],
    ['first try under way', [e('delivery.queued'), e('delivery.attempt.started')], 'queued'],
    ['a try that ended proves nothing by itself', [e('delivery.queued'), e('delivery.attempt.finished', { outcome: 'ok' })], 'queued'],
    ['put off', [e('delivery.queued'), e('delivery.attempt.started'), e('delivery.deferred')], 'delayed'],
    ['put off, trying again', [e('delivery.deferred'), e('delivery.attempt.started')], 'delayed'],
    ['lost track after DATA', [e('delivery.attempt.started'), e('delivery.unknown')], 'delayed'],
    ['250 from the next hop is not delivery', [e('delivery.queued'), e('delivery.relayed')], 'relayed'],
    ['a late delay does not undo it', [e('delivery.relayed'), e('delivery.deferred')], 'relayed'],
    ['a delay notice does not undo it', [e('delivery.relayed'), dsn('delayed')], 'relayed'],
    ['refused for good', [e('delivery.deferred'), e('delivery.failed')], 'failed'],
    ['failure notice after relaying', [e('delivery.relayed'), dsn('failed')], 'failed'],
    ['delivered by a notice', [e('delivery.relayed'), dsn('delivered')], 'delivered'],
    ['expanded is where our knowledge ends', [e('delivery.relayed'), dsn('expanded')], 'relayed'],
    ['an unknown action says nothing', [e('delivery.relayed'), dsn('teleported')], 'relayed'],
    ['displayed, by their program\'s word', [e('delivery.relayed'), e('delivery.mdn_received', { facts: { disposition: 'displayed' } })], 'delivered'],
    ['a complaint and an absence note say nothing of where it is', [e('delivery.relayed'), e('delivery.complaint_received'), e('delivery.answered')], 'relayed'],
    ['portal: notice sent', [e('delivery.queued'), e('portal.notified')], 'relayed'],
    ['portal: code asked for', [e('portal.notified'), e('portal.code_sent'), e('portal.code_wrong', { outcome: 'denied' })], 'relayed'],
    ['portal: in', [e('portal.notified'), e('portal.authenticated')], 'delivered'],
    ['portal: not let in', [e('portal.notified'), e('portal.authenticated', { outcome: 'denied' })], 'relayed'],
    ['portal: opened', [e('portal.notified'), e('portal.authenticated'), e('portal.message_opened')], 'opened'],
    ['opened beats a late bounce of the notice', [e('portal.notified'), e('portal.message_opened'), dsn('failed')], 'opened'],
    ['a notice for what nobody has taken over', [e('delivery.attempt.started'), e('delivery.attempt.finished', { outcome: 'failed' }), e('delivery.deferred'), dsn('failed')], 'delayed'],
    ['and is no matter once it is taken over', [e('delivery.deferred'), dsn('failed'), e('delivery.relayed')], 'relayed'],
    ['nor is arrival, or a disposition, of what was never handed over', [e('delivery.deferred'), dsn('delivered'), e('delivery.mdn_received')], 'delayed'],
    ['a try of unknown end may be reported', [e('delivery.unknown'), dsn('failed')], 'failed'],
    ['and so may one without an answer', [e('delivery.attempt.finished', { outcome: 'unknown' }), e('delivery.deferred'), dsn('delivered')], 'delivered'],
    ['came back, and was taken over at a later try', [e('delivery.unknown'), dsn('failed'), e('delivery.attempt.started'), e('delivery.relayed')], 'relayed'],
    ['came back, and waits for its author', [e('delivery.unknown'), dsn('failed'), e('delivery.held')], 'held'],
    ['portal: the notice came back and was sent again', [e('delivery.relayed'), e('portal.notified'), dsn('failed'), e('portal.notified')], 'relayed'],
    ['portal: and came back again', [e('portal.notified'), dsn('failed'), e('portal.notified'), dsn('failed')], 'failed'],
    ['held', [e('delivery.queued'), e('delivery.held')], 'held'],
    ['released', [e('delivery.held'), e('delivery.attempt.started')], 'queued'],
    ['recalled before anything', [e('delivery.queued'), e('recall.done')], 'recalled'],
    ['recalled after it was opened', [e('portal.message_opened'), e('recall.done')], 'recalled'],
    ['a recall that was too late', [e('delivery.relayed'), e('recall.done', { outcome: 'failed' })], 'relayed'],
    ['a changed protection changes no status', [e('delivery.queued'), e('encryption.changed')], 'queued'],
  ])('%s', (_, events, status) => expect(fold(events)).toBe(status));

  const types = ['message.accepted', 'delivery.queued', 'delivery.attempt.started', 'delivery.attempt.finished', 'delivery.deferred', 'delivery.unknown', 'delivery.held',
    'delivery.relayed', 'delivery.failed', 'portal.notified', 'portal.authenticated', 'portal.message_opened', 'portal.access_denied', 'recall.done'];
  const event = fc.oneof(
    fc.record({ type: fc.constantFrom(...types), outcome: fc.constantFrom('ok', 'denied', 'failed', 'unknown') }),
    fc.record({ type: fc.constant('delivery.dsn_received'), facts: fc.record({ action: fc.constantFrom('failed', 'delayed', 'delivered', 'relayed', 'expanded') }) }),
  );
  const many = fc.array(event, { maxLength: 12 });

  const lasts = (s: Status): boolean => s !== 'queued' && s !== 'delayed' && s !== 'held';
  const proofs = (s: Status | null): boolean => s === 'delivered' || s === 'opened' || s === 'recalled';

  it('in whatever order what is proved for good is learned, once it is out of our hands', () => {
    fc.assert(fc.property(many, fc.nat(), (events, seed) => {
      const kept = [e('delivery.relayed'), ...events.filter((x) => proofs(statusOf(x)))];
      const turned = kept.slice(1).map((x, i) => ({ x, k: (i * 7919 + seed) % 101 })).sort((a, b) => a.k - b.k).map(({ x }) => x);
      expect(fold([e('delivery.relayed'), ...turned])).toBe(fold(kept));
      if (kept.length > 1) expect(fold([e('delivery.relayed'), ...events])).toBe(fold(kept));
    }));
  });

  it('an entry read twice changes nothing; a lasting status is never lost, but a failure by a copy that goes on', () => {
    fc.assert(fc.property(many, event, (events, more) => {
      expect(fold(events.flatMap((x) => [x, x]))).toBe(fold(events));
      const before = fold(events);
      if (lasts(before) && before !== 'failed') expect(lasts(fold([...events, more]))).toBe(true);
    }));
  });

  it('before anybody has it, no notice changes anything', () => {
    fc.assert(fc.property(many, fc.constantFrom('failed', 'delayed', 'delivered', 'relayed'), (events, action) => {
      const first = events.findIndex(handedOver);
      const before = first < 0 ? events : events.slice(0, first);
      expect(fold([...before, dsn(action), ...events.slice(before.length)])).toBe(fold(events));
    }));
  });

  it('delivered needs a notice or a pickup', () => {
    fc.assert(fc.property(many, (events) => {
      const proof = events.some((x) => x.type.startsWith('portal.') || x.type === 'delivery.dsn_received');
      if (!proof) expect(['delivered', 'opened']).not.toContain(fold(events));
    }));
  });
});
