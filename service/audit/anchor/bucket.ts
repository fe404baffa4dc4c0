/**
 * A bucket of S3-compatible storage that keeps what was written once (object lock, compliance mode): checkpoints are put there and read back.
 * Requests are signed by AWS Signature Version 4; the secret never leaves, and a checkpoint is public. A bucket that does not lock what
 * it takes is none: it is refused and said so.
 */
import { createHash, createHmac } from 'node:crypto';
import { Fault } from '../../refusal.ts';
import type { World } from '../../world.ts';

export interface BucketSettings {
  /** the bucket's address, with a folder in it if need be: https://bucket.s3.eu-central-1.amazonaws.com/log */
  readonly url: string;
  readonly region: string;
  readonly id: string;
  readonly secret: string;
  /** how long what is put there can be changed by nobody */
  readonly years: number;
}

interface SignedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: Uint8Array;
}

const MOST = 16_384;
const hex = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const mac = (key: Uint8Array | string, text: string): Buffer => createHmac('sha256', key).update(text).digest();
/** RFC 3986's unreserved characters stay; all else is spelt out (SigV4, UriEncode). */
const spelt = (text: string): string => encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** The headers to send: those given, and `x-amz-date`, `x-amz-content-sha256`, `authorization`. Every one of them is signed. */
export function signRequest({ method, url, headers, body }: SignedRequest, { region, id, secret }: Pick<BucketSettings, 'region' | 'id' | 'secret'>, now: number): { readonly [name: string]: string } {
  const { host, pathname, searchParams } = new URL(url);
  const time = `${new Date(now).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
  const scope = `${time.slice(0, 8)}/${region}/s3/aws4_request`;
  const sent: { [name: string]: string } = { ...headers, 'x-amz-date': time, 'x-amz-content-sha256': hex(body) };
  const named = Object.entries({ ...sent, host }).map(([name, value]) => [name.toLowerCase(), value.trim().replace(/\s+/g, ' ')] as const).sort(([a], [b]) => (a < b ? -1 : 1));
  const names = named.map(([name]) => name).join(';');
  const query = [...searchParams].map(([name, value]) => `${spelt(name)}=${spelt(value)}`).sort().join('&');
  const path = pathname.split('/').map((part) => spelt(decodeURIComponent(part))).join('/');
  const canonical = [method, path, query, ...named.map(([name, value]) => `${name}:${value}`), '', names, sent['x-amz-content-sha256']].join('\n');
  const key = [time.slice(0, 8), region, 's3', 'aws4_request'].reduce<Uint8Array | string>((from, part) => mac(from, part), `AWS4${secret}`);
  const signature = mac(key, ['AWS4-HMAC-SHA256', time, scope, hex(Buffer.from(canonical))].join('\n')).toString('hex');
  return { ...sent, authorization: `AWS4-HMAC-SHA256 Credential=${id}/${scope},SignedHeaders=${names},Signature=${signature}` };
}

export function openBucket(settings: BucketSettings, world: Pick<World, 'now' | 'fetch'>, plain = false) {
  async function ask(method: 'GET' | 'PUT', name: string, body: Uint8Array, headers: { readonly [name: string]: string }) {
    const url = `${settings.url.replace(/\/+$/, '')}/${name}`;
    return world.fetch(url, { method, headers: { ...signRequest({ method, url, headers, body }, settings, world.now()) }, redirects: 0, maxBytes: MOST, ...(method === 'PUT' ? { body } : {}), ...(plain ? { plain } : {}) });
  }

  return {
    /**
     * Puts a text under a name that is free and reads it back with its lock; answers the text that lies there, which is another when the name was taken.
     * @throws Fault `bucket-refused` when the storage does not take or give it, `bucket-unlocked` when it can still be changed
     */
    async keep(name: string, text: string): Promise<{ readonly text: string; readonly until: number }> {
      const now = world.now();
      const until = new Date(now);
      until.setUTCFullYear(until.getUTCFullYear() + settings.years);
      const body = Buffer.from(text);
      const put = await ask('PUT', name, body, {
        'content-type': 'text/plain; charset=utf-8', 'if-none-match': '*',
        // Required of a locked object; whoever may not use MD5 for anything uses no such bucket.
        'content-md5': createHash('md5').update(body).digest('base64'),
        'x-amz-object-lock-mode': 'COMPLIANCE', 'x-amz-object-lock-retain-until-date': `${until.toISOString().slice(0, 19)}Z`,
      });
      // 412: the name is taken, and what is kept once is not written again.
      if (put.status !== 200 && put.status !== 412) throw new Fault('bucket-refused', 'The bucket did not take the checkpoint.');
      const got = await ask('GET', name, new Uint8Array(), {});
      if (got.status !== 200) throw new Fault('bucket-refused', 'The bucket does not give the checkpoint back.');
      const locked = Date.parse(got.headers.get('x-amz-object-lock-retain-until-date') ?? '');
      const least = put.status === 200 ? until.getTime() - 1000 : now;
      if (got.headers.get('x-amz-object-lock-mode') !== 'COMPLIANCE' || !(locked >= least)) throw new Fault('bucket-unlocked', 'The bucket does not lock what it takes.');
      return { text: Buffer.from(got.body).toString('utf8'), until: locked };
    },
  };
}
