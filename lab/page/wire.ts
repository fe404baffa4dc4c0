/** The lab's own endpoints, as the window asks them. */
import type { SampleDraft } from '../drafts.ts';
import type { List, RecipientPerson, Staff } from '../people.ts';
import type { OpenedMessage } from '../post/opened.ts';
import type { OrdinaryMail } from '../post/ordinary.ts';
import type { Received } from '../post/post.ts';
import type { TextReceived } from '../world/phones.ts';
import type { Token } from '../world/issuer.ts';

export type Opened = OpenedMessage & Pick<Received, 'receivedAt' | 'tls'>;

async function ask<T>(path: string, body?: unknown): Promise<T> {
  const response = await fetch(`/lab/${path}`, body === undefined ? {} : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  if (!response.ok) throw new Error('The lab did not answer as it should.');
  return (await response.json()) as T;
}

export const lab = {
  people: () => ask<{ staff: Staff[]; recipients: RecipientPerson[]; lists: List[] }>('people'),
  drafts: () => ask<{ drafts: SampleDraft[] }>('drafts'),
  counts: () => ask<{ [address: string]: number }>('counts'),
  token: (person: string) => ask<Token>('token', { person }),
  mailbox: (address: string) => ask<{ messages: Received[] }>(`mailboxes/${encodeURIComponent(address)}`),
  opened: (address: string, n: number) => ask<Opened>(`mailboxes/${encodeURIComponent(address)}/${n}/opened`),
  phone: (address: string) => ask<{ phone: string; messages: TextReceived[] }>(`phones/${encodeURIComponent(address)}`),
  ordinary: (mail: OrdinaryMail) => ask<{ lost: string[] }>('ordinary', mail),
};
