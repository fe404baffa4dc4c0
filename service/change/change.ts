/**
 * The two-person path for what widens what somebody may do, or what mail is trusted with: a proposal, another person's word, and the change holds in the
 * transaction of that word. Settings that stand in files cannot be held back, so what they govern is (`agreed.ts`). Never decides who may propose: the
 * wire says so.
 */
import { createHash } from 'node:crypto';
import type { Change, ChangeKind, ClientRequest } from '../../shared/wire/people.ts';
import type { StaffRole } from '../../shared/wire/wire.ts';
import type { AuditLog } from '../audit/audit.ts';
import type { MailboxRow, Sealed } from '../people/access/access.sql.ts';
import type { ClientRow } from '../people/client/client.sql.ts';
import { refuse, type Refusal } from '../refusal.ts';
import type { Store } from '../store/store.ts';
import type { Vault } from '../vault/vault.ts';
import type { World } from '../world.ts';
import type { ChangeRow, Effect } from './change.sql.ts';

const LASTS_MS = 7 * 86_400_000;
const SHOWN_MS = 90 * 86_400_000;
/** Settings wait until somebody looks: what they govern waits with them. */
const NO_END = Date.UTC(9999, 0);

/** What is proposed, sealed at rest; the rows that agreeing writes stand in it as they were shown. */
type Proposed =
  | { readonly kind: 'role'; readonly person: string; readonly role: string; /** for whoever agrees */ readonly name: string }
  | { readonly kind: 'client'; readonly ask: ClientRequest; readonly row: Omit<ClientRow, 'ended' | 'sealed'> & { readonly sealed: string } }
  | { readonly kind: 'mailbox'; readonly address: string; readonly row: Omit<MailboxRow, 'sealed'> & { readonly sealed: string; readonly people: readonly string[] } }
  | { readonly kind: 'settings'; readonly hashes: { readonly [name: string]: string } };

export type Changes = ReturnType<typeof openChanges>;
type By = { readonly id: string };
/** Who may read messages anyway agrees to who reads them: two administrators alone do not. */
const AGREE_TO_MAILBOXES: readonly StaffRole[] = ['privacy-officer', 'policy-approver'];

