/** Entries → claims: no claim beyond the evidence, each with what it does not prove. */
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { beside, derive, type Leaf } from '../../../../service/audit/certificate/claim.ts';
import { pack, unpack } from '../../../../service/audit/certificate/archive.ts';
import { parseProof, proofText, sha256, utf8 } from '../../../../service/audit/certificate/bundle.ts';
import { RULES } from '../../../../service/audit/certificate/version.ts';
import { canonical } from '../../../../service/audit/tree/canonical.ts';
import { verify } from '../../../../service/audit/verify.ts';
import { inclusion, leafHash, openTiles } from '../../../../service/audit/tree/merkle.ts';

interface Step { readonly type: string; readonly outcome?: string; readonly facts?: object; readonly item?: string; readonly message?: string }
const leaves = (steps: readonly Step[]): Leaf[] => steps.map((s, seq) => ({
  seq, leaf: JSON.stringify({ v: 1, id: `evt_${seq}`, time: `2026-11-21T10:00:${String(seq).padStart(2, '0')}.000Z`, type: s.type, outcome: s.outcome ?? 'ok', actor: { kind: 'service', id: 'queue' }, message: s.message ?? 'msg_1', ...(s.item === '' ? {} : { item: s.item ?? 'item_1' }), facts: s.facts ?? {}, _sd: { recipient: 'commitment' } }),
}));
const accepted: Step = { type: 'message.accepted', item: '' };
const decided = (protection = 'tls'): Step => ({ type: 'encryption.decided', facts: { protection } });
const started: Step = { type: 'delivery.attempt.started' };
const answered = (reply: number | null = 250, outcome = 'ok'): Step => ({ type: 'delivery.attempt.finished', outcome, facts: { reply, grade: 'B', protocol: 'TLSv1.3' } });
const relayed = (protection = 'tls'): Step => ({ type: 'delivery.relayed', facts: { protection } });
const dsn = (action: string): Step => ({ type: 'delivery.dsn_received', facts: { action } });
const entered = (way: string): Step => ({ type: 'portal.authenticated', facts: { way } });
const opened: Step = { type: 'portal.message_opened' };
const failed: Step = { type: 'delivery.failed', outcome: 'failed', facts: { code: 'mailbox-unknown' } };
const sent = [accepted, decided(), started, answered(), relayed()];
const notified = [accepted, decided('portal'), started, answered(), relayed('portal'), { type: 'portal.notified' }];

const TABLE: readonly (readonly [what: string, steps: readonly Step[], level: string, status: string, claims: string])[] = [
  ['accepted only', [accepted, decided()], 'L0', 'queued', 'L0'],
  ['under way', [accepted, decided(), started], 'L0', 'queued', 'L0'],
  ['taken over', sent, 'L1', 'relayed', 'L0 L1'],
  ['a try that failed', [accepted, decided(), started, answered(450, 'failed'), { type: 'delivery.deferred', outcome: 'failed' }], 'L0', 'delayed', 'L0'],
  ['refused for good', [accepted, decided(), started, answered(550, 'failed'), failed], 'L0', 'failed', 'L0'],
  ['said to be taken over without an answer', [accepted, decided(), relayed()], 'L0', 'relayed', 'L0'],
  ['said to be taken over after a refusal', [accepted, decided(), answered(550, 'failed'), relayed()], 'L0', 'relayed', 'L0'],
  ['answered without a code', [accepted, decided(), answered(null), relayed()], 'L0', 'relayed', 'L0'],
  ['unknown end, then taken over', [accepted, decided(), started, { type: 'delivery.unknown', outcome: 'unknown' }, started, answered(), relayed()], 'L1', 'relayed', 'L0 L1'],
  ['reported into the mailbox', [...sent, dsn('delivered')], 'L2', 'delivered', 'L0 L1 L2-weak'],
  ['reported as passed on', [...sent, dsn('relayed')], 'L1', 'relayed', 'L0 L1'],
  ['reported as failed later', [...sent, dsn('failed')], 'L1', 'failed', 'L0 L1'],
  ['a report about what was never handed over', [accepted, decided(), dsn('delivered')], 'L0', 'queued', 'L0'],
  ['a failure told before it was handed over', [accepted, decided(), dsn('failed'), started, answered(), relayed()], 'L1', 'relayed', 'L0 L1'],
  ['a failure told before it was held', [accepted, decided(), dsn('failed'), { type: 'delivery.held', outcome: 'failed' }], 'L0', 'held', 'L0'],
  ['a notice that came back, and was sent again', [...notified, dsn('failed'), { type: 'portal.notified' }], 'L1', 'relayed', 'L0 L1-notice'],
  ['displayed', [...sent, { type: 'delivery.mdn_received', facts: { disposition: 'displayed' } }], 'L3', 'delivered', 'L0 L1 L3-weak'],
  ['deleted unread', [...sent, { type: 'delivery.mdn_received', facts: { disposition: 'deleted' } }], 'L1', 'delivered', 'L0 L1'],
  ['a notice', notified, 'L1', 'relayed', 'L0 L1-notice'],
  ['a notice reported into the mailbox', [...notified, dsn('delivered')], 'L2', 'delivered', 'L0 L1-notice L2-notice-weak'],
  ['its link fetched, by whomever', [...notified, { type: 'portal.visited', facts: { by: 'program', sign: 'early' } }, { type: 'portal.visited', facts: { by: 'browser' } }], 'L1', 'relayed', 'L0 L1-notice'],
  ['handed over again and again without an answer', [accepted, decided(), started, answered(null, 'unknown'), { type: 'delivery.failed', outcome: 'unknown', facts: { code: 'unanswered' } }], 'L0', 'failed', 'L0'],
  ['opened by a mailed code', [...notified, entered('mail-code'), opened], 'L4', 'opened', 'L0 L1-notice L4-weak'],
  ['opened by a spoken code', [...notified, entered('spoken-code'), opened], 'L4', 'opened', 'L0 L1-notice L4'],
  ['opened after both ways: the weaker counts', [...notified, entered('mail-code'), entered('spoken-code'), opened], 'L4', 'opened', 'L0 L1-notice L4-weak'],
  ['a code that was wrong', [...notified, { ...entered('mail-code'), outcome: 'denied' }, opened], 'L1', 'opened', 'L0 L1-notice'],
  ['signed in, not opened', [...notified, entered('mail-code')], 'L1', 'delivered', 'L0 L1-notice'],
  ['opened, then recalled', [...notified, entered('mail-code'), opened, { type: 'recall.done' }], 'L4', 'recalled', 'L0 L1-notice L4-weak'],
  ['first another way', [accepted, decided(), started, answered(null, 'failed'), { type: 'encryption.changed', facts: { from: 'tls', to: 'portal' } }, started, answered(), relayed('portal')], 'L1', 'relayed', 'L0 L1-notice'],
];

