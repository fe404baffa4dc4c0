/** Pretend phones, and the gateway in front of them: what is posted with the right signature (Standard Webhooks) rings, once per id. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export interface TextReceived {
  readonly receivedAt: string;
  readonly text: string;
}

const KEPT = 50;
/** A signature made longer ago is somebody's old one, played again. */
const FRESH = 5 * 60_000;

export function openPhones() {
  const key = randomBytes(32);
  const texts = new Map<string, TextReceived[]>();
  const rung = new Set<string>();

  return {
    secret: `whsec_${key.toString('base64')}`,
    /** the status to answer with */
    receive(headers: IncomingHttpHeaders, body: Buffer): 204 | 400 | 401 {
      const [id, timestamp, signature] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => String(headers[name] ?? ''));
      const expected = Buffer.from(`v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body.toString()}`).digest('base64')}`);
      const given = Buffer.from(signature ?? '');
      if (given.length !== expected.length || !timingSafeEqual(given, expected) || Math.abs(Date.now() - Number(timestamp) * 1000) > FRESH) return 401;
      let message: { readonly to?: unknown; readonly text?: unknown };
      try { message = JSON.parse(body.toString()) as typeof message; } catch { return 400; }
      if (typeof message.to !== 'string' || typeof message.text !== 'string' || id === undefined) return 400;
      if (rung.has(id)) return 204;
      rung.add(id);
      texts.set(message.to, [...(texts.get(message.to) ?? []), { receivedAt: new Date().toISOString(), text: message.text }].slice(-KEPT));
      return 204;
    },
    list: (number: string): readonly TextReceived[] => texts.get(number) ?? [],
  };
}
