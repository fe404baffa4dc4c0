/** A key under two halves and under the archive's: each opens what it must, and nothing less does. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { open } from '../../../service/vault/aead.ts';
import { joinShares, makeShares } from '../../../service/vault/archivekey.ts';
import { archiveKeyOf, dividedAad, joinHalves, newHalf, unwrapArchive, wrapArchive, wrapDivided } from '../../../service/vault/divide.ts';

const [message, item] = ['msg_1', 'item_1'];
const key = new Uint8Array(randomBytes(32));

describe('two halves', () => {
  const halves = { link: newHalf(), kept: newHalf() };
  const wrapped = wrapDivided(message, item, halves, key);
  const opened = (link: Uint8Array, kept: Uint8Array, of = item) => open({ bytes: joinHalves(of, link, kept) }, dividedAad(message, of), wrapped);

  it('open it together', () => expect(opened(halves.link, halves.kept)).toEqual(key));
  it.each([
    ['the other way round', () => opened(halves.kept, halves.link)],
    ['one of them twice', () => opened(halves.link, halves.link)],
    ['for another copy', () => opened(halves.link, halves.kept, 'item_2')],
    ['with nothing for the other', () => opened(halves.link, new Uint8Array(32))],
  ])('%s: nothing', (_what, tried) => expect(tried).toThrow(expect.objectContaining({ code: 'sealed-broken' })));
  it('of another length are refused', () => expect(() => joinHalves(item, new Uint8Array(31), halves.kept)).toThrow(expect.objectContaining({ code: 'half-malformed' })));
  it('with one bit turned open nothing', () => fc.assert(fc.property(fc.nat(255), fc.boolean(), (bit, first) => {
    const turned = (first ? halves.link : halves.kept).slice();
    turned[bit >> 3]! ^= 1 << (bit & 7);
    expect(() => (first ? opened(turned, halves.kept) : opened(halves.link, turned))).toThrow(expect.objectContaining({ code: 'sealed-broken' }));
  })));
});

describe('the archive\'s key', () => {
  it('opens what was encrypted to it, for that message alone', () => {
    const { publicKey, privateKey } = generateKeyPairSync('x25519');
    const wrapped = wrapArchive(publicKey, message, key);
    expect(unwrapArchive(privateKey, message, wrapped)).toEqual(key);
    expect(wrapArchive(publicKey, message, key)).not.toEqual(wrapped);
    expect(() => unwrapArchive(privateKey, 'msg_2', wrapped)).toThrow(expect.objectContaining({ code: 'sealed-broken' }));
    expect(() => unwrapArchive(generateKeyPairSync('x25519').privateKey, message, wrapped)).toThrow(expect.objectContaining({ code: 'sealed-broken' }));
    expect(() => unwrapArchive(privateKey, message, wrapped.slice(0, 20))).toThrow(expect.objectContaining({ code: 'sealed-broken' }));
  });
  it('is joined from any two of three shares, and from nothing less', async () => {
    const [mine, other] = [await makeShares(), await makeShares()];
    const own = archiveKeyOf(mine.publicKey);
    if (own === null) throw new Error('no key');
    const wrapped = wrapArchive(own, message, key);
    for (const [a, b] of [[0, 1], [0, 2], [2, 1]] as const) expect(unwrapArchive(await joinShares([mine.shares[a]!, mine.shares[b]!]), message, wrapped)).toEqual(key);
    for (const wrong of [[mine.shares[0]!], [mine.shares[0]!, mine.shares[0]!], [mine.shares[0]!, other.shares[1]!]]) await expect(joinShares(wrong)).rejects.toMatchObject({ code: 'shares-apart' });
    await expect(joinShares(['no share', mine.shares[0]!])).rejects.toMatchObject({ code: 'share-malformed' });
  });
  it.each([
    ['a private key', generateKeyPairSync('x25519').privateKey.export({ type: 'pkcs8', format: 'pem' })], ['a key of another kind', generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' })], ['no key', 'words'],
  ])('%s is not taken for one', (_what, pem) => expect(archiveKeyOf(pem)).toBeNull());
});
