/**
 * S3-compatible storage with object lock, as far as a write-once copy needs it, and stricter than the real ones: every request must be signed
 * (Signature Version 4, checked from what came over the wire), whatever is not foreseen is refused and kept in `surprises`, and a
 * locked version is deleted by nobody.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Bucket {
  /** http://127.0.0.1:port/locked */
  readonly url: string;
  /** what no well-behaved client asks; empty in a good test */
  readonly surprises: readonly string[];
  /** every version ever put under a name, the newest last */
  versions(name: string): readonly string[];
  close(): Promise<void>;
}

interface Version { readonly id: string; readonly body: Buffer; readonly mode: string | undefined; readonly until: number }

interface BucketRules {
  readonly id: string;
  readonly secret: string;
  readonly region: string;
  readonly now?: () => number;
  /** a storage that takes the lock's headers and keeps no lock */
  readonly forgetful?: boolean;
}

const SKEW = 15 * 60_000;
const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');
const hmac = (key: Uint8Array | string, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** Why the signature is not good; null when it is. Built from the raw request alone. */
function unsigned(request: IncomingMessage, body: Buffer, { id, secret, region }: BucketRules, now: number): string | null {
  const given = /^AWS4-HMAC-SHA256 Credential=([^/,]+)\/(\d{8})\/([^/,]+)\/s3\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/.exec(request.headers.authorization ?? '');
  if (given === null) return 'AuthorizationHeaderMalformed';
  const [, key = '', day = '', where = '', list = '', signature = ''] = given;
  const stamp = String(request.headers['x-amz-date']);
  const at = Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (key !== id) return 'InvalidAccessKeyId';
  if (where !== region || stamp.slice(0, 8) !== day) return 'AuthorizationHeaderMalformed';
  if (!(Math.abs(at - now) <= SKEW)) return 'RequestTimeTooSkewed';
  if (request.headers['x-amz-content-sha256'] !== sha256(body)) return 'XAmzContentSHA256Mismatch';
  const names = list.split(';');
  if (names.join(';') !== names.toSorted().join(';') || !names.includes('host')) return 'AuthorizationHeaderMalformed';
  for (const name of Object.keys(request.headers)) if ((name.startsWith('x-amz-') || name === 'content-md5') && !names.includes(name)) return `header not signed: ${name}`;
  const [path = '', query = ''] = (request.url ?? '').split('?');
  const pairs = query === '' ? '' : query.split('&').map((pair) => (pair.includes('=') ? pair : `${pair}=`)).sort().join('&');
  let canonical = `${request.method}\n${path}\n${pairs}\n`;
  for (const name of names) canonical += `${name}:${String(request.headers[name] ?? '').trim().replace(/ +/g, ' ')}\n`;
  canonical += `\n${list}\n${sha256(body)}`;
  const signing = hmac(hmac(hmac(hmac(`AWS4${secret}`, day), region), 's3'), 'aws4_request');
  const expected = hmac(signing, `AWS4-HMAC-SHA256\n${stamp}\n${day}/${region}/s3/aws4_request\n${sha256(canonical)}`);
  return timingSafeEqual(expected, Buffer.from(signature, 'hex')) ? null : 'SignatureDoesNotMatch';
}

export async function openLabBucket(rules: BucketRules): Promise<Bucket> {
  const objects = new Map<string, Version[]>();
  const surprises: string[] = [];
  const now = rules.now ?? Date.now;

  function answer(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
    const say = (status: number, code: string, headers: { [name: string]: string } = {}, content: Buffer = Buffer.from(code === '' ? '' : `<Error><Code>${code}</Code></Error>`)): void => {
      if (status >= 400 && status !== 404 && status !== 412) surprises.push(`${request.method ?? ''} ${code}`);
      response.writeHead(status, headers).end(content);
    };
    const refused = unsigned(request, body, rules, now());
    if (refused !== null) return say(403, refused);
    const url = new URL(request.url ?? '/', 'http://bucket.test');
    const name = /^\/locked\/([\w./-]+)$/.exec(url.pathname)?.[1];
    if (name === undefined) return say(404, 'NoSuchKey');
    const versions = objects.get(name) ?? [];
    const newest = versions.at(-1);
    const { headers } = request;
    if (request.method === 'PUT' && url.search === '') {
      const mode = headers['x-amz-object-lock-mode'] as string | undefined;
      const until = Date.parse(String(headers['x-amz-object-lock-retain-until-date']));
      if (mode !== 'COMPLIANCE' || !(until > now())) return say(400, 'InvalidRequest');
      if (headers['content-md5'] !== createHash('md5').update(body).digest('base64')) return say(400, 'BadDigest');
      if (headers['if-none-match'] === '*' && newest !== undefined) return say(412, 'PreconditionFailed');
      const version: Version = { id: `v${versions.length + 1}`, body, mode: rules.forgetful ? undefined : mode, until };
      objects.set(name, [...versions, version]);
      return say(200, '', { 'x-amz-version-id': version.id, etag: `"${createHash('md5').update(body).digest('hex')}"` });
    }
    if (request.method === 'GET' && url.search === '') {
      if (newest === undefined) return say(404, 'NoSuchKey');
      const lock = newest.mode === undefined ? {} : { 'x-amz-object-lock-mode': newest.mode, 'x-amz-object-lock-retain-until-date': new Date(newest.until).toISOString() };
      return say(200, '', { 'content-type': 'text/plain', 'content-length': String(newest.body.length), 'x-amz-version-id': newest.id, ...lock }, newest.body);
    }
    if (request.method === 'DELETE') {
      const doomed = versions.find((v) => v.id === url.searchParams.get('versionId'));
      if (doomed === undefined || (doomed.mode !== undefined && doomed.until > now())) return say(403, 'AccessDenied');
      objects.set(name, versions.filter((v) => v !== doomed));
      return say(204, '');
    }
    return say(501, 'NotImplemented');
  }

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => answer(request, Buffer.concat(chunks), response));
  });
  await new Promise<void>((ready) => { server.listen(0, '127.0.0.1', ready); });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/locked`,
    surprises,
    versions: (name) => (objects.get(name) ?? []).map((v) => v.body.toString()),
    close: () => new Promise((done) => { server.close(() => done()); server.closeAllConnections(); }),
  };
}