export function openChanges({ store, world, vault, audit, same, applied = () => undefined }: {
  readonly store: Pick<Store, 'room'>; readonly world: Pick<World, 'now' | 'random'>; readonly vault: Pick<Vault, 'monthly' | 'monthlyById' | 'seal' | 'open'>; readonly audit: Pick<AuditLog, 'prepared'>;
  /** whether two ids are one human */
  readonly same: (one: string, other: string) => Promise<boolean>;
  /** told after two people agreed */
  readonly applied?: (kind: ChangeKind) => void;
}) {
  const { read, write } = store.room<typeof import('./change.sql.ts')>('change');
  const aad = (id: string): string => `change/${id}`;
  const staff = ({ id }: By) => ({ kind: 'staff', id }) as const;
  const opened = async ({ id, kid, sealed }: Sealed & { readonly id: string }): Promise<Proposed> => JSON.parse(Buffer.from(vault.open(await vault.monthlyById(kid), aad(id), sealed)).toString()) as Proposed;
  const event = (type: string, by: By | null, id: string, what: Proposed) =>
    audit.prepared({ type, outcome: type === 'change.rejected' ? 'denied' : 'ok', actor: by === null ? { kind: 'service', id: 'change' } : staff(by), facts: { change: id, what: what.kind, ...told(what) } });

  async function shown(row: ChangeRow, reader: By | null): Promise<Change> {
    const at = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
    return {
      id: row.id, kind: row.kind, by: row.proposer, proposed: new Date(row.proposed).toISOString(), until: new Date(row.until).toISOString(), state: row.state, decidedBy: row.decider, decided: at(row.decided),
      own: reader !== null && row.proposer === reader.id, what: wordsOf(await opened(row)),
    };
  }

  /** Nobody agrees to what they would get themselves. */
  async function theirs(what: Proposed, { id, groups = [] }: By & { readonly groups?: readonly string[] }): Promise<boolean> {
    if (what.kind === 'mailbox' && what.row.team !== null && groups.includes(what.row.team)) return true;
    const gets = what.kind === 'role' ? [what.person] : what.kind === 'mailbox' ? what.row.people : [];
    for (const person of gets) if (await same(person, id)) return true;
    return false;
  }

  async function propose(by: By | null, what: Proposed, id = `chg_${Buffer.from(world.random(12)).toString('hex')}`): Promise<string> {
    const [now, key] = [world.now(), await vault.monthly(world.now())];
    await write.propose({
      id, kind: what.kind, proposer: by?.id ?? null, kid: key.id, sealed: vault.seal(key, aad(id), Buffer.from(JSON.stringify(what))), proposed: now, until: by === null ? NO_END : now + LASTS_MS, again: by === null,
      events: [await event('change.proposed', by, id, what)],
    });
    return id;
  }

  return {
    async propose(by: By, what: Proposed): Promise<Change> {
      const row = await read.one({ id: await propose(by, what) });
      return shown(row as ChangeRow, by);
    },

    /** newest first: all that wait, and the last 90 days */
    async list(reader: By): Promise<Change[]> {
      const [waiting, recent] = await Promise.all([read.waiting({ now: world.now() }), read.recent({ after: world.now() - SHOWN_MS })]);
      const rows = [...waiting, ...recent.filter((r) => !waiting.some((w) => w.id === r.id))].sort((a, b) => b.proposed - a.proposed);
      return Promise.all(rows.map((row) => shown(row, reader)));
    },

    async approve(by: By & { readonly roles: readonly StaffRole[]; readonly groups?: readonly string[] }, id: string): Promise<Change | Refusal<'not-found' | 'second-person-needed' | 'forbidden' | 'changed-meanwhile'>> {
      const row = await read.one({ id });
      if (row === null) return refuse('not-found');
      if (row.state !== 'waiting' || row.until <= world.now()) return refuse('changed-meanwhile');
      const what = await opened(row);
      const now = world.now();
      if (row.proposer === null) {
        // Found at a start: who says "that was us" first is the one, and still needs the other.
        await write.vouch({ id, by: by.id, now, events: [await event('change.vouched', by, id, what)] });
      } else {
        if ((await same(row.proposer, by.id)) || await theirs(what, by)) return refuse('second-person-needed');
        if (what.kind === 'mailbox' && !by.roles.some((role) => AGREE_TO_MAILBOXES.includes(role))) return refuse('forbidden');
        if (!(await write.approve({ id, by: by.id, now, effect: effectOf(what, by.id, now), events: [await event('change.applied', by, id, what), ...(await effects(what, by, id))] }))) return refuse('changed-meanwhile');
        applied(what.kind);
      }
      return shown((await read.one({ id })) as ChangeRow, by);
    },

    async reject(by: By, id: string): Promise<Change | Refusal<'not-found' | 'changed-meanwhile'>> {
      const row = await read.one({ id });
      if (row === null) return refuse('not-found');
      if (!(await write.reject({ id, by: by.id, now: world.now(), events: [await event('change.rejected', by, id, await opened(row))] }))) return refuse('changed-meanwhile');
      return shown((await read.one({ id })) as ChangeRow, by);
    },

    /** what nobody decided in time */
    async lapse(): Promise<void> {
      for (const row of await read.due({ now: world.now() })) await write.lapse({ id: row.id, now: world.now(), events: [await event('change.lapsed', null, row.id, await opened(row))] });
    },

    /**
     * The settings of this start beside those agreed to. Names that nobody has seen before are taken as they are: the first start, or a newer program.
     * Resolves to the names that changed and wait for two people; what waited and was changed back lapses.
     */
    async settings(hashes: { readonly [name: string]: string }): Promise<readonly string[]> {
      const agreed = await read.agreed(undefined);
      const names = Object.keys(hashes);
      const unseen = names.filter((n) => agreed[n] === undefined);
      const changed = names.filter((n) => agreed[n] !== undefined && agreed[n] !== hashes[n]);
      const only = (wanted: readonly string[]) => Object.fromEntries(wanted.map((n) => [n, hashes[n] ?? '']));
      if (unseen.length > 0) await write.agree({ hashes: only(unseen), events: [await audit.prepared({ type: 'settings.agreed', outcome: 'ok', actor: { kind: 'service', id: 'change' }, facts: { count: unseen.length } })] });
      const what: Proposed = { kind: 'settings', hashes: only(changed) };
      // The same values found by every process, and at every start, are one change.
      const id = `chg_${createHash('sha256').update(JSON.stringify(what.hashes)).digest('hex').slice(0, 24)}`;
      for (const row of await read.waiting({ now: world.now() })) {
        if (row.kind === 'settings' && row.id !== id) await write.lapse({ id: row.id, now: world.now(), events: [await event('change.lapsed', null, row.id, await opened(row))] });
      }
      if (changed.length > 0) await propose(null, what, id);
      return changed;
    },
    /** those of `hashes` that two people have not agreed to, as it stands now */
    async disagreed(hashes: { readonly [name: string]: string }): Promise<readonly string[]> {
      const agreed = await read.agreed(undefined);
      return Object.keys(hashes).filter((n) => agreed[n] !== hashes[n]);
    },
  };

  async function effects(what: Proposed, by: By, id: string) {
    const one = (type: string, facts: { readonly [name: string]: string | number }, sealed?: { readonly [name: string]: string }) => audit.prepared({ type, outcome: 'ok', actor: staff(by), facts: { ...facts, change: id }, ...(sealed ? { sealed } : {}) });
    if (what.kind === 'role') return [await one('role.assigned', { person: what.person, role: what.role })];
    if (what.kind === 'client') return [await one('client.created', { client: what.row.id, role: what.row.role, count: what.ask.scopes.length }, { name: what.ask.name })];
    if (what.kind === 'mailbox') return [await one('mailbox.shared', { mailbox: what.row.id, members: what.row.people.length }, { address: what.address })];
    return [];
  }
}

