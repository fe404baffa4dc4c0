import { generateKeyPair, UnsecuredJWT } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { openPeople, type People, type Person } from '../../../service/people/people.ts';
import { AUDIENCE, ISSUER, openIssuer, type Issuer } from './issuer.ts';

const SETTINGS = { issuer: ISSUER, audience: AUDIENCE, ownDomains: ['riverside.test'] };
const ENTRA = { ...SETTINGS, tenant: 'tenant-1', clients: ['pane'], scope: 'Mail.SendSecure' };
const ENTRA_CLAIMS = { tid: 'tenant-1', oid: 'oid-ana', azp: 'pane', scp: 'openid Mail.SendSecure', ver: '2.0' };
let issuer: Issuer;
const bearer = async (token: string | Promise<string>) => `Bearer ${await token}`;
const open = (settings: Partial<typeof ENTRA> & { readonly guests?: boolean } = {}): People => openPeople({ ...SETTINGS, ...settings, world: issuer.world });

beforeAll(async () => { issuer = await openIssuer(); });

describe('tokens', () => {
  const now = () => Math.floor(issuer.world.clock / 1000);
  const stranger = generateKeyPair('RS256');
  const cases: readonly { readonly name: string; readonly header: () => Promise<string | undefined>; readonly entra?: true; readonly expect: string }[] = [
    { name: 'a good token', header: () => bearer(issuer.sign()), expect: 'person' },
    { name: 'a good token of another algorithm', header: () => bearer(issuer.sign({}, { kid: 'curve' })), expect: 'person' },
    { name: 'a good Entra token', entra: true, header: () => bearer(issuer.sign(ENTRA_CLAIMS)), expect: 'person' },
    { name: 'lower case bearer', header: async () => `bearer ${await issuer.sign()}`, expect: 'person' },
    { name: 'expired within the tolerance', header: () => bearer(issuer.sign({}, { expires: -30 })), expect: 'person' },
    { name: 'missing', header: async () => undefined, expect: 'token-missing' },
    { name: 'basic', header: async () => 'Basic YW5hOmFuYQ==', expect: 'token-shape' },
    { name: 'two tokens', header: async () => `${await bearer(issuer.sign())} ${await issuer.sign()}`, expect: 'token-shape' },
    { name: 'rubbish in the shape of a token', header: async () => `Bearer ${'a'.repeat(30)}.${'b'.repeat(30)}.${'c'.repeat(30)}`, expect: 'token-shape' },
    { name: 'alg none', header: () => bearer(new UnsecuredJWT({ sub: 'ana' }).setIssuer(ISSUER).setAudience(AUDIENCE).setExpirationTime('1h').encode()), expect: 'token-shape' },
    { name: 'another audience', header: () => bearer(issuer.sign({}, { audience: 'api://other' })), expect: 'token-audience' },
    { name: 'another issuer, our keys', header: () => bearer(issuer.sign({}, { issuer: 'https://evil.test' })), expect: 'token-issuer' },
    { name: 'expired', header: () => bearer(issuer.sign({}, { expires: -61 })), expect: 'token-expired' },
    { name: 'not yet valid', header: () => bearer(issuer.sign({ nbf: now() + 120 })), expect: 'token-not-yet' },
    { name: 'another key under a known id', header: async () => bearer(issuer.sign({}, { key: (await stranger).privateKey })), expect: 'token-signature' },
    { name: 'unknown key id', header: async () => bearer(issuer.sign({}, { kid: 'nobody', key: (await stranger).privateKey })), expect: 'token-signature' },
    { name: 'symmetric algorithm', header: async () => { const t = (await issuer.sign()).split('.'); return bearer(`${Buffer.from(JSON.stringify({ alg: 'HS256', kid: 'one' })).toString('base64url')}.${t[1]}.${t[2]}`); }, expect: 'token-algorithm' },
    { name: 'no subject', header: () => bearer(issuer.sign({ sub: undefined as unknown as string })), expect: 'token-claims' },
    { name: 'changed payload', header: async () => { const [h, p = '', s] = (await issuer.sign()).split('.'); const claims = { ...JSON.parse(Buffer.from(p, 'base64url').toString()), roles: ['system-admin'] }; return bearer(`${h}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.${s}`); }, expect: 'token-signature' },
    { name: 'another tenant', entra: true, header: () => bearer(issuer.sign({ ...ENTRA_CLAIMS, tid: 'tenant-2' })), expect: 'token-tenant' },
    { name: 'a version 1 token', entra: true, header: () => bearer(issuer.sign({ ...ENTRA_CLAIMS, ver: '1.0' })), expect: 'token-tenant' },
    { name: 'no object id', entra: true, header: () => bearer(issuer.sign({ ...ENTRA_CLAIMS, oid: undefined })), expect: 'token-claims' },
    { name: 'another client', entra: true, header: () => bearer(issuer.sign({ ...ENTRA_CLAIMS, azp: 'other' })), expect: 'token-client' },
    { name: 'no scope', entra: true, header: () => bearer(issuer.sign({ ...ENTRA_CLAIMS, scp: 'openid' })), expect: 'token-scope' },
    { name: 'a member of the tenant', entra: true, header: () => bearer(issuer.sign({ ...ENTRA_CLAIMS, acct: 0, idp: 'https://sts.windows.net/tenant-1/', preferred_username: 'ana@riverside.test' })), expect: 'person' },
    { name: 'a guest by acct', entra: true, header: () => bearer(issuer.sign({ ...ENTRA_CLAIMS, acct: 1 })), expect: 'token-guest' },
    { name: 'a guest by acct as text', entra: true, header: () => bearer(issuer.sign({ ...ENTRA_CLAIMS, acct: '1' })), expect: 'token-guest' },
    { name: 'a guest of another tenant', entra: true, header: () => bearer(issuer.sign({ ...ENTRA_CLAIMS, idp: 'https://sts.windows.net/tenant-2/' })), expect: 'token-guest' },
    { name: 'a guest of another tenant whose name ends like ours', entra: true, header: () => bearer(issuer.sign({ ...ENTRA_CLAIMS, idp: 'https://sts.windows.net/not-tenant-1/' })), expect: 'token-guest' },
    { name: 'a guest with an account of their own', entra: true, header: () => bearer(issuer.sign({ ...ENTRA_CLAIMS, idp: 'live.com' })), expect: 'token-guest' },
    { name: 'a guest with a one-time code', entra: true, header: () => bearer(issuer.sign({ ...ENTRA_CLAIMS, idp: 'mail' })), expect: 'token-guest' },
    { name: 'a guest by name', entra: true, header: () => bearer(issuer.sign({ ...ENTRA_CLAIMS, preferred_username: 'eve_evil.test#EXT#@riverside.test' })), expect: 'token-guest' },
    { name: 'an idp that is no text', entra: true, header: () => bearer(issuer.sign({ ...ENTRA_CLAIMS, idp: ['tenant-1'] })), expect: 'token-guest' },
    { name: 'another issuer that says by which of its sources (idp)', header: () => bearer(issuer.sign({ idp: 'local', acct: 1 })), expect: 'person' },
    { name: 'a scope that only begins like it', entra: true, header: () => bearer(issuer.sign({ ...ENTRA_CLAIMS, scp: 'Mail.SendSecure.Read' })), expect: 'token-scope' },
  ];
  test.each(cases)('$name → $expect', async ({ header, entra, expect: expected }) => {
    const who = await open(entra ? ENTRA : {}).who(await header());
    expect('kind' in who ? who.code : 'person').toBe(expected);
  });
});

