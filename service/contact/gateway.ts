/**
 * The road of text messages. One small interface; its only implementation posts to a web address of the operator's and leaves the provider to
 * what answers there.
 */
import { post, type Hook } from '../webhook/webhook.ts';

interface TextMessage {
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

export function webhookGateway(hook: Hook): Gateway {
  return { text: ({ id, to, text }) => post(hook, id, { type: 'sms.send', id, to, text }) };
}
