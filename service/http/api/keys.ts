/** Recipients' keys for administrators: list, add, confirm by a second person, remove; what recipients prefer; our own identity for everyone. */
import { isMailbox, normalAddress } from '../../../shared/draft/address.ts';
import { confirmed } from '../../../shared/plan/capability.ts';
import { KeyId, type IdentityImport, type KeyRequest, type OwnIdentity, type PreferenceRequest, type RecipientKey, type RequirementRequest, type RotateRequest, type WithdrawRequest } from '../../../shared/wire/keys.ts';
import { bytesOf, type KeyEntry, type Keys } from '../../keys/keys.ts';
import type { Identity } from '../../keys/identity.ts';
import type { Person } from '../../people/people.ts';
import { isRefusal, refuse, type WireRefusal } from '../../refusal.ts';
import { readBytes } from '../body.ts';
import { problem } from '../problem.ts';
import type { Desk, Register } from './api.ts';

export interface KeyDesk {
  readonly keys: Pick<Keys, 'entries' | 'importKey' | 'confirmKey' | 'removeKey' | 'unusable' | 'prefer' | 'require' | 'harvest'>;
  readonly identity: () => Promise<OwnIdentity>;
  readonly rotate: Identity['rotate'];
  readonly bring: Identity['bring'];
  readonly certificates: Identity['certificates'];
  readonly withdraw: Identity['withdraw'];
  /** addresses were shown: noted before they are */
  readonly listed: (reader: Person, count: number) => Promise<void>;
}

/** a mail with its attachments, all of which was signed */
const MAIL = 35 * 1024 * 1024;
const PAGE = 50;
const PAGE_AT_MOST = 200;
const STATES = ['active', 'held', 'replaced', 'removed', 'withdrawn'] as const;
const staff = (person: Person) => ({ kind: 'staff', id: person.id }) as const;