describe('claims', () => {
  test.each(TABLE)('%s', (_what, steps, level, status, claims) => {
    const { recipients: [r] } = derive(leaves(steps));
    expect(r?.claims.map((c) => `${c.level}${c.about === 'notice' ? '-notice' : ''}${c.strength === 'weak' ? '-weak' : ''}`).join(' ')).toBe(claims);
    expect([r?.level, r?.status]).toEqual([level, status]);
    for (const c of r?.claims ?? []) {
      expect(c.proves).toMatch(/\.$/);
      expect(c.doesNotProve).toMatch(/\.$/);
      expect(c.seq.length).toBeGreaterThan(0);
      expect(c.proves).not.toMatch(/deliver/i);
    }
  });

  it('never calls a copy delivered that was only taken over, or that failed', () => {
    for (const [what, steps, , status] of TABLE) if (status !== 'delivered') expect(JSON.stringify(derive(leaves(steps)).recipients), what).not.toMatch(/delivered/i);
  });

  it('says how the server that took it over was spoken to, as the try that it answered says', () => {
    const clear: Step = { type: 'delivery.attempt.finished', facts: { reply: 250, grade: 'D', protocol: null } };
    const [tls, open] = [sent, [accepted, decided('portal'), answered(450, 'failed'), clear, relayed('portal')]].map((steps) => derive(leaves(steps)).recipients[0]?.claims.at(-1));
    expect([tls?.channel, open?.channel]).toMatchObject([{ protocol: 'TLSv1.3', grade: 'B' }, { protocol: null, grade: 'D' }]);
    expect([tls, open].map((c) => c && beside(c))).toEqual([' over TLSv1.3, grade B', ' over a connection without encryption']);
  });

  it('another recipient\'s entries prove nothing for this one', () => {
    const { recipients } = derive(leaves([...sent, { ...decided(), item: 'item_2' }, { ...opened, item: 'item_2' }]));
    expect(recipients.map((r) => [r.item, r.level])).toEqual([['item_1', 'L1'], ['item_2', 'L0']]);
  });

  it('refuses entries of another message, and entries without an acceptance', () => {
    expect(() => derive(leaves([...sent, { ...dsn('delivered'), message: 'msg_2' }]))).toThrow('another message');
    expect(() => derive(leaves([decided(), relayed()]))).toThrow('accepted');
    expect(() => derive([{ seq: 1, leaf: 'null' }])).toThrow('lacks');
  });

  it('property: fewer entries never prove more', () => {
    const all = TABLE.flatMap(([, steps]) => [steps]);
    const rank = (steps: readonly Step[]) => Number(derive(leaves(steps)).recipients[0]?.level.slice(1) ?? 0);
    fc.assert(fc.property(fc.constantFrom(...all), fc.nat(20), (steps, n) => {
      const at = 2 + (n % Math.max(1, steps.length - 1));
      // Leaving out a session makes none stronger than weak, but not weaker in level; leaving out its end does.
      expect(rank(steps.filter((s, i) => i !== at || s.type === 'encryption.changed'))).toBeLessThanOrEqual(Math.max(rank(steps), steps[at]?.type === 'delivery.attempt.finished' ? 1 : 0));
    }));
  });
});

