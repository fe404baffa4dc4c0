/**
 * The lab's identity provider: a real OpenID Connect issuer (`oidc-provider`) with authorization code and PKCE, whose login page lists the staff.
 * It asks for no password and therefore refuses production; it listens on loopback only.
 * Access tokens are JWTs for the service (RFC 9068) with roles and allowed addresses as claims.
 */
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { exportJWK, importJWK, SignJWT, type JWK } from 'jose';
import Provider, { type Configuration } from 'oidc-provider';
import { AUDIENCE, CONSOLE_CLIENT, ORDINARY, ORGANISATION, PANE_CLIENT, SCOPE, STAFF, STRONG, staffMember, type Staff } from '../people.ts';
import { loginPage } from './login.ts';

const LIFETIME = 3600;

export interface Token {
  readonly access_token: string;
  readonly id_token: string;
  readonly token_type: 'Bearer';
  readonly expires_in: number;
}

/** How a minted token says the person signed in; default: strongly, just now. */
export interface Proof {
  readonly acr?: string;
  readonly minutesAgo?: number;
}

interface Issuer {
  readonly url: string;
  /** null when nobody has this id */
  mint(person: string, proof?: Proof): Promise<Token | null>;
  close(): Promise<void>;
}

interface Secrets {
  readonly jwk: JWK;
  readonly cookie: string;
}

/** Kept, so that a restarted issuer still vouches for the tokens it gave out. */
async function secrets(folder: string): Promise<Secrets> {
  const file = join(folder, 'issuer.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Secrets;
  const jwk = { ...(await exportJWK(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey)), alg: 'RS256', use: 'sig', kid: randomUUID() };
  const made: Secrets = { jwk, cookie: randomBytes(32).toString('base64url') };
  writeFileSync(file, JSON.stringify(made), { mode: 0o600 });
  return made;
}

function claims(person: Staff): { [name: string]: unknown } {
  return { name: person.name, preferred_username: person.address, email: person.address, email_verified: true, roles: [...person.roles], addresses: [person.address] };
}

function settings({ jwk, cookie }: Secrets): Configuration {
  return {
    jwks: { keys: [jwk as never] },
    cookies: { keys: [cookie] },
    clients: [{
      client_id: PANE_CLIENT,
      token_endpoint_auth_method: 'none',
      // RFC 8252 §7.3: for a native client the port of a loopback redirect is free, and the service's port is the reader's choice.
      application_type: 'native',
      redirect_uris: ['http://localhost/addin/auth.html', 'http://127.0.0.1/addin/auth.html'],
      grant_types: ['authorization_code'],
      response_types: ['code'],
    }, {
      client_id: CONSOLE_CLIENT,
      token_endpoint_auth_method: 'none',
      application_type: 'native',
      redirect_uris: ['http://localhost/console/signed-in', 'http://127.0.0.1/console/signed-in'],
      grant_types: ['authorization_code'],
      response_types: ['code'],
    }],
    acrValues: [STRONG, ORDINARY],
    scopes: ['openid', 'profile', 'email'],
    claims: { openid: ['sub'], profile: ['name', 'preferred_username', 'roles', 'addresses'], email: ['email', 'email_verified'] },
    clientBasedCORS: (_ctx, origin) => isLoopback(origin),
    findAccount: (_ctx, id) => {
      const person = staffMember(id);
      return person === null ? undefined : { accountId: id, claims: () => ({ sub: id, ...claims(person) }) };
    },
    extraTokenClaims: (ctx, token) => {
      const person = staffMember('accountId' in token ? String(token.accountId) : '');
      const code = ctx.oidc.entities.AuthorizationCode;
      return person === null ? undefined : { ...claims(person), ...(code?.authTime === undefined ? {} : { auth_time: code.authTime }), ...(code?.acr === undefined ? {} : { acr: code.acr }) };
    },
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => AUDIENCE,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({ scope: SCOPE, audience: AUDIENCE, accessTokenTTL: LIFETIME, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } } }),
      },
    },
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    // Whoever picks a name has agreed: there is nothing of theirs to give away.
    loadExistingGrant: async (ctx) => {
      const { client, session, provider } = ctx.oidc;
      if (client === undefined || session?.accountId === undefined) return undefined;
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope('openid profile email');
      grant.addResourceScope(AUDIENCE, SCOPE);
      await grant.save();
      return grant;
    },
    ttl: { AccessToken: LIFETIME, IdToken: LIFETIME, Interaction: 600, Session: 86_400, Grant: 86_400 },
  };
}

