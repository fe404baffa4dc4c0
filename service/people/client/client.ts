/**
 * Programs that call with a key instead of a person's token (RFC 6750): made by two people, each for the routes it needs, with keys that are shown once,
 * kept as hashes, end by themselves and are exchanged without a gap. Never reaches a route that needs a fresh sign-in, whatever its scopes say.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { domainOf, isMailbox, normalAddress, within } from '../../../shared/draft/address.ts';
import type { Client, ClientRequest, IssueRequest } from '../../../shared/wire/people.ts';
import { ENDPOINTS, type Endpoint, type StaffRole } from '../../../shared/wire/wire.ts';
import type { AuditLog } from '../../audit/audit.ts';
import { refuse, type Refusal } from '../../refusal.ts';
import type { Store } from '../../store/store.ts';
import type { Vault } from '../../vault/vault.ts';
import type { World } from '../../world.ts';
import type { People, Person } from '../people.ts';
import type { ClientRow, KeyRow } from './client.sql.ts';

/** `ssk`, the key's id, 32 random bytes: said in one piece, so that a scanner for secrets finds one that was committed somewhere. */
const KEY = /^Bearer (ssk_([0-9a-f]{16})_([A-Za-z0-9_-]{43}))$/i;
const OURS = /^Bearer ssk_/i;
const USED_MS = 60_000;
const DAY = 86_400_000;
const ENDS_SOON_MS = 14 * DAY;
const CLIENTS = 500;
const aad = (id: string): string => `client/${id}`;
const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');

/** What lies sealed. */
interface Said { readonly name: string; readonly addresses: readonly string[] }
type By = { readonly id: string };
export type Clients = ReturnType<typeof openClients>;

/** Whether a program in this role may be given this route. */
export function grantable(name: string, role: string): boolean {
  const endpoint: Endpoint | undefined = Object.hasOwn(ENDPOINTS, name) ? ENDPOINTS[name as keyof typeof ENDPOINTS] : undefined;
  return endpoint !== undefined && endpoint.who !== 'public' && endpoint.stepUp !== true && endpoint.who.includes(role as StaffRole);
}