describe('the person behind a token', () => {
  const person = async (claims: Record<string, unknown>, settings: Parameters<typeof open>[0] = {}) => (await open(settings).who(await bearer(issuer.sign(claims)))) as Person;

  test('has an opaque id that depends on issuer and subject alone', async () => {
    const ana = await person({});
    expect(ana.id).toMatch(/^u_[0-9a-f]{32}$/);
    expect((await person({ name: 'Other', addresses: ['x@riverside.test'] })).id).toBe(ana.id);
    expect((await person({ sub: 'ben' })).id).not.toBe(ana.id);
    expect((await person(ENTRA_CLAIMS, ENTRA)).id).toBe((await person({ ...ENTRA_CLAIMS, sub: 'pairwise' }, ENTRA)).id);
  });

  test.each([
    [{ roles: ['clinician', 'root', 'auditor', 7] }, ['clinician', 'auditor']],
    [{ roles: 'clinician' }, ['clinician']],
    [{ roles: undefined }, []],
    [{ roles: { clinician: true } }, []],
  ])('roles of %j are %j', async (claims, roles) => expect((await person(claims)).roles).toEqual(roles));

  const MANY = ['A@Riverside.test', 'a@riverside.test', 'b@lab.riverside.test', 'c@evil.test', 'not an address', 'd@evilriverside.test', '@riverside.test', 'two words@riverside.test', 'cr\r\n@riverside.test'];
  const ANA = 'ana@riverside.test';
  test.each<[issuer: 'any' | 'entra', Record<string, unknown>, readonly string[]]>([
    ['any', { addresses: MANY }, ['a@riverside.test', 'b@lab.riverside.test']],
    ['any', { addresses: [ANA], email: 'b@riverside.test', email_verified: true }, [ANA]],
    ['any', { email: ANA, email_verified: true, preferred_username: 'other@riverside.test' }, [ANA]],
    ['any', { email: ANA, email_verified: 'true' }, [ANA]],
    ['any', { email: ANA, email_verified: false }, []],
    ['any', { email: ANA, email_verified: 'false' }, []],
    ['any', { email: ANA }, []],
    ['any', { email: ANA, xms_edov: true }, []],
    ['any', { preferred_username: ANA, upn: ANA }, []],
    ['any', { email: 'ana@riverside.test\r\nbcc: x@evil.test', email_verified: true }, []],
    ['any', { email: ['x@riverside.test', ANA], email_verified: true }, ['x@riverside.test']],
    ['entra', { email: ANA, xms_edov: true }, [ANA]],
    ['entra', { email: ANA, xms_edov: '1', preferred_username: 'a.ruiz@riverside.test' }, [ANA, 'a.ruiz@riverside.test']],
    ['entra', { email: ANA, xms_edov: false }, []],
    ['entra', { email: ANA }, []],
    ['entra', { email: ANA, email_verified: true }, []],
    ['entra', { email: 'boss@riverside.test', preferred_username: ANA }, [ANA]],
    ['entra', { upn: ANA }, [ANA]],
    ['entra', { preferred_username: 'ana@riverside.onmicrosoft.test' }, []],
    ['entra', { acct: 1, email: ANA, xms_edov: true, preferred_username: ANA, addresses: [ANA] }, []],
    ['entra', { idp: 'live.com', preferred_username: ANA }, []],
  ])('addresses of %s issuer with %j are %j', async (kind, claims, addresses) =>
    expect((await person({ addresses: undefined, ...(kind === 'entra' ? ENTRA_CLAIMS : {}), ...claims }, kind === 'entra' ? { ...ENTRA, guests: true } : {})).addresses).toEqual(addresses));

  test('says when the token leaves groups out', async () => {
    for (const claims of [{ _claim_names: { groups: 'src1' }, _claim_sources: { src1: { endpoint: 'https://graph.windows.net/x' } } }, { hasgroups: true }, { hasgroups: 'true' }]) expect(await person(claims)).toMatchObject({ groupsLeftOut: true });
    for (const claims of [{ groups: ['a'] }, { _claim_names: { wids: 'src1' } }, { _claim_names: 'groups' }, { hasgroups: false }]) expect(await person(claims)).not.toHaveProperty('groupsLeftOut');
  });
});