export function keys(register: Register, { keyring, denied }: Pick<Desk, 'keyring' | 'denied'>): void {
  const shown = async ({ created, expires, ...entry }: KeyEntry): Promise<RecipientKey> => {
    const unusable = entry.state === 'active' ? await keyring.keys.unusable(entry.id) : null;
    return {
      id: entry.id, address: entry.address, kind: entry.kind, trust: entry.trust, confirmed: confirmed(entry.trust), source: entry.source, fingerprint: entry.fingerprint,
      created: new Date(created).toISOString(), ...(expires === undefined ? {} : { expires: new Date(expires).toISOString() }), state: entry.state, ...(unusable === null ? {} : { unusable }),
      ...(entry.importedBy === undefined ? {} : { importedBy: entry.importedBy }), ...(entry.confirmedBy === undefined ? {} : { confirmedBy: entry.confirmedBy }),
    };
  };

  register('keys', async ({ c, person }) => {
    const cursor = c.req.query('cursor') ?? '';
    if (cursor !== '' && !KeyId.safeParse(cursor).success) return problem(c, refuse('bad-cursor'));
    const limit = Number(c.req.query('limit') ?? PAGE);
    const state = STATES.find((s) => s === (c.req.query('state') ?? 'active'));
    if (state === undefined || !Number.isInteger(limit) || limit < 1 || limit > PAGE_AT_MOST) return problem(c, refuse('bad-request'));
    const found = await keyring.keys.entries(state, cursor, limit + 1);
    const page = found.slice(0, limit);
    await keyring.listed(person, page.length);
    return c.json({ data: await Promise.all(page.map(shown)), next: found.length > limit ? (page.at(-1)?.id ?? null) : null });
  });

  register<KeyRequest>('importKey', async ({ c, person, body }) => {
    const bytes = bytesOf(body.key);
    if (bytes === null) return problem(c, at('key-malformed', '/key'));
    const taken = await keyring.keys.importKey({
      address: body.address, bytes, trust: 'uploaded', source: 'upload', by: staff(person), ...(body.gcm === undefined ? {} : { gcm: body.gcm }), ...(body.oaep === undefined ? {} : { oaep: body.oaep }),
    });
    if (isRefusal(taken)) return problem(c, taken.code === 'address-malformed' ? at('bad-address', '/address') : at(taken.code, '/key'));
    return c.json(await shown(taken), taken.fresh ? 201 : 200);
  });

  register('confirmKey', async ({ c, person }) => {
    const id = known(c.req.param('id'));
    const confirmed = id === null ? refuse('not-found') : await keyring.keys.confirmKey(id, staff(person));
    if (isRefusal(confirmed)) {
      if (confirmed.code === 'second-person-needed') denied?.(person, 'confirmKey', confirmed.code);
      return problem(c, confirmed as WireRefusal);
    }
    return c.json(await shown(confirmed));
  });

  register('harvestKeys', async ({ c, person }) => {
    const mail = await readBytes(c, MAIL, 'too-large');
    return isRefusal(mail) ? problem(c, mail) : c.json({ changed: await keyring.keys.harvest(mail, staff(person)) });
  });

  register('removeKey', async ({ c, person }) => {
    const id = known(c.req.param('id'));
    return id !== null && (await keyring.keys.removeKey(id, staff(person))) ? c.body(null, 204) : problem(c, refuse('not-found'));
  });

  register<PreferenceRequest>('prefer', async ({ c, person, body: { address, prefers } }) => {
    if (!isMailbox(address)) return problem(c, at('bad-address', '/address'));
    const changed = await keyring.keys.prefer({ address, prefers, source: 'staff', by: staff(person) });
    return c.json({ address: normalAddress(address), prefers, changed });
  });

  register<RequirementRequest>('require', async ({ c, person, body: { address, domain, need } }) => {
    if ((address === undefined) === (domain === undefined)) return problem(c, at('bad-request', '/address'));
    if (address !== undefined && !isMailbox(address)) return problem(c, at('bad-address', '/address'));
    return c.json({ changed: await keyring.keys.require({ to: address === undefined ? { domain: domain ?? '' } : { address }, need, by: staff(person) }) });
  });

  register<RotateRequest>('rotateIdentity', async ({ c, person, body }) => {
    const done = await keyring.rotate(body.kind, person.id, body.why);
    return isRefusal(done) ? problem(c, done) : c.json(await keyring.identity());
  });

  register('ownCertificates', async ({ c, person }) => {
    const all = await keyring.certificates();
    await keyring.listed(person, all.length);
    return c.json({ data: all.map(({ expires, ...one }) => ({ ...one, expires: new Date(expires).toISOString() })) });
  });

  register<WithdrawRequest>('withdrawIdentity', async ({ c, person, body }) => {
    const done = await keyring.withdraw(body.what ?? 'certificate', body.address, person.id);
    return isRefusal(done) ? problem(c, done) : c.body(null, 204);
  });

  register<IdentityImport>('importIdentity', async ({ c, person, body: { pkcs12, pgp, passphrase } }) => {
    const file = pkcs12 === undefined ? null : bytesOf(pkcs12);
    if ((pkcs12 === undefined) === (pgp === undefined) || (pkcs12 !== undefined && file === null)) return problem(c, at('bad-request', pgp === undefined ? '/pkcs12' : '/pgp'));
    const done = await keyring.bring(file === null ? { pgp: pgp ?? '', passphrase } : { pkcs12: file, passphrase }, person.id);
    if (!isRefusal(done)) return c.json(await keyring.identity());
    return problem(c, done.code === 'changed-meanwhile' ? done : at(done.code, done.code === 'passphrase-wrong' ? '/passphrase' : pgp === undefined ? '/pkcs12' : '/pgp'));
  });

  register('identity', async ({ c }) => c.json(await keyring.identity()));
}

const at = (code: WireRefusal['code'], pointer: string): WireRefusal => ({ ...refuse(code), pointer });
const known = (id: string | undefined): string | null => (KeyId.safeParse(id).success ? (id ?? null) : null);
