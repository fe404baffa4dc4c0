/**
 * Addresses that are not to be written to as if nothing had happened: mail to them came back, somebody there complained, or they asked not to
 * be written to. Remembers why and until when, sealed at rest; never decides: the plan shows it, and a copy already under way waits for its
 * author. Nothing is dropped because of it. 45 CFR 164.522(b) for who asked.
 */
import { domainToASCII } from 'node:url';
import { isMailbox, normalAddress } from '../../shared/draft/address.ts';
import type { SuppressionReason } from '../../shared/plan/capability.ts';
import type { Audit, EventDraft } from '../audit/audit.ts';
import { newId } from '../identity.ts';
import { FOREVER } from '../keys/own/shelf.ts';
import { refuse, type Refusal } from '../refusal.ts';
import type { Store } from '../store/store.ts';
import type { Vault } from '../vault/vault.ts';
import type { World } from '../world.ts';
import type { NewSuppression, SuppressionRow } from './suppression.sql.ts';

interface Suppressed {
  readonly id: string;
  readonly reason: SuppressionReason;
  /** of `shared/track/cause.ts`, or of the complaint; empty when a person said so */
  readonly code: string;
  /** ms */
  readonly since: number;
  /** ms; null: until somebody lifts it */
  readonly until: number | null;
}

export interface SuppressionEntry extends Suppressed {
  readonly address: string;
  /** opaque id of who or what recorded it */
  readonly by: string;
}

interface Ask {
  readonly address: string;
  readonly reason: SuppressionReason;
  readonly code: string;
  readonly by: EventDraft['actor'];
  /** default: by the reason */
  readonly days?: number | null;
}

export interface Suppression {
  /** one answer per address, in order; what has run out is null */
  of(addresses: readonly string[]): Promise<(Suppressed | null)[]>;
  /** argument of `suppress` in `suppression.sql.ts`, for the transaction that learns of it */
  prepare(ask: Ask): Promise<NewSuppression>;
  record(ask: Ask): Promise<SuppressionEntry | Refusal<'bad-address'>>;
  lift(id: string, by: EventDraft['actor']): Promise<boolean>;
  entries(after: string, limit: number): Promise<SuppressionEntry[]>;
  forget(): Promise<void>;
  /** At a start: entries kept before a domain had one spelling are kept under it from now on. Looks at each entry once. */
  respell(): Promise<void>;
}

const DAY = 86_400_000;
const BATCH = 200;
/** A mailbox that was not there may be there next month; who complained may be asked again in a quarter; who asked is heard until they say otherwise. */
const DAYS: { readonly [R in SuppressionReason]: number | null } = { bounced: 30, complained: 90, asked: null };
/** These say something of the mailbox, not of one message, one host or one day. */
const LASTING: readonly string[] = ['mailbox-unknown', 'mailbox-disabled', 'mailbox-moved'];

/** Would a copy that failed with this code fail again? */
export const lasting = (code: string): boolean => LASTING.includes(code);

/** A domain by its A-labels: a copy that is on its way may still name it otherwise. */
function oneSpelling(address: string): string {
  const normal = normalAddress(address);
  const at = normal.lastIndexOf('@') + 1;
  return normal.slice(0, at) + (domainToASCII(normal.slice(at)) || normal.slice(at));
}

export function openSuppression({ store, vault, world, audit }: {
  readonly store: Pick<Store, 'room'>; readonly vault: Vault; readonly world: Pick<World, 'now' | 'random'>; readonly audit: Pick<Audit, 'prepare'>;
}): Suppression {
  const { read, write } = store.room<typeof import('./suppression.sql.ts')>('suppression');
  const ownerOf = (address: string): string => vault.index('address', oneSpelling(address));
  const keyName = (owner: string): string => `suppression/${owner}`;
  const known = ({ id, reason, code, since, until }: SuppressionRow): Suppressed => ({ id, reason: reason as SuppressionReason, code, since, until });

  async function opened(row: SuppressionRow): Promise<SuppressionEntry> {
    const keys = await vault.unwrap(keyName(row.owner), { contentEpoch: row.epoch, content: row.content_key, evidenceEpoch: row.epoch, evidence: row.evidence_key });
    return { ...known(row), address: Buffer.from(vault.open(keys.content, keyName(row.owner), row.address)).toString(), by: row.actor };
  }

  async function prepare({ address, reason, code, by, days = DAYS[reason] }: Ask): Promise<NewSuppression> {
    const owner = ownerOf(address);
    const now = world.now();
    const { keys, wrapped } = await vault.issue(keyName(owner), { content: FOREVER, evidence: FOREVER });
    const until = days === null ? null : now + days * DAY;
    const id = newId('sup', world);
    return {
      row: {
        owner, id, reason, code, since: now, until, actor: by.id, epoch: FOREVER, content_key: wrapped.content, evidence_key: wrapped.evidence,
        address: vault.seal(keys.content, keyName(owner), Buffer.from(oneSpelling(address))),
      },
      events: [audit.prepare({
        type: 'suppression.added', outcome: 'ok', actor: by, facts: { id, reason, code, until: until === null ? null : new Date(until).toISOString().slice(0, 10) }, sealed: { address: oneSpelling(address) },
      }, await vault.monthly(now))],
    };
  }

  return {
    prepare,
    of: async (addresses) => (await read.of({ owners: addresses.map(ownerOf), now: world.now() })).map((row) => (row === null ? null : known(row))),
    async record(ask) {
      if (!isMailbox(ask.address)) return refuse('bad-address');
      const made = await prepare(ask);
      await write.suppress(made);
      const [row] = await read.of({ owners: [made.row.owner], now: world.now() });
      return opened(row ?? made.row);
    },
    lift: async (id, by) => write.lift({ id, events: [audit.prepare({ type: 'suppression.removed', outcome: 'ok', actor: by, facts: { id } }, await vault.monthly(world.now()))] }),
    entries: async (after, limit) => Promise.all((await read.page({ after, now: world.now(), limit })).map(opened)),
    forget: () => write.expire({ now: world.now() }),
    async respell() {
      for (let rows = await read.unspelt({ limit: BATCH }); rows.length > 0; rows = await read.unspelt({ limit: BATCH })) {
        for (const row of rows) {
          const { address } = await opened(row);
          const owner = ownerOf(address);
          if (owner === row.owner) {
            await write.respell({ id: row.id, row: null });
            continue;
          }
          const { keys, wrapped } = await vault.issue(keyName(owner), { content: FOREVER, evidence: FOREVER });
          await write.respell({ id: row.id, row: { ...row, owner, epoch: FOREVER, content_key: wrapped.content, evidence_key: wrapped.evidence, address: vault.seal(keys.content, keyName(owner), Buffer.from(oneSpelling(address))) } });
        }
      }
    },
  };
}
