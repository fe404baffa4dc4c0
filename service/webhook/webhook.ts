/**
 * One event to a web address of the operator's, signed as Standard Webhooks has it (https://www.standardwebhooks.com). A repeated id is the
 * same event, so that trying again is harmless. Never follows a redirect; the guard of `world.ts` judges the address.
 */
import { createHmac } from 'node:crypto';
import type { World } from '../world.ts';

export interface Hook {
  readonly url: string;
  readonly secret: string;
  readonly world: Pick<World, 'now' | 'fetch'>;
}

const TIMEOUT = 10_000;

/** `refused` will not do better next time. */
export async function post({ url, secret, world }: Hook, id: string, event: object): Promise<'taken' | 'busy' | 'refused'> {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : Buffer.from(secret);
  const body = JSON.stringify(event);
  const timestamp = String(Math.floor(world.now() / 1000));
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  try {
    const { status } = await world.fetch(url, {
      method: 'POST', body: Buffer.from(body), timeout: TIMEOUT, maxBytes: 64 * 1024, plain: url.startsWith('http:'),
      headers: { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)), 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` },
    });
    if (status >= 200 && status < 300) return 'taken';
    return status >= 400 && status < 500 && status !== 408 && status !== 425 && status !== 429 ? 'refused' : 'busy';
  } catch {
    // Whether it arrived is unknown; the id makes another try harmless.
    return 'busy';
  }
}