describe('versions', () => {
  const early: readonly Step[] = [accepted, decided(), dsn('delivered'), started, answered(450, 'failed'), { type: 'delivery.deferred', outcome: 'failed' }];
  it('each calls the state of a copy by its own rules', () => {
    expect(RULES[1].map((rule) => derive(leaves(early), rule).recipients[0]?.status)).toEqual(['delivered', 'delayed']);
    expect(RULES[2].map((rule) => derive(leaves(early), rule).recipients[0]?.status)).toEqual(['delayed']);
  });

  // A certificate is kept for years. If one of these fails, the rules under a number were edited: give the new ones a number of their own.
  const ROWS = 29;
  it.each([[1, 0, 'a57401d31bc83fc56a2426b54aa3b38dd1fec7eb9e2ecfd1ec954a734285634b'], [2, 0, '5355c34b4a15e4399edb40fd0ee398ccaf7dc18422bb19e314eda87df09d835b']] as const)('the rules and sentences of version %i are what they were', (version, n, digest) => {
    const all = [...TABLE.slice(0, ROWS).map(([, steps]) => steps), early].map((steps) => derive(leaves(steps), RULES[version][n]));
    expect(sha256(utf8(canonical(all) ?? ''))).toBe(digest);
  });

  it('one that was made before, and holds a notice that came before its copy, is valid and says what today would be said', async () => {
    const path = join(import.meta.dirname, '../../../vectors/certificate-1.zip');
    const answer = await verify({ path });
    expect([answer.code, answer.lines.find((line) => line.startsWith('Recipient 1'))]).toEqual([0, 'Recipient 1: L0, delivered by the rules of version 1; by today\'s: delayed']);
    expect(answer.lines.find((line) => line.startsWith('Recipient 2'))).toBe('Recipient 2: L1, relayed');
  });
});

describe('the archive', () => {
  const files = { 'certificate.json': utf8('{}'), 'events/12.json': utf8('a'), 'proofs/12.txt': utf8('') };
  it('has one spelling and comes back as it was', () => {
    const zip = pack(files);
    expect(Buffer.compare(pack(unpack(zip) ?? {}), zip)).toBe(0);
    expect(unpack(zip)).toEqual(files);
    const zone = process.env['TZ'];
    process.env['TZ'] = 'Pacific/Auckland';
    expect(Buffer.compare(pack(files), zip)).toBe(0);
    process.env['TZ'] = zone ?? '';
    if (zone === undefined) delete process.env['TZ'];
  });
  it('refuses every changed byte, what follows it, names that lead elsewhere, and what is none', () => {
    const zip = pack(files);
    for (let i = 0; i < zip.length; i += 1) {
      const bad = zip.slice();
      bad[i] = (bad[i] ?? 0) ^ 0x20;
      const read = unpack(bad);
      // A changed byte of content is another archive, which the sums refuse; anything else is none.
      if (read !== null) expect(JSON.stringify(read)).not.toBe(JSON.stringify(files));
    }
    expect(unpack(Buffer.concat([zip, Buffer.of(0)]))).toBeNull();
    expect(unpack(pack({ ...files, '../evil': utf8('x') }))).toBeNull();
    expect(unpack(pack({ ...files, 'events/x.json': utf8('x') }))).toBeNull();
    expect(unpack(new Uint8Array(0))).toBeNull();
  });
});

test('property: a proof written down side by side reads back, and leads a shell to the root', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 70 }), fc.nat(), (size, n) => {
    const tiles = openTiles([]);
    for (let i = 0; i < size; i += 1) tiles.push(leafHash(Buffer.from(String(i))));
    const index = n % size;
    const proof = inclusion(tiles.nodes, index, size);
    const text = proofText(index, size, proof.map((h) => Buffer.from(h).toString('base64')));
    expect(parseProof(text)?.map((h) => Buffer.from(h).toString('hex'))).toEqual(proof.map((h) => Buffer.from(h).toString('hex')));
    // Sides alternate by the tree, not by chance: the last leaf of a tree has only left neighbours.
    if (index === size - 1) expect(text).not.toContain('right');
    if (index === 0) expect(text).not.toContain('left');
  }));
});
