/** A clock that jumps: copies go on, the log stays valid and says that the clock went back, nobody is asked to wait for the lost hours. And the calendar's turns. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verify } from '../../service/audit/verify.ts';
import { openFaults } from '../service/route/faults.ts';
import { until } from '../until.ts';
import { openStage, type Stage } from './stage.ts';

const HOUR = 3_600_000;

describe('a clock that jumps', () => {
  let offset = 0;
  let stage: Stage;
  /** sets the clock right behind the n-th `begin`, while that try is under way */
  let atBegin: { left: number; by: number } | null = null;
  /** how often the queue has seen that the clock was set back */
  let nearer = 0;
  const faults = openFaults();
  beforeAll(async () => {
    stage = await openStage({
      now: () => Date.now() + offset,
      extra: {
        around: (store) => {
          const inner = faults.around(store);
          return {
            ...inner,
            room(name: string) {
              const room = inner.room(name);
              if (name !== 'route' && name !== 'queue') return room as never;
              // oxlint-disable-next-line no-explicit-any
              const write = new Proxy(room.write as any, { get: (real, operation) => async (args: unknown) => {
                const done = await real[operation](args);
                if (operation === 'nearer') nearer += 1;
                if (operation === 'begin' && atBegin !== null && (atBegin.left -= 1) === 0) { offset += atBegin.by; atBegin = null; }
                return done;
              } });
              return { read: room.read, write } as never;
            },
          };
        },
      },
    });
  });
  afterAll(() => stage?.close());
  const send = async (address: string) => {
    const sent = await stage.send('ana', { to: [{ address }], text: 'Maria Alvarez, MRN 4471902: lithium level 1.9.' });
    expect(sent.status).toBe(202);
    return sent.body.id;
  };
  const valid = async () => {
    await stage.service.audit.flush();
    const answer = await verify({ path: join(stage.folder, 'data') });
    expect(answer.code, answer.lines.join('\n')).toBe(0);
  };

  it.each([['half a second', 500], ['two hours', 2 * HOUR]])('set back by %s during a try that is put off: the next try follows, and the log is valid', async (_says, by) => {
    atBegin = { left: 1, by: -by };
    const id = await send(`greta${by}@grey.test`);
    const timeline = await stage.until('ana', id, ['relayed']);
    const types = timeline.recipients[0]?.events.map((e) => e.type) ?? [];
    expect(types.filter((t) => t.startsWith('delivery.')), 'told in the order it happened').toEqual([
      'delivery.attempt.started', 'delivery.attempt.finished', 'delivery.deferred', 'delivery.attempt.started', 'delivery.attempt.finished', 'delivery.relayed']);
    await valid();
  });

  it('copies that wait do not wait for the hours that were taken back', async () => {
    faults.gate(true);
    const id = await send('tess.lane@lakeside.test');
    const before = nearer;
    offset -= 3 * HOUR;
    await until('the loop to see the new clock before anything is leased', () => nearer > before);
    faults.gate(false);
    await stage.until('ana', id, ['relayed']);
    await valid();
  });

  it('under a clock years ahead nothing is accepted; under one half an hour ahead it is, and goes when the clock is right again', async () => {
    offset += 3 * 365 * 24 * HOUR;
    faults.gate(true);
    // Tokens have ended by that clock: it must be refused, not half done.
    const refused = await stage.send('ana', { to: [{ address: 'tess.lane@lakeside.test' }], text: 'x' });
    expect(refused.status).toBe(401);
    offset -= 3 * 365 * 24 * HOUR;
    offset += 0.5 * HOUR;
    const id = await send('tess.lane@lakeside.test');
    offset -= 0.5 * HOUR;
    faults.gate(false);
    await stage.until('ana', id, ['relayed']);
    await valid();
  });

  it('says in the log that the clock went back', async () => {
    expect((await stage.events('clock.skew')).length).toBeGreaterThan(0);
  });

  it('one duty of the calendar that breaks keeps no other waiting, and is heard of', async () => {
    const before = faults.fired();
    faults.once('suppression.expire', false);
    faults.once('handoff.dropStale', false);
    await expect(stage.service.sweep()).rejects.toMatchObject({ code: 'store-broken' });
    expect(faults.fired() - before).toBe(2);
    expect(await stage.service.sweep()).toMatchObject({ disposed: 0, dropped: 0 });
  });
});
