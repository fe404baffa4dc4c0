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
