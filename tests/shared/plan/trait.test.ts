/** Who a recipient seems to be, by table; half of the rows must find nothing. */
import { describe, expect, it } from 'vitest';
import { greetedIn, looksLike, threadIn, traitsOf } from '../../../shared/plan/trait.ts';

const OWN = ['riverside.test'];
const KNOWN = ['riverside.test', 'stmarys-hospital.test', 'gmail.com', 'outlook.com', 'comcast.net'];

describe('look-alike domains', () => {
  it.each([
    ['gmial.com', 'gmail.com'], ['gmai.com', 'gmail.com'], ['gmaill.com', 'gmail.com'], ['rlverside.test', 'riverside.test'], ['riversldc.test', null], ['r1verside.test', 'riverside.test'], ['riverslde.test', 'riverside.test'], ['rivers-ide.test', 'riverside.test'],
    ['outIook.com'.toLowerCase(), 'outlook.com'], ['outl00k.com', 'outlook.com'], ['stmarys-hospitai.test', 'stmarys-hospital.test'], ['stmaryshospital.test', 'stmarys-hospital.test'], ['stmarys-hospita1.test', 'stmarys-hospital.test'], ['corncast.net', 'comcast.net'],
    ['gmail.com', null], ['mail.riverside.test', null], ['lakeside.test', null], ['northside.test', null], ['stmarys.test', null], ['example.org', null], ['hotmail.com', null], ['riverbank.test', null], ['email.com', null], ['gmx.com', null],
  ])('%s: %s', (domain, like) => {
    // "email.com" is one letter from "gmail.com" and an honest provider: known as such where it matters.
    expect(looksLike(domain, domain === 'email.com' ? [...KNOWN, 'email.com'] : KNOWN)).toBe(like);
  });
});

describe('traits', () => {
  const of = (address: string, more: object = {}, name?: string) => traitsOf([{ address, role: 'to', ...(name ? { name } : {}) }], { own: OWN, ...more })[0]?.join(' ');
  it.each([
    ['a colleague', of('noor@riverside.test'), 'internal'], ['a colleague below', of('lab@x.riverside.test'), 'internal'], ['an outsider', of('a@lakeside.test'), 'external'], ['a consumer', of('a@gmail.com'), 'external consumer'],
    ['a partner', of('a@lakeside.test', { partners: ['lakeside.test'] }), 'external partner'], ['a consumer of ours', of('a@brightmail.test', { consumers: ['brightmail.test'] }), 'external consumer'], ['nearly ours', of('a@riversjde.test'), 'external look-alike'],
    ['a colleague at home', of('ana.ruiz77@gmail.com', { people: [{ address: 'ana.ruiz@riverside.test', name: 'Dr. Ana Ruiz' }] }), 'external consumer personal'], ['a stranger with one name alike', of('ana.king@gmail.com', { people: [{ address: 'ana.ruiz@riverside.test', name: 'Dr. Ana Ruiz' }] }), 'external consumer'],
    ['the same name at work elsewhere', of('ana.ruiz@lakeside.test', { people: [{ address: 'ana.ruiz@riverside.test' }] }), 'external'],
    ['somebody of the thread', of('a@lakeside.test', { thread: ['A@lakeside.test'] }), 'external'], ['their colleague', of('b@lakeside.test', { thread: ['a@lakeside.test'] }), 'external'], ['somebody else', of('b@other.test', { thread: ['a@lakeside.test'] }), 'external unlike-thread'], ['another consumer', of('b@gmail.com', { thread: ['a@gmail.com'] }), 'external consumer unlike-thread'],
    ['who is greeted', of('sam.park@stmarys.test', { greeted: ['park'] }), 'external'], ['who is not', of('sam.park@stmarys.test', { greeted: ['tess'] }), 'external unlike-salutation'], ['whose name says so', of('x1@stmarys.test', { greeted: ['sam'] }, 'Sam Park'), 'external'],
  ])('%s', (_what, found, expected) => expect(found).toBe(expected));

  it('a name that fits one recipient makes no other unlike it', () => {
    expect(traitsOf([{ address: 'sam.park@stmarys.test', role: 'to' }, { address: 'tess.lane@lakeside.test', role: 'to' }], { own: OWN, greeted: ['tess'] })).toEqual([['external'], ['external']]);
  });
});

describe('what a text says of its recipients', () => {
  it.each([
    ['Dear Dr. Park,\nthe results', ['park']], ['Hi Sam and Tess,\n', ['sam', 'tess']], ['Hello Mrs. Lane:\n', ['lane']], ['Good morning Tess!\n', ['tess']], ['Dear team,\n', []], ['Hi all,\n', []], ['Dear Sir or Madam,\n', []], ['The results are in.', []], ['Hello,\n', []],
    ['Dear patients and families of the whole north wing,\n', []],
  ])('%j greets %j', (text, names) => expect(greetedIn(text).filter((w) => w !== 'or')).toEqual(names));

  it('reads addresses of the thread in its heads, and none of the own words', () => {
    expect(threadIn('see b@x.test\n\nFrom: Sam <sam.park@stmarys.test>\nSent: Monday\nTo: ana.ruiz@riverside.test\nSubject: Results\n\nText')).toEqual(['sam.park@stmarys.test', 'ana.ruiz@riverside.test']);
    expect(threadIn('write to b@x.test')).toEqual([]);
  });
});