function isLoopback(origin: string): boolean {
  try {
    return ['localhost', '127.0.0.1', '[::1]'].includes(new URL(origin).hostname);
  } catch {
    return false;
  }
}

export async function startIssuer({ folder, port }: { readonly folder: string; readonly port: number }): Promise<Issuer & { readonly port: number }> {
  const secret = await secrets(folder);
  const server = createServer();
  const bound = await listen(server, port);
  const url = `http://127.0.0.1:${bound}`;
  const provider = new Provider(url, settings(secret));
  const answer = provider.callback();
  server.on('request', (request, response) => {
    const uid = /^\/interaction\/([\w-]+)$/.exec((request.url ?? '').split('?')[0] ?? '');
    if (uid === null) return void answer(request, response);
    interact(provider, request, response).catch(() => response.writeHead(400, { 'content-type': 'text/plain' }).end('This sign-in has ended. Go back and try again.'));
  });

  const key = await importJWK(secret.jwk, 'RS256');
  const sign = (body: { [name: string]: unknown }, audience: string, type: string) => new SignJWT(body)
    .setProtectedHeader({ alg: 'RS256', typ: type, kid: secret.jwk.kid ?? '' })
    .setIssuer(url).setAudience(audience).setIssuedAt().setExpirationTime(`${LIFETIME}s`).setJti(randomUUID())
    .sign(key);
  return {
    url,
    port: bound,
    async mint(id, { acr = STRONG, minutesAgo = 0 } = {}) {
      const person = staffMember(id);
      if (person === null) return null;
      const body = { sub: id, ...claims(person), acr, auth_time: Math.floor(Date.now() / 1000) - minutesAgo * 60 };
      return {
        access_token: await sign({ ...body, client_id: PANE_CLIENT, scope: SCOPE }, AUDIENCE, 'at+jwt'),
        id_token: await sign(body, PANE_CLIENT, 'JWT'),
        token_type: 'Bearer',
        expires_in: LIFETIME,
      };
    },
    close: () => new Promise((done) => {
      server.close(() => done());
      server.closeAllConnections();
    }),
  };
}

async function interact(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { prompt, params } = await provider.interactionDetails(request, response);
  const strong = String(params['acr_values'] ?? '').split(' ').includes(STRONG);
  const person = request.method === 'POST' ? staffMember((await form(request)).get('person') ?? '') : null;
  if (person !== null) return provider.interactionFinished(request, response, { login: { accountId: person.id, acr: strong ? STRONG : ORDINARY } }, { mergeWithLastSubmission: false });
  // A native client is asked for consent each time (RFC 8252 §8.6); whoever picked a name has given it.
  if (prompt.name === 'consent') return provider.interactionFinished(request, response, { consent: {} }, { mergeWithLastSubmission: true });
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'" }).end(loginPage(ORGANISATION.name, STAFF.map((s) => ({ ...s, says: s.roles.join(', ') })), strong));
}

export async function form(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > 10_000) throw new Error('The form is too large.');
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}

/** The port used before if it is free: the issuer's address is part of everybody's identity. */
export async function listen(server: Server, port: number): Promise<number> {
  const attempt = (wanted: number) => new Promise<number>((done, fail) => {
    server.once('error', fail);
    server.listen(wanted, '127.0.0.1', () => {
      server.off('error', fail);
      const address = server.address();
      done(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  try {
    return await attempt(port);
  } catch (cause) {
    if (port === 0) throw cause;
    return attempt(0);
  }
}
