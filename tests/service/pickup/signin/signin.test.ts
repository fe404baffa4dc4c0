/** A provider's word for an address: what is believed, and everything a stranger, another client or another provider may try instead. */
import { createHash } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey, type JWTPayload } from 'jose';
import { beforeAll, describe, expect, it, test } from 'vitest';
import { openSignIn, type Asked, type Provider } from '../../../../service/pickup/signin/signin.ts';
import { provedAddress, type Proof } from '../../../../service/pickup/signin/proof.ts';

const ROSA = 'rosa.delgado@brightmail.test';
const ISSUER = 'https://id.brightmail.test';
const TID = '9188040d-6c67-4c5b-b112-36a304b66dad';
const NOW = Date.UTC(2026, 10, 22, 1);
const asked: Asked = { state: 's'.repeat(43), nonce: 'n'.repeat(43), verifier: 'v'.repeat(43), back: 'https://mail.riverside.test/m/signed-in/own' };

describe('an address is believed', () => {
  test.each<[Proof, JWTPayload, boolean]>([
    ['oidc', { email: ROSA, email_verified: true }, true],
    ['oidc', { email: ROSA, email_verified: 'true' }, true],
    ['oidc', { email: ROSA }, false],
    ['oidc', { email: ROSA, email_verified: false }, false],
    ['oidc', { email: ROSA, email_verified: 'false' }, false],
    ['oidc', { email: ROSA, xms_edov: true }, false],
    ['oidc', { preferred_username: ROSA, email_verified: true }, false],
    ['oidc', { email: [ROSA], email_verified: true }, false],
    ['google', { email: 'rosa@gmail.com', email_verified: true }, true],
    ['google', { email: ROSA, email_verified: true, hd: 'brightmail.test' }, true],
    // An account at Google under somebody's address elsewhere: proved once, perhaps by whoever had it before.
    ['google', { email: ROSA, email_verified: true }, false],
    ['google', { email: 'rosa@gmail.com' }, false],
    ['google', { email: 'rosa@gmail.com.evil.test', email_verified: true }, false],
    ['microsoft', { email: ROSA, xms_edov: true }, true],
    ['microsoft', { email: ROSA, xms_edov: '1' }, true],
    ['microsoft', { email: ROSA, xms_edov: 1 }, true],
    ['microsoft', { email: ROSA, xms_edov: 'true' }, true],
    ['microsoft', { email: ROSA, xms_edov: 0 }, false],
    ['microsoft', { email: ROSA, xms_edov: '0' }, false],
    ['microsoft', { email: ROSA, xms_edov: {} }, false],
    // A personal account, as its token is without the optional claim: bare, whatever the tenant.
    ['microsoft', { email: 'rosa@outlook.com', tid: TID, email_verified: true }, false],
    ['microsoft', { xms_edov: true }, false],
    // What any tenant's administrator can write.
    ['microsoft', { email: ROSA }, false],
    ['microsoft', { email: ROSA, email_verified: true }, false],
    ['microsoft', { email: ROSA, xms_edov: false }, false],
    ['microsoft', { upn: ROSA, preferred_username: ROSA, xms_edov: true }, false],
  ])('%s %j: %s', (proof, claims, believed) => {
    expect(provedAddress(proof, claims)).toEqual(believed ? claims['email'] : { kind: 'refused', code: 'sign-in-unproved' });
  });
});

