/**
 * The road of text messages. One small interface; its only implementation posts to a web address of the operator's, signed as Standard
 * Webhooks has it (https://www.standardwebhooks.com), and leaves the provider to what answers there. A repeated id is the same message.
 */
import { createHmac } from 'node:crypto';
import type { World } from '../world.ts';

export interface TextMessage {
  /** the same at every try: the receiver sends it once */
  readonly id: string;
  /** E.164 */
  readonly to: string;
  readonly text: string;
}

export interface Gateway {
  /** `refused` will not do better next time */
  text(message: TextMessage): Promise<'taken' | 'busy' | 'refused'>;
}

const TIMEOUT = 10_000;

export function webhookGateway({ url, secret, world }: { readonly url: string; readonly secret: string; readonly world: Pick<World, 'now' | 'fetch'> }): Gateway {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : Buffer.from(secret);
  return {
    async text({ id, to, text }) {
      const body = JSON.stringify({ type: 'sms.send', id, to, text });
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
    },
  };
}
