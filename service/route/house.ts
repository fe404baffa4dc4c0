/** What every part of the route stands on: the rooms that `service.ts` has opened, and a few settled facts. */
import type { KeyObject } from 'node:crypto';
import { normalAddress } from '../../shared/draft/address.ts';
import type { Alerts } from '../alert/alert.ts';
import type { AuditLog } from '../audit/audit.ts';
import type { Blobs } from '../store/blobs.ts';
import type { Store } from '../store/store.ts';
import type { Metrics } from '../metrics.ts';
import type { Choices } from '../contact/choice.ts';
import type { Contact } from '../contact/contact.ts';
import type { Tally } from '../tally/tally.ts';
import type { Suppression } from '../suppression/suppression.ts';
import type { Keys } from '../keys/keys.ts';
import type { PolicyRoom } from '../policy/policy.ts';
import type { Approval } from '../approval/approval.ts';
import type { Vault } from '../vault/vault.ts';
import type { Refusal } from '../refusal.ts';
import type { World } from '../world.ts';
import { owns, type Person } from '../people/people.ts';

export interface House {
  readonly store: Store;
  readonly vault: Vault;
  readonly blobs: Blobs;
  readonly keys: Keys;
  readonly contact: Contact;
  readonly choices: Choices;
  readonly suppression: Suppression;
  readonly policy: PolicyRoom;
  readonly approval: Approval;
  /** how long a message waits for a second person; then it is never sent */
  readonly approvalMs: number;
  readonly tally: Tally;
  readonly audit: AuditLog;
  readonly alerts: Alerts;
  readonly world: World;
  /** who has left, and where answers to them go; null: to themselves */
  readonly gone: {
    readonly left: (person: string) => Promise<boolean>;
    readonly cover: (person: string) => Promise<string | null>;
    /** from now on somebody else covers for them */
    readonly pass: (by: Pick<Person, 'id' | 'addresses'>, person: string, address: string) => Promise<null | Refusal<'bad-address' | 'not-found' | 'second-person-needed'>>;
  };
  /** whether two ids are one human: nobody is the second person to themselves */
  readonly same: (one: string, other: string) => Promise<boolean>;
  readonly organisation: { readonly name: string; readonly phone: string };
  /** From address of notices, receipts and codes */
  readonly serviceAddress: string;
  /** domain of return addresses and message ids */
  readonly returnDomain: string;
  /** who want to be written to from the secure page */
  readonly departments: readonly { readonly name: string; readonly address: string }[];
  /** to which the archive's copies of divided messages are encrypted; null: no key is divided */
  readonly archiveKey: KeyObject | null;
  readonly portalUrl: string;
  readonly publicUrl: string;
  /** how long the first protection is retried before the other way is taken */
  readonly fallbackMs: number;
  /** news for an author waits this long for more of the same */
  readonly gatherMs: number;
  /** after this many hours the author hears that a copy was not opened; 0: never */
  readonly unreadHours: number;
  /** whether mail protected by TLS alone demands TLS on the rest of the way (RFC 8689) */
  readonly requireTls: 'no' | 'offered' | 'must';
  /** what somebody who runs the service should look into: two codes, no more */
  readonly alert: (what: string, code: string) => void;
  readonly metrics: Pick<Metrics, 'accepted' | 'attempt'>;
}

/** Whose something of a recipient's is, without their address: the same in every room that keeps anything of them. */
export const ownerOf = ({ vault }: Pick<House, 'vault'>, address: string): string => vault.index('address', normalAddress(address));

/** Whether a message is theirs to see to: their own, of a mailbox they share, or of somebody who has left and whom they cover for. To everybody else there is none. */
export async function standsFor({ gone }: Pick<House, 'gone'>, person: Pick<Person, 'id' | 'mailboxes' | 'addresses'>, row: { readonly author: string; readonly mailbox: string | null }): Promise<boolean> {
  if (owns(person, row)) return true;
  const cover = row.mailbox === null ? await gone.cover(row.author) : null;
  return cover !== null && person.addresses.includes(cover);
}
