/**
 * HTTPS to a place somebody else named. The name is resolved once by our own resolver, the answer is guarded, and exactly that address is dialled:
 * a name that changes its mind between the check and the call (DNS rebinding) gains nothing. Bytes, time and redirects are capped; every redirect is a new place.
 */
import * as http from 'node:http';
import * as https from 'node:https';
import { isIP } from 'node:net';
import type { SecureContext } from 'node:tls';
import { Fault } from '../refusal.ts';
import type { Dns, Fetched, World } from '../world.ts';
import type { Guard } from './guard.ts';

type Ask = NonNullable<Parameters<World['fetch']>[1]>;

interface Means {
  readonly dns: Pick<Dns, 'addresses'>;
  readonly guard: Guard;
  readonly trust: () => SecureContext;
  readonly sourceAddress?: string | undefined;
}

const MAX_BYTES = 1 << 20;
const TIMEOUT = 15_000;

export function openFetch(means: Means): World['fetch'] {
  return async (url, ask = {}) => {
    const deadline = performance.now() + (ask.timeout ?? TIMEOUT);
    let at = parse(url, ask);
    let wanted = ask;
    for (let left = ask.redirects ?? 0; ; left -= 1) {
      const fetched = await once(means, at, wanted, deadline);
      const location = fetched.headers.get('location');
      if (![301, 302, 303, 307, 308].includes(fetched.status) || location === null || (ask.redirects ?? 0) === 0) return fetched;
      if (left <= 0) throw new Fault('fetch-redirects', 'too many redirects');
      const next = parse(URL.canParse(location, at) ? new URL(location, at).href : '', ask);
      wanted = redirected(wanted, fetched.status, next.origin === at.origin);
      at = next;
    }
  };
}

function parse(text: string, ask: Ask): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  const speaks = url?.protocol === 'https:' || (url?.protocol === 'http:' && ask.plain === true);
  if (!url || !speaks || url.username !== '' || url.password !== '') throw new Fault('url-refused', 'only plain https addresses are fetched');
  return url;
}

/** RFC 9110 §15.4: 307 and 308 repeat the request, the others ask with GET. Credentials stay with the origin they were meant for. */
function redirected(ask: Ask, status: number, sameOrigin: boolean): Ask {
  const repeat = status === 307 || status === 308;
  const { body, method, headers, ...rest } = ask;
  const kept = sameOrigin ? headers : Object.fromEntries(Object.entries(headers ?? {}).filter(([name]) => !/^(authorization|cookie|proxy-authorization)$/i.test(name)));
  return { ...rest, ...(kept ? { headers: kept } : {}), ...(repeat && method ? { method } : {}), ...(repeat && body && sameOrigin ? { body } : {}) };
}

async function once(means: Means, url: URL, ask: Ask, deadline: number): Promise<Fetched> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const addresses = isIP(host) ? [host] : (await means.dns.addresses(host)).records;
  if (addresses.length === 0) throw new Fault('dns-failed', 'the name has no address');
  const address = addresses.find(means.guard);
  if (address === undefined) throw new Fault('address-refused', 'that address is not to be dialled');
  return call(means, url, host, address, ask, deadline);
}

function call(means: Means, url: URL, host: string, address: string, ask: Ask, deadline: number): Promise<Fetched> {
  const secure = url.protocol === 'https:';
  const maxBytes = ask.maxBytes ?? MAX_BYTES;
  return new Promise((resolve, reject) => {
    const options = {
      host: address,
      port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
      method: ask.method ?? 'GET',
      path: url.pathname + url.search,
      headers: { ...ask.headers, host: url.host, 'accept-encoding': 'identity' },
      agent: false,
      maxHeaderSize: 16_384,
      ...(means.sourceAddress && isIP(means.sourceAddress) === isIP(address) ? { localAddress: means.sourceAddress } : {}),
    };
    const proof = { secureContext: means.trust(), rejectUnauthorized: true, ...(isIP(host) ? {} : { servername: host }) };
    const request = secure ? https.request({ ...options, ...proof }) : http.request(options);
    const fail = (code: string, message: string, cause?: unknown): void => {
      clearTimeout(timer);
      request.destroy();
      reject(new Fault(code, message, cause));
    };
    const timer = setTimeout(() => fail('fetch-timeout', 'the server took too long'), Math.max(1, deadline - performance.now()));
    request.on('error', (cause) => fail('fetch-failed', 'the server could not be asked', cause));
    // Answered with another protocol (RFC 9110 §7.8), Node would wait for somebody to speak it.
    request.on('upgrade', (_, socket) => {
      socket.destroy();
      fail('fetch-failed', 'the server would speak something else');
    });
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxBytes) fail('fetch-too-large', 'the answer is too large');
        else chunks.push(chunk);
      });
      response.on('error', (cause) => fail('fetch-failed', 'the answer broke off', cause));
      response.on('end', () => {
        clearTimeout(timer);
        resolve({ status: response.statusCode ?? 0, headers: headersOf(response.rawHeaders), body: Buffer.concat(chunks) });
      });
    });
    request.end(ask.body);
  });
}

function headersOf(raw: readonly string[]): Headers {
  const headers = new Headers();
  for (let index = 0; index + 1 < raw.length; index += 2) {
    try {
      headers.append(raw[index] ?? '', raw[index + 1] ?? '');
    } catch {
      // a header no browser would accept either
    }
  }
  return headers;
}