export function openClients({ store, world, vault, audit, ownDomains }: {
  readonly store: Pick<Store, 'room'>; readonly world: Pick<World, 'now' | 'random'>; readonly vault: Pick<Vault, 'monthly' | 'monthlyById' | 'seal' | 'open'>; readonly audit: Pick<AuditLog, 'prepared'>; readonly ownDomains: readonly string[];
}) {
  const { read, write } = store.room<typeof import('./client.sql.ts')>('client');
  const staff = ({ id }: By) => ({ kind: 'staff', id }) as const;
  const at = (ms: number) => new Date(ms).toISOString();
  const said = async (row: ClientRow): Promise<Said> => JSON.parse(Buffer.from(vault.open(await vault.monthlyById(row.kid), aad(row.id), row.sealed)).toString()) as Said;

  return {
    /** the row that agreeing writes; every route must be one that the role has and that needs no fresh sign-in */
    async asked(ask: ClientRequest): Promise<Refusal<'bad-address' | 'bad-request'> | (Omit<ClientRow, 'ended' | 'sealed'> & { readonly sealed: string })> {
      if (!ask.scopes.every((scope) => grantable(scope, ask.role))) return refuse('bad-request');
      const addresses = [...new Set(ask.addresses.map(normalAddress))];
      if (!addresses.every((a) => isMailbox(a) && ownDomains.some((own) => within(domainOf(a), own)))) return refuse('bad-address');
      const id = `cli_${Buffer.from(world.random(12)).toString('hex')}`;
      const key = await vault.monthly(world.now());
      return {
        id, role: ask.role, scopes: [...new Set(ask.scopes)].sort().join(' '), per_minute: ask.perMinute, created: world.now(), kid: key.id,
        sealed: Buffer.from(vault.seal(key, aad(id), Buffer.from(JSON.stringify({ name: ask.name, addresses } satisfies Said)))).toString('base64'),
      };
    },

    async list(): Promise<Client[]> {
      const shownKey = (k: KeyRow) => ({ id: k.id, created: at(k.created), expires: at(k.expires), ended: k.ended === null ? null : at(k.ended), used: k.used === null ? null : at(k.used), exposed: k.exposed === null ? null : at(k.exposed) });
      return Promise.all((await read.clients({ after: '', limit: CLIENTS })).map(async (row) => {
        const { name, addresses } = await said(row);
        return { id: row.id, name, role: row.role, scopes: row.scopes.split(' '), addresses: [...addresses], perMinute: row.per_minute, created: at(row.created), ended: row.ended === null ? null : at(row.ended), keys: row.keys.map(shownKey) };
      }));
    },

    async end(by: By, id: string): Promise<boolean> {
      return write.end({ id, now: world.now(), events: [await audit.prepared({ type: 'client.ended', outcome: 'ok', actor: staff(by), facts: { client: id } })] });
    },

    /** the whole key, which nobody can be shown again */
    async issue(by: By, client: string, { days, overlap }: IssueRequest): Promise<{ readonly id: string; readonly secret: string; readonly expires: string } | Refusal<'not-found'>> {
      const [now, bare] = [world.now(), Buffer.from(world.random(8)).toString('hex')];
      const secret = `ssk_${bare}_${Buffer.from(world.random(32)).toString('base64url')}`;
      const [id, expires] = [`ck_${bare}`, now + days * DAY];
      const done = await write.issue({
        id, client, issuer: by.id, hash: hashOf(secret), created: now, expires, overlap: now + overlap * 3_600_000,
        events: [await audit.prepared({ type: 'client.key_issued', outcome: 'ok', actor: staff(by), facts: { client, key: id, expires: at(expires), hours: overlap } })],
      });
      return done ? { id, secret, expires: at(expires) } : refuse('not-found');
    },

    async endKey(by: By, client: string, id: string): Promise<boolean> {
      return write.endKey({ id, client, now: world.now(), events: [await audit.prepared({ type: 'client.key_ended', outcome: 'ok', actor: staff(by), facts: { client, key: id } })] });
    },

    /** keys that end within a fortnight are told of, once */
    async warn(): Promise<void> {
      const now = world.now();
      for (const key of await read.ending({ now, until: now + ENDS_SOON_MS })) {
        if (key.ended === null) await write.tell({ id: key.id, events: [await audit.prepared({ type: 'client.key_expiring', outcome: 'ok', actor: { kind: 'service', id: 'client' }, facts: { client: key.client, key: key.id, expires: at(key.expires) } })] });
      }
    },

    /** Keys that these people were shown and that still call, told of once each: whoever left may have kept one, and the program needs it until it has the next. */
    async exposed(persons: readonly string[]): Promise<void> {
      const now = world.now();
      for (const person of persons) for (const key of await read.shownTo({ person })) {
        if (key.ended === null && key.exposed === null && key.expires > now) await write.expose({ id: key.id, now, events: [await audit.prepared({ type: 'client.key_exposed', outcome: 'ok', actor: { kind: 'author', id: key.client }, facts: { client: key.client, key: key.id } })] });
      }
    },

    /** People who knock with a token, and programs who knock with a key. */
    among(people: People): People {
      return {
        async who(authorization, came) {
          if (authorization === undefined || !OURS.test(authorization)) return people.who(authorization, came);
          const [, secret = '', bare = ''] = KEY.exec(authorization) ?? [];
          const found = secret === '' ? null : await read.key({ id: `ck_${bare}` });
          if (found === null || !timingSafeEqual(Buffer.from(hashOf(secret)), Buffer.from(found.key.hash))) return refuse('key-unknown');
          const { key, client } = found;
          const now = world.now();
          if (key.ended !== null || client.ended !== null || key.expires <= now) return refuse('key-ended');
          if (key.used === null || now - key.used >= USED_MS) await write.use({ id: key.id, now });
          const { name, addresses } = await said(client);
          return {
            id: client.id, name, roles: [client.role as StaffRole], addresses, groups: [], shared: [], session: key.id, proof: { at: null, contexts: [] },
            // Once more: what a former version could be given, this one may not have.
            program: { scopes: client.scopes.split(' ').filter((scope) => grantable(scope, client.role)), perMinute: client.per_minute },
          } satisfies Person;
        },
      };
    },
  };
}