const bytes = (base64: string): Uint8Array => Buffer.from(base64, 'base64');

function effectOf(what: Proposed, by: string, now: number): Effect {
  if (what.kind === 'role') return { kind: 'role', set: { person: what.person, role: what.role, state: 'held', by, now } };
  if (what.kind === 'client') return { kind: 'client', add: { ...what.row, created: now, sealed: bytes(what.row.sealed) } };
  if (what.kind === 'mailbox') return { kind: 'mailbox', share: { ...what.row, changed: now, sealed: bytes(what.row.sealed) } };
  return { kind: 'settings', hashes: what.hashes };
}

/** Codes alone, for the log. */
function told(what: Proposed): { readonly [name: string]: string } {
  if (what.kind === 'role') return { person: what.person, role: what.role };
  if (what.kind === 'client') return { client: what.row.id };
  if (what.kind === 'mailbox') return { mailbox: what.row.id };
  return { changed: Object.keys(what.hashes).join(' ').slice(0, 500) };
}

/** For the people who decide. */
function wordsOf(what: Proposed): Change['what'] {
  if (what.kind === 'role') return { person: what.person, name: what.name, role: what.role };
  if (what.kind === 'client') return { client: what.row.id, name: what.ask.name, role: what.ask.role, scopes: what.ask.scopes, addresses: what.ask.addresses };
  if (what.kind === 'mailbox') return { mailbox: what.row.id, address: what.address, ...(what.row.team === null ? {} : { group: what.row.team }), people: [...what.row.people] };
  return { settings: Object.keys(what.hashes) };
}
