import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { openEntries } from '../../../service/audit/entry.ts';
import { keyring } from './vault.ts';

it('seals what a client cut in the middle of a character', () => {
  const entries = openEntries({ vault: keyring() as never, world: { now: () => 0, random: (n: number) => randomBytes(n) } as never });
  const key = { id: 'k', bytes: randomBytes(32) };
  const event = entries.prepare({ type: 'message.accepted', outcome: 'ok', actor: { kind: 'author', id: 'u_1' }, message: 'msg_1', facts: {}, sealed: { subject: 'Results \ud83d' } }, key);
  expect(event.leaf).not.toContain('Results');
  expect(entries.reveal({ row: event } as never, key)).toEqual({ subject: 'Results \ufffd' });
});
