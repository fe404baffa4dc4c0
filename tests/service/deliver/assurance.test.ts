/** Facts in, grade and reason out. */
import { describe, expect, test } from 'vitest';
import * as fc from 'fast-check';
import { assure, meets, type Proof } from '../../../service/deliver/assurance.ts';

const GOOD: Proof = { starttls: 'done', modern: true, chain: null, named: true, bound: 'domain', dane: 'none', sts: 'none', pin: 'none' };
const BARE: Partial<Proof> = { starttls: 'missing', modern: false, chain: 'certificate-missing', named: false };

const TABLE: readonly (readonly [what: string, facts: Partial<Proof>, judged: string])[] = [
  ['chain, name, host in the domain', {}, 'B pkix'],
  ['host of a listed provider', { bound: 'provider' }, 'B pkix'],
  ['host seen unchanged', { bound: 'seen' }, 'B pkix'],
  ['MX record signed', { bound: 'signed' }, 'B pkix'],
  ['host we configured', { bound: 'configured' }, 'B pkix'],
  ['a forged MX with a flawless certificate', { bound: null }, 'C mx-not-bound'],
  ['expired', { chain: 'certificate-expired' }, 'C certificate-expired'],
  ['expired and a wrong name', { chain: 'certificate-expired', named: false }, 'C certificate-expired'],
  ['not yet valid', { chain: 'certificate-not-yet-valid' }, 'C certificate-not-yet-valid'],
  ['self-signed', { chain: 'certificate-self-signed' }, 'C certificate-self-signed'],
  ['unknown authority', { chain: 'certificate-untrusted' }, 'C certificate-untrusted'],
  ['wrong name', { named: false }, 'C certificate-name'],
  ['wrong name, unbound', { named: false, bound: null }, 'C certificate-name'],
  ['old cipher', { modern: false }, 'C cipher-weak'],
  ['no STARTTLS', BARE, 'D starttls-missing'],
  ['STARTTLS refused', { ...BARE, starttls: 'refused' }, 'D starttls-refused'],
  ['handshake failed', { ...BARE, starttls: 'failed' }, 'D tls-failed'],
  ['TLS 1.1', { ...BARE, starttls: 'too-old' }, 'D tls-too-old'],
  ['DANE matches', { dane: 'matched' }, 'A dane'],
  ['DANE matches a self-signed certificate', { dane: 'matched', chain: 'certificate-self-signed', named: false, bound: null }, 'A dane'],
  ['DANE matches an expired certificate', { dane: 'matched', chain: 'certificate-expired' }, 'A dane'],
  ['DANE matches over an old cipher', { dane: 'matched', modern: false }, 'C cipher-weak'],
  ['DANE does not match a flawless certificate', { dane: 'mismatched' }, 'C dane-failed hold'],
  ['DANE does not match, MTA-STS would', { dane: 'mismatched', sts: 'listed' }, 'C dane-failed hold'],
  ['DANE and no STARTTLS', { ...BARE, dane: 'mismatched' }, 'D dane-failed hold'],
  ['DANE unusable and no STARTTLS', { ...BARE, dane: 'unusable' }, 'D dane-failed hold'],
  ['DANE unusable, PKIX good', { dane: 'unusable' }, 'B pkix'],
  ['DANE unusable, PKIX bad', { dane: 'unusable', chain: 'certificate-self-signed' }, 'C certificate-self-signed'],
  ['DANE not to be looked up', { dane: 'unknown' }, 'D dane-unknown hold'],
  ['DANE not to be looked up, MTA-STS good', { dane: 'unknown', sts: 'listed' }, 'D dane-unknown hold'],
  ['MTA-STS', { sts: 'listed' }, 'A mta-sts'],
  ['MTA-STS, host elsewhere', { sts: 'listed', bound: null }, 'A mta-sts'],
  ['MTA-STS names another host', { sts: 'unlisted' }, 'C sts-failed hold'],
  ['MTA-STS names another host, no TLS', { ...BARE, sts: 'unlisted' }, 'D sts-failed hold'],
  ['MTA-STS and expired', { sts: 'listed', chain: 'certificate-expired' }, 'C sts-failed hold'],
  ['MTA-STS and a wrong name', { sts: 'listed', named: false }, 'C sts-failed hold'],
  ['MTA-STS and no STARTTLS', { ...BARE, sts: 'listed' }, 'D sts-failed hold'],
  ['MTA-STS and TLS 1.1', { ...BARE, starttls: 'too-old', sts: 'listed' }, 'D sts-failed hold'],
  ['MTA-STS over an old cipher', { sts: 'listed', modern: false }, 'C cipher-weak'],
  ['MTA-STS and DANE match, PKIX bad', { sts: 'listed', dane: 'matched', chain: 'certificate-self-signed' }, 'A dane'],
  ['pinned', { pin: 'matched', bound: 'configured' }, 'B- pinned'],
  ['pinned, self-signed', { pin: 'matched', chain: 'certificate-self-signed', named: false }, 'B- pinned'],
  ['pinned, another certificate', { pin: 'mismatched' }, 'C pin-failed hold'],
  ['pinned, no STARTTLS', { ...BARE, pin: 'mismatched' }, 'D pin-failed hold'],
  ['pinned over an old cipher', { pin: 'matched', modern: false }, 'C cipher-weak'],
];

describe('assurance', () => {
  test.each(TABLE)('%s', (_what, facts, judged) => {
    const { grade, code, hold } = assure({ ...GOOD, ...facts });
    expect(`${grade} ${code}${hold ? ' hold' : ''}`).toBe(judged);
  });
});

const proofs = fc.record<Proof>({
  starttls: fc.constantFrom('done', 'missing', 'refused', 'failed', 'too-old'),
  modern: fc.boolean(),
  chain: fc.constantFrom(null, 'certificate-expired', 'certificate-self-signed'),
  named: fc.boolean(),
  bound: fc.constantFrom(null, 'domain', 'provider'),
  dane: fc.constantFrom('none', 'matched', 'mismatched', 'unusable', 'unknown'),
  sts: fc.constantFrom('none', 'listed', 'unlisted'),
  pin: fc.constantFrom('none', 'matched', 'mismatched'),
});

describe('whatever the facts', () => {
  test('B or better means TLS of today, and a tie to the domain', () => {
    fc.assert(fc.property(proofs, (proof) => {
      const judged = assure(proof);
      if (judged.hold || !meets(judged.grade, 'B')) return;
      expect([proof.starttls, proof.modern]).toEqual(['done', true]);
      expect(proof.dane === 'matched' || proof.pin === 'matched' || (proof.chain === null && proof.named && (proof.bound !== null || proof.sts === 'listed'))).toBe(true);
    }));
  });
  test('a broken promise is always held', () => {
    fc.assert(fc.property(proofs, (proof) => {
      const broken = proof.dane === 'mismatched' || proof.dane === 'unknown' || proof.sts === 'unlisted' || proof.pin === 'mismatched';
      if (broken) expect(assure(proof).hold).toBe(true);
    }));
  });
  test('no grade is better without TLS', () => {
    fc.assert(fc.property(proofs, (proof) => {
      if (proof.starttls !== 'done') expect(assure(proof).grade).toBe('D');
    }));
  });
});

test.each([['A', 'A', true], ['B', 'A', false], ['B-', 'A', false], ['A', 'B', true], ['B', 'B', true], ['B-', 'B', true], ['C', 'B', false], ['D', 'B', false], ['C', 'any', true], ['D', 'any', true]] as const)('%s meets %s: %s', (grade, floor, met) => expect(meets(grade, floor)).toBe(met));
