/** Patients' recorded consents to disclosures under 42 CFR Part 2: patient and recipient by keyed hash, what they agreed to sealed. */
import { normalAddress } from '../../shared/draft/address.ts';
import type { Consent, ConsentRequest } from '../../shared/wire/approval.ts';
import type { AuditLog, EventDraft } from '../audit/audit.ts';
import type { Store } from '../store/store.ts';
import type { Vault } from '../vault/vault.ts';
import type { World } from '../world.ts';

type Actor = EventDraft['actor'];

export function openConsents({ store, world, vault, audit }: {
  readonly store: Pick<Store, 'room'>; readonly world: Pick<World, 'now' | 'random'>; readonly vault: Pick<Vault, 'seal' | 'open' | 'index' | 'monthly' | 'monthlyById'>; readonly audit: Pick<AuditLog, 'prepare' | 'prepared'>;
}) {
  const { read, write } = store.room<typeof import('./policy.sql.ts')>('policy');
  return {
    async recordConsent(by: Actor, ask: ConsentRequest): Promise<Consent> {
      const now = world.now();
      const [id, key, until] = [`con_${Buffer.from(world.random(12)).toString('hex')}`, await vault.monthly(now), Date.parse(ask.until)];
      await write.consent({
        id, patient: vault.index('patient', ask.patientRef.trim()), recipient: ask.recipient === undefined ? null : vault.index('consent-recipient', normalAddress(ask.recipient)), until, by: by.id, now, kid: key.id,
        sealed: vault.seal(key, `consent/${id}`, Buffer.from(ask.scope)),
        events: [audit.prepare({ type: 'consent.recorded', outcome: 'ok', actor: by, facts: { consent: id, until: ask.until, narrow: ask.recipient !== undefined }, sealed: { patientRef: ask.patientRef, text: ask.scope } }, key)],
      });
      return { id, until: ask.until };
    },
    revokeConsent: async (by: Actor, id: string): Promise<boolean> => write.revoke({ id, now: world.now(), events: [await audit.prepared({ type: 'consent.revoked', outcome: 'ok', actor: by, facts: { consent: id } })] }),

    /** the scopes of the consents that cover these recipients, or null when one of them is covered by none */
    async consented(patientRef: string | undefined, outside: readonly string[]): Promise<readonly string[] | null> {
      if (patientRef === undefined) return null;
      const rows = (await read.consents({ patient: vault.index('patient', patientRef.trim()), now: world.now() })).filter((r) => r.revoked === null);
      const used = outside.map((address) => rows.find((r) => r.recipient === null || r.recipient === vault.index('consent-recipient', normalAddress(address))));
      if (used.some((r) => r === undefined)) return null;
      const scopes = await Promise.all([...new Set(used)].map(async (r) => (r ? Buffer.from(vault.open(await vault.monthlyById(r.kid), `consent/${r.id}`, r.sealed)).toString() : '')));
      return scopes;
    },
  };
}
