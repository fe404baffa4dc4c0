/** What an author is told of a copy at the moment it leaves: never half of it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Store } from '../../service/store/store.ts';
import { openFaults } from '../service/route/faults.ts';
import { until } from '../until.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
/** the next who reads the log of a message is told of here, and does so when this has ended */
let hold: { readonly told: () => void; readonly ended: Promise<void> } | null = null;
const faults = openFaults();
const around = (store: Store): Store => {
  const inner = faults.around(store);
  return {
    ...inner,
    room(name: string) {
      const room = inner.room(name);
      if (name !== 'audit') return room as never;
      // oxlint-disable-next-line no-explicit-any
      const read = new Proxy(room.read as any, { get: (real, operation) => async (args: unknown) => {
        if (operation === 'ofMessage' && hold !== null) {
          const { told, ended } = hold;
          hold = null;
          told();
          await ended;
        }
        return real[operation](args);
      } });
      return { read, write: room.write } as never;
    },
  };
};
beforeAll(async () => { stage = await openStage({ extra: { around } }); });
afterAll(() => stage?.close());

it('a copy that leaves while its timeline is read is told of whole: the way it took and the code to say', async () => {
  faults.gate(true);
  const { body } = await stage.send('ana', { to: [{ address: 'walt.finch@oldpost.test' }], text: 'Your potassium is 6.1.' });
  expect(body.recipients[0]).toMatchObject({ protection: 'tls', otherwise: 'portal' });
  let go = (): void => undefined;
  const ended = new Promise<void>((done) => { go = done; });
  const reading = new Promise<void>((told) => { hold = { told, ended }; });
  const asked = stage.timeline('ana', body.id);
  await reading;
  faults.gate(false);
  await until('the notice to be taken over', async () => (await stage.events('portal.notified', `&message=${body.id}`)).length > 0);
  go();
  const [copy] = (await asked).recipients;
  expect(copy).toMatchObject({ status: 'relayed', planned: 'tls', protection: 'portal', changed: { code: 'starttls-missing' }, portal: { ways: ['spoken-code'] } });
  expect(copy?.spokenCode).toMatch(/^\d{4}-\d{4}$/);
});
