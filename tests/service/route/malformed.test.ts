/** A message that we cannot write as mail, by a fault of our own that these tests put in: its copy moves on or is held, and its author hears of it. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Fault } from '../../../service/refusal.ts';
import type { Seal, SealInput } from '../../../service/seal/seal.ts';
import { openStage, type Stage } from '../../journeys/stage.ts';

const BARE = 'a line end of its own';
const GAPPED = 'a content that is gone';
const ENDED = 'a key of ours that has ended';
const TESS = 'tess.lane@lakeside.test';
const GINA = 'gina.holt@keyring.test';

vi.mock('../../../service/seal/seal.ts', async (original) => {
  const real = await original<typeof import('../../../service/seal/seal.ts')>();
  const way = <A extends readonly unknown[]>(seal: (input: SealInput, ...more: A) => ReturnType<Seal['tls']>) => async (input: SealInput, ...more: A) => {
    if (input.draft.subject === ENDED) throw new Fault('signer-ended', 'as the test asked');
    if (input.draft.subject === GAPPED) throw new Fault('contents-missing', 'as the test asked');
    const made = await seal(input, ...more);
    return input.draft.subject === BARE ? { ...made, bytes: Buffer.concat([made.bytes, Buffer.from('\r.\r\n')]) } : made;
  };
  return { ...real, openSeal: (parts: Parameters<typeof real.openSeal>[0]): Seal => {
    const seal = real.openSeal(parts);
    return { ...seal, tls: way(seal.tls), pgp: way(seal.pgp) };
  } };
});

describe('a message that cannot be written as mail', () => {
  let stage: Stage;
  beforeAll(async () => { stage = await openStage(); });
  afterAll(() => stage?.close());

  it.each([[BARE, 'content-malformed'], [GAPPED, 'content-malformed'], [ENDED, 'signer-ended']])('%s: what would have gone by TLS goes to the page, what has no other way is held; the author is told of both', async (subject, code) => {
    const before = (await stage.sights())['keyring.test']?.mailFrom;
    const { body } = await stage.send('ana', { to: [{ address: TESS }, { address: GINA }], subject, text: 'Maria Alvarez, MRN 4471902: lithium level 1.9.' });
    expect(body.recipients.map((r) => r.protection)).toEqual(['tls', 'pgp']);
    const { recipients: [tess, gina] } = await stage.until('ana', body.id, ['relayed', 'held']);
    expect(tess).toMatchObject({ status: 'relayed', planned: 'tls', protection: 'portal', changed: { code } });
    expect(gina).toMatchObject({ status: 'held', planned: 'pgp' });
    await stage.service.audit.flush();
    expect((await stage.call('ben', 'GET', `audit/events?message=${body.id}&type=delivery.held`)).body.data).toMatchObject([{ facts: { code } }]);
    expect((await stage.sights())['keyring.test']?.mailFrom).toBe(before);
    await stage.mail('ana.ruiz@riverside.test', (raw) => raw.replaceAll('=\r\n', '').includes(body.id) && raw.includes('takes another way'));
    await stage.mail('ana.ruiz@riverside.test', (raw) => raw.replaceAll('=\r\n', '').includes(body.id) && raw.includes('waits for you'));
  });
});