describe('the issuer is asked', () => {
  test('once for many tokens, at its discovery document', async () => {
    const own = await openIssuer();
    const people = openPeople({ ...SETTINGS, world: own.world });
    await Promise.all(Array.from({ length: 20 }, async (_, n) => people.who(await bearer(own.sign({ sub: `p${n}` })))));
    expect(own.world.asked).toEqual([`${ISSUER}/.well-known/openid-configuration`, `${ISSUER}/keys`]);
  });

  test('again for an unknown key id, but not more often than the cooldown', async () => {
    const own = await openIssuer();
    const people = openPeople({ ...SETTINGS, jwksUri: `${ISSUER}/keys`, world: own.world });
    await people.who(await bearer(own.sign()));
    const stranger = await generateKeyPair('RS256');
    for (let n = 0; n < 10; n += 1) await people.who(await bearer(own.sign({}, { kid: `made-up-${n}`, key: stranger.privateKey })));
    expect(own.world.asked).toHaveLength(1);
    own.world.clock += 31_000;
    await own.rotate('two');
    expect(await people.who(await bearer(own.sign({}, { kid: 'two' })))).toHaveProperty('id');
    expect(own.world.asked).toHaveLength(2);
  });

  test('and when it is down, known keys still count; before it was ever up, nobody is let in', async () => {
    const own = await openIssuer();
    const people = openPeople({ ...SETTINGS, world: own.world });
    own.world.down = true;
    expect(await people.who(await bearer(own.sign()))).toEqual({ kind: 'refused', code: 'issuer-unreachable' });
    own.world.down = false;
    expect(await people.who(await bearer(own.sign()))).toHaveProperty('id');
    own.world.down = true;
    own.world.clock += 3_600_000;
    expect(await people.who(await bearer(own.sign({ sub: 'later' })))).toHaveProperty('id');
  });

  test('a verdict is not reused past the token\'s end', async () => {
    const own = await openIssuer();
    const people = openPeople({ ...SETTINGS, world: own.world });
    const header = await bearer(own.sign({}, { expires: 10 }));
    expect(await people.who(header)).toHaveProperty('id');
    own.world.clock += 71_000;
    expect(await people.who(header)).toEqual({ kind: 'refused', code: 'token-expired' });
  });
});