describe('an answer', () => {
  let keys: { ours: CryptoKey; theirs: CryptoKey; jwk: object };
  beforeAll(async () => {
    const ours = await generateKeyPair('RS256', { extractable: true });
    keys = { ours: ours.privateKey, theirs: (await generateKeyPair('RS256')).privateKey, jwk: { ...(await exportJWK(ours.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' } };
  });
  const CLAIMS = { sub: 'rosa', iss: ISSUER, aud: 'client', nonce: asked.nonce, email: ROSA, email_verified: true };

  async function opened(token: (now: number) => Promise<unknown>, more: { readonly provider?: Partial<Provider>; readonly discovery?: object; readonly person?: object; readonly status?: number } = {}) {
    const posts: URLSearchParams[] = [];
    const provider: Provider = { id: 'own', name: 'Own', issuer: ISSUER, clientId: 'client', clientSecret: 'secret', proof: 'oidc', ...more.provider };
    const world = {
      now: () => NOW,
      async fetch(url: string, ask: { readonly body?: Uint8Array } = {}) {
        const say = (value: unknown, status = 200) => ({ status, headers: new Headers(), body: Buffer.from(JSON.stringify(value)) });
        if (url.endsWith('/.well-known/openid-configuration')) return say({ issuer: ISSUER, authorization_endpoint: `${ISSUER}/authorize`, token_endpoint: `${ISSUER}/token`, jwks_uri: `${ISSUER}/keys`, userinfo_endpoint: `${ISSUER}/me`, ...more.discovery });
        if (url === `${ISSUER}/keys`) return say({ keys: [keys.jwk] });
        if (url === `${ISSUER}/me`) return say(more.person ?? {});
        posts.push(new URLSearchParams(Buffer.from(ask.body ?? []).toString()));
        return say({ id_token: await token(Math.floor(NOW / 1000)), access_token: 'at' }, more.status ?? 200);
      },
    };
    return { signIn: openSignIn({ providers: [provider], world }), posts };
  }
  const signed = (claims: JWTPayload = {}, how: { key?: CryptoKey; at?: number } = {}) => (now: number) =>
    new SignJWT({ ...CLAIMS, ...claims }).setProtectedHeader({ alg: 'RS256', kid: 'one' }).setIssuedAt(how.at ?? now).setExpirationTime((how.at ?? now) + 300).sign(how.key ?? keys.ours);
  const answer = { code: 'c', iss: null };

  it('in order is an address in lower case; code, verifier and place go to the provider and nothing else does', async () => {
    const { signIn, posts } = await opened(signed({ email: ROSA.toUpperCase() }));
    const url = new URL(await signIn.start('own', asked) as string);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      response_type: 'code', client_id: 'client', redirect_uri: asked.back, scope: 'openid email', state: asked.state, nonce: asked.nonce, prompt: 'select_account',
      code_challenge: createHash('sha256').update(asked.verifier).digest('base64url'), code_challenge_method: 'S256',
    });
    expect(await signIn.finish('own', answer, asked)).toEqual({ address: ROSA });
    expect(posts.map((p) => Object.fromEntries(p))).toEqual([{ grant_type: 'authorization_code', code: 'c', redirect_uri: asked.back, client_id: 'client', client_secret: 'secret', code_verifier: asked.verifier }]);
  });

  const failed = { kind: 'refused', code: 'sign-in-failed' };
  test.each<[string, (now: number) => Promise<unknown>]>([
    ['for another client', (n) => signed({ aud: 'other' })(n)],
    ['for us and another, authorized for nobody', (n) => signed({ aud: ['client', 'other'] })(n)],
    ['for us and another, authorized for the other', (n) => signed({ aud: ['client', 'other'], azp: 'other' })(n)],
    ['of another issuer', (n) => signed({ iss: 'https://id.evil.test' })(n)],
    ['with the nonce of another browser', (n) => signed({ nonce: 'x'.repeat(43) })(n)],
    ['without a nonce', (n) => signed({ nonce: undefined })(n)],
    ['of yesterday', (n) => signed({}, { at: n - 86_400 })(n)],
    ['signed by somebody else under the same key id', (n) => signed({}, { key: keys.theirs })(n)],
    ['not signed at all', async () => new UnsecuredJWT(CLAIMS).setIssuedAt().setExpirationTime('5m').encode()],
    ['signed with our own secret as a symmetric key', (n) => new SignJWT(CLAIMS).setProtectedHeader({ alg: 'HS256', kid: 'one' }).setIssuedAt(n).setExpirationTime(n + 300).sign(Buffer.from('secret'.repeat(8)))],
    ['that is none', async () => undefined],
    ['that is a word', async () => 'a.b.c'],
  ])('%s is refused', async (_what, token) => {
    expect(await (await opened(token)).signIn.finish('own', answer, asked)).toEqual(failed);
  });

  it('with an unproved address says so; one of two providers\' answers is not taken for the other\'s', async () => {
    expect(await (await opened(signed({ email_verified: false }))).signIn.finish('own', answer, asked)).toEqual({ kind: 'refused', code: 'sign-in-unproved' });
    expect(await (await opened(signed({ email: 'not an address', email_verified: true }))).signIn.finish('own', answer, asked)).toEqual({ kind: 'refused', code: 'sign-in-unproved' });
    // RFC 9207 §2.4
    const { signIn, posts } = await opened(signed(), { discovery: { authorization_response_iss_parameter_supported: true } });
    expect(await signIn.finish('own', { code: 'c', iss: 'https://id.evil.test' }, asked)).toEqual(failed);
    expect(await signIn.finish('own', answer, asked)).toEqual(failed);
    expect(posts).toEqual([]);
    expect(await signIn.finish('own', { code: 'c', iss: ISSUER }, asked)).toEqual({ address: ROSA });
    expect(await signIn.finish('google', answer, asked)).toEqual(failed);
  });

  it('may leave the address to the place where people are asked for, if that speaks of the same person', async () => {
    const bare = signed({ email: undefined, email_verified: undefined });
    const at = (person: object, provider: Partial<Provider> = {}) => opened(bare, { person, provider });
    expect(await (await at({ sub: 'rosa', email: ROSA, email_verified: true })).signIn.finish('own', answer, asked)).toEqual({ address: ROSA });
    expect(await (await at({ sub: 'eve', email: ROSA, email_verified: true })).signIn.finish('own', answer, asked)).toEqual({ kind: 'refused', code: 'sign-in-unproved' });
    expect(await (await at({ sub: 'rosa', email: ROSA, email_verified: true }, { proof: 'microsoft' })).signIn.finish('own', answer, asked)).toEqual({ kind: 'refused', code: 'sign-in-unproved' });
  });

  it('of one tenant of many names that tenant; an issuer that describes itself as another is not asked', async () => {
    const many = { provider: { proof: 'microsoft', issuer: `${ISSUER}/common` } as const, discovery: { issuer: `${ISSUER}/{tenantid}/v2.0` } };
    const of = (claims: JWTPayload) => opened(signed({ email_verified: undefined, xms_edov: true, ...claims }), many);
    expect(await (await of({ tid: TID, iss: `${ISSUER}/${TID}/v2.0` })).signIn.finish('own', answer, asked)).toEqual({ address: ROSA });
    expect(await (await of({ tid: TID, iss: `${ISSUER}/other/v2.0` })).signIn.finish('own', answer, asked)).toEqual(failed);
    expect(await (await of({ iss: `${ISSUER}/{tenantid}/v2.0` })).signIn.finish('own', answer, asked)).toEqual(failed);
    expect(await (await of({ tid: '../evil', iss: `${ISSUER}/../evil/v2.0` })).signIn.finish('own', answer, asked)).toEqual(failed);
    const other = await opened(signed(), { discovery: { issuer: 'https://id.evil.test' } });
    expect([await other.signIn.start('own', asked), await other.signIn.finish('own', answer, asked)]).toEqual([failed, failed]);
    const plain = await opened(signed(), { discovery: { token_endpoint: 'http://id.brightmail.test/token' } });
    expect(await plain.signIn.finish('own', answer, asked)).toEqual(failed);
    expect(await (await opened(signed(), { status: 400 })).signIn.finish('own', answer, asked)).toEqual(failed);
  });
});

/**
 * Tokens and discovery as Google and Microsoft document them (Google OpenID Connect reference; Entra ID token claims and optional claims), with names of nobody:
 * neither was ever asked by these tests. What a row changes is what is judged.
 */
describe('as it is documented of', () => {
  const ENTRA = 'https://login.microsoftonline.com';
  const TENANT_A = 'aaaabbbb-0000-cccc-1111-dddd2222eeee';
  const CLIENT = '1234987819200.apps.googleusercontent.com';
  const AT = 'ya29.an-access-token';
  const atHash = createHash('sha256').update(AT).digest().subarray(0, 16).toString('base64url');
  const google = { iss: 'https://accounts.google.com', azp: CLIENT, aud: CLIENT, sub: '10769150350006150715', at_hash: atHash, hd: 'brightmail.test', email: ROSA, email_verified: true };
  const entra = (tid: string) => ({ iss: `${ENTRA}/${tid}/v2.0`, aud: '6e74172b-be56-4843-9ff4-e66a39bb12e3', sub: 'AAAA', oid: '00000000-0000-0000-66f3-3332eca7ea81', tid, ver: '2.0', preferred_username: ROSA, email: ROSA, xms_edov: true });
  type Kind = 'google' | 'common' | 'consumers';
  const kinds: { readonly [K in Kind]: { readonly provider: Partial<Provider>; readonly says: object; readonly keys: object } } = {
    google: { provider: { issuer: 'https://accounts.google.com', clientId: CLIENT, proof: 'google' }, says: { issuer: 'https://accounts.google.com', authorization_endpoint: 'https://accounts.google.com/o/oauth2/v2/auth', token_endpoint: 'https://oauth2.googleapis.com/token', userinfo_endpoint: 'https://openidconnect.googleapis.com/v1/userinfo', jwks_uri: 'https://www.googleapis.com/oauth2/v3/certs' }, keys: {} },
    common: { provider: { issuer: `${ENTRA}/common/v2.0`, clientId: '6e74172b-be56-4843-9ff4-e66a39bb12e3', proof: 'microsoft' }, says: { issuer: `${ENTRA}/{tenantid}/v2.0`, authorization_endpoint: `${ENTRA}/common/oauth2/v2.0/authorize`, token_endpoint: `${ENTRA}/common/oauth2/v2.0/token`, userinfo_endpoint: 'https://graph.microsoft.com/oidc/userinfo', jwks_uri: `${ENTRA}/common/discovery/v2.0/keys` }, keys: { issuer: `${ENTRA}/{tenantid}/v2.0` } },
    consumers: { provider: { issuer: `${ENTRA}/consumers/v2.0`, clientId: '6e74172b-be56-4843-9ff4-e66a39bb12e3', proof: 'microsoft' }, says: { issuer: `${ENTRA}/${TID}/v2.0`, authorization_endpoint: `${ENTRA}/consumers/oauth2/v2.0/authorize`, token_endpoint: `${ENTRA}/consumers/oauth2/v2.0/token`, jwks_uri: `${ENTRA}/consumers/discovery/v2.0/keys` }, keys: { issuer: `${ENTRA}/${TID}/v2.0` } },
  };
  const [PROVED, UNPROVED, FAILED] = [{ address: ROSA }, { kind: 'refused', code: 'sign-in-unproved' }, { kind: 'refused', code: 'sign-in-failed' }];
  let pairs: CryptoKeyPair[];
  beforeAll(async () => { pairs = await Promise.all([generateKeyPair('RS256', { extractable: true }), generateKeyPair('RS256', { extractable: true })]); });

  async function provider(kind: Kind, claims: JWTPayload, { key = {}, says = {} }: { readonly key?: object; readonly says?: object } = {}) {
    const at = { clock: NOW, signs: 0, asked: 0 };
    const world = {
      now: () => at.clock,
      async fetch(url: string) {
        const say = (value: unknown) => ({ status: 200, headers: new Headers(), body: Buffer.from(JSON.stringify(value)) });
        const own = kinds[kind];
        if (url === `${own.provider.issuer}/.well-known/openid-configuration`) return say({ ...own.says, ...says });
        if (url === (own.says as { jwks_uri: string }).jwks_uri) {
          at.asked += 1;
          return say({ keys: [{ ...(await exportJWK(pairs[at.signs]?.publicKey as CryptoKey)), kid: `k${at.signs}`, use: 'sig', kty: 'RSA', ...own.keys, ...key }] });
        }
        const now = Math.floor(at.clock / 1000);
        return say({ access_token: AT, token_type: 'Bearer', expires_in: 3599, scope: 'openid email', id_token: await new SignJWT({ nonce: asked.nonce, ...claims }).setProtectedHeader({ typ: 'JWT', alg: 'RS256', kid: `k${at.signs}` }).setIssuedAt(now).setNotBefore(now).setExpirationTime(now + 3600).sign(pairs[at.signs]?.privateKey as CryptoKey) });
      },
    };
    const signIn = openSignIn({ providers: [{ id: 'own', name: 'Own', issuer: '', clientId: '', clientSecret: 's', proof: 'oidc', ...kinds[kind].provider }], world });
    return { at, finish: () => signIn.finish('own', { code: 'c', iss: null }, asked) };
  }

  test.each<[string, Kind, JWTPayload, object, { readonly key?: object; readonly says?: object }?]>([
    ['Google: an account of a hosted domain', 'google', google, PROVED],
    ['Google: named without https, as in older tokens', 'google', { ...google, iss: 'accounts.google.com' }, PROVED],
    ['Google: verified, in words', 'google', { ...google, email_verified: 'true' }, PROVED],
    ['Google: not verified', 'google', { ...google, email_verified: false }, UNPROVED],
    ['Google: a personal account under an address elsewhere (no hd)', 'google', { ...google, hd: undefined }, UNPROVED],
    ['Google: of somebody who calls themselves much the same', 'google', { ...google, iss: 'https://accounts.google.com.evil.test' }, FAILED],
    ['Google: for another app of the same project', 'google', { ...google, azp: '999.apps.googleusercontent.com' }, FAILED],
    ['Google: with another access token\'s hash', 'google', { ...google, at_hash: 'HK6E_P6Dh8Y93mRNtsDB1Q' }, FAILED],
    ['Google: without one', 'google', { ...google, at_hash: undefined }, PROVED],
    ['Google: another browser\'s nonce', 'google', { ...google, nonce: '0394852-3190485-2490358' }, FAILED],
    ['Microsoft: a tenant that proved the domain', 'common', entra(TENANT_A), PROVED],
    ['Microsoft: … said as a number', 'common', { ...entra(TENANT_A), xms_edov: 1 }, PROVED],
    ['Microsoft: … said as a number in words', 'common', { ...entra(TENANT_A), xms_edov: '1' }, PROVED],
    ['Microsoft: without the optional claim', 'common', { ...entra(TENANT_A), xms_edov: undefined }, UNPROVED],
    ['Microsoft: a user name that looks like the address', 'common', { ...entra(TENANT_A), email: undefined }, UNPROVED],
    ['Microsoft: a personal account that says so', 'common', entra(TID), PROVED],
    ['Microsoft: a personal account that does not', 'common', { ...entra(TID), xms_edov: undefined, email_verified: true }, UNPROVED],
    ['Microsoft: one tenant under another\'s number', 'common', { ...entra(TENANT_A), tid: TID }, FAILED],
    ['Microsoft: without a number', 'common', { ...entra(TENANT_A), tid: undefined }, FAILED],
    ['Microsoft: of the older endpoint', 'common', { ...entra(TENANT_A), iss: `https://sts.windows.net/${TENANT_A}/`, ver: '1.0' }, FAILED],
    ['Microsoft: signed with a key for personal accounts alone', 'common', entra(TENANT_A), FAILED, { key: { issuer: `${ENTRA}/${TID}/v2.0` } }],
    ['Microsoft: consumers, whose discovery says a number', 'consumers', entra(TID), PROVED],
    ['Microsoft: consumers, and a tenant\'s token', 'consumers', entra(TENANT_A), FAILED],
    ['Microsoft: discovery that speaks for another place', 'common', { ...entra(TENANT_A), iss: `https://login.microsoftonline.con/${TENANT_A}/v2.0` }, FAILED, { says: { issuer: 'https://login.microsoftonline.con/{tenantid}/v2.0' }, key: { issuer: undefined } }],
  ])('%s', async (_what, kind, claims, outcome, more) => {
    expect(await (await provider(kind, claims, more)).finish()).toEqual(outcome);
  });

  it('a key that is changed is asked for once it is met, and a key nobody has brings no flood of questions', async () => {
    const { at, finish } = await provider('google', google);
    expect(await finish()).toEqual(PROVED);
    at.signs = 1;
    at.clock += 60_000;
    expect([await finish(), at.asked]).toEqual([PROVED, 2]);
    const stranger = await provider('google', google, { key: { kid: 'never' } });
    for (let i = 0; i < 20; i += 1) expect(await stranger.finish()).toEqual(FAILED);
    expect(stranger.at.asked).toBe(1);
  });
});
