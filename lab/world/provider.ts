/**
 * The recipients' own provider in the lab: a second real OpenID Connect issuer (`oidc-provider`) with a client secret, PKCE, and RFC 9207's `iss`.
 * Everybody can be picked without a password, and one account names an address that was never proved to be its own.
 */
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { exportJWK } from 'jose';
import Provider, { interactionPolicy } from 'oidc-provider';
import { RECIPIENTS } from '../people.ts';
import { form, listen } from './issuer.ts';
import { loginPage } from './login.ts';

const PORTAL_CLIENT = 'send-secure-portal';

const UNPROVED = { id: 'unproved', name: 'Somebody else', address: 'rosa.delgado@brightmail.test', says: 'writes Rosa\'s address into an account, proved by nobody', proved: false };
const ACCOUNTS = [...RECIPIENTS.map((r) => ({ ...r, says: r.address, proved: true })), UNPROVED];

interface SignInProvider {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  close(): Promise<void>;
}

export async function startProvider(): Promise<SignInProvider> {
  const server = createServer();
  const url = `http://127.0.0.1:${await listen(server, 0)}`;
  const clientSecret = randomBytes(24).toString('base64url');
  const policy = interactionPolicy.base();
  policy.add(new interactionPolicy.Prompt({ name: 'select_account', requestable: true }), 0);
  const provider = new Provider(url, {
    jwks: { keys: [{ ...(await exportJWK(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey)), alg: 'RS256', use: 'sig', kid: randomUUID() } as never] },
    cookies: { keys: [randomBytes(24).toString('base64url')] },
    clients: [{
      client_id: PORTAL_CLIENT, client_secret: clientSecret, token_endpoint_auth_method: 'client_secret_post', application_type: 'native',
      redirect_uris: ['http://localhost/m/signed-in/lab', 'http://127.0.0.1/m/signed-in/lab'], grant_types: ['authorization_code'], response_types: ['code'],
    }],
    scopes: ['openid', 'email'],
    claims: { openid: ['sub'], email: ['email', 'email_verified'] },
    findAccount: (_ctx, id) => {
      const person = ACCOUNTS.find((a) => a.id === id);
      return person === undefined ? undefined : { accountId: id, claims: () => ({ sub: id, email: person.address, email_verified: person.proved }) };
    },
    features: { devInteractions: { enabled: false } },
    interactions: { policy, url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    loadExistingGrant: async (ctx) => {
      const { client, session } = ctx.oidc;
      if (client === undefined || session?.accountId === undefined) return undefined;
      const grant = new ctx.oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope('openid email');
      await grant.save();
      return grant;
    },
    ttl: { AccessToken: 600, IdToken: 600, Interaction: 600, Session: 3600, Grant: 3600 },
  });
  const answer = provider.callback();
  server.on('request', (request, response) => {
    if (!/^\/interaction\/[\w-]+$/.test((request.url ?? '').split('?')[0] ?? '')) return void answer(request, response);
    (async () => {
      const { prompt } = await provider.interactionDetails(request, response);
      // Native clients are asked for consent each time (RFC 8252 §8.6); whoever picked a name has given it.
      if (prompt.name === 'consent') return provider.interactionFinished(request, response, { consent: {} }, { mergeWithLastSubmission: true });
      const wanted = request.method === 'POST' ? (await form(request)).get('person') : null;
      const picked = ACCOUNTS.find(({ id }) => id === wanted);
      if (picked) return provider.interactionFinished(request, response, { login: { accountId: picked.id }, select_account: {} }, { mergeWithLastSubmission: false });
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'" }).end(loginPage('their own provider', ACCOUNTS));
      return undefined;
    })().catch(() => response.writeHead(400, { 'content-type': 'text/plain' }).end('This sign-in has ended. Go back and try again.'));
  });
  return { url, clientId: PORTAL_CLIENT, clientSecret, close: () => new Promise((done) => { server.close(() => done()); server.closeAllConnections(); }) };
}
