/**
 * The compliance side of the composition root: what staff ask of the log and of what is kept about messages. Like `report.ts` it may look
 * into several rooms. Whoever asks is noted before they are answered (45 CFR 164.312(b), 164.308(a)(1)(ii)(D)).
 */
import type { AuditFilter, AuditPage, AuditProof } from '../shared/wire/audit.ts';
import type { Accounting, AccountingFileRequest, AccountingRequest, Consistency, Integrity, Rotated } from '../shared/wire/compliance.ts';
import type { PackRequest } from '../shared/wire/control.ts';
import { openAnchors } from './audit/anchor/anchor.ts';
import type { AuditLog } from './audit/audit.ts';
import { openAccounting } from './compliance/accounting.ts';
import { accountingCsv, accountingPdf } from './compliance/accounting.paper.ts';
import { asked, openSearch, queryOf, type Search } from './compliance/search.ts';
import { openGlass, type GlassDesk } from './compliance/case/breakglass.ts';
import { openIncidents, type IncidentDesk } from './compliance/case/incident.ts';
import { openControls, type ControlDesk } from './compliance/control/control.ts';
import { openPack } from './compliance/control/pack.ts';
import { openExports, type Exports } from './compliance/export/export.ts';
import { openKept, type KeptDesk } from './compliance/kept/kept.ts';
import { places, type Settings } from './config.ts';
import type { Handoff } from './handoff/handoff.ts';
import type { Person } from './people/people.ts';
import type { Standing } from './people/session.ts';
import type { Queue } from './queue/queue.ts';
import { isRefusal, refuse, type WireRefusal } from './refusal.ts';
import type { Accept } from './route.ts';
import type { House } from './route/house.ts';
import { lastBackup } from './store/backup.ts';

/** What the edge asks of the log. `reader` is given so that asking is itself noted. */
export interface AuditRead {
  events(reader: Person, filter: AuditFilter): Promise<AuditPage | WireRefusal>;
  /** `size`: tree size to prove against; null for the newest checkpoint's */
  proof(reader: Person, seq: number, size: number | null): Promise<AuditProof | WireRefusal>;
  /** C2SP signed note; null before the first */
  checkpoint(): Promise<string | null>;
  /** C2SP verifier key */
  vkey(): Promise<string>;
}

export interface ComplianceDesk extends Omit<Search, 'mayLookUp'>, KeptDesk, Exports, IncidentDesk, GlassDesk, ControlDesk {
  pack(reader: Person, request: PackRequest): Promise<{ readonly name: string; readonly bytes: Uint8Array }>;
  accounting(reader: Person, request: AccountingRequest): Promise<Accounting | WireRefusal>;
  accountingFile(reader: Person, request: AccountingFileRequest): Promise<{ readonly name: string; readonly bytes: Uint8Array } | WireRefusal>;
  consistency(from: number, to: number): Promise<Consistency | WireRefusal>;
  integrity(reader: Person): Promise<Integrity>;
  rotate(admin: Person): Promise<Rotated>;
  rotateMaster(admin: Person): Promise<void>;
}

export interface Compliance {
  readonly audit: AuditRead;
  readonly desk: ComplianceDesk;
  /** what its clocks do, for tests and commands */
  readonly anchor: () => Promise<number>;
  readonly work: () => Promise<void>;
  /** safeguards, once a day; reminders */
  readonly nightly: () => Promise<number>;
  close(): Promise<void>;
}

const MINUTE = 60_000;
const WORK_MS = 5_000;
const HOUR = 60 * MINUTE;

interface ComplianceParts {
  readonly house: House;
  readonly settings: Settings;
  readonly handoff: Handoff;
  readonly queue: Queue;
  readonly sessions: () => Promise<Standing>;
  readonly recall: Accept['recall'];
  readonly broken: (fault: unknown) => void;
}

export function openCompliance({ house, settings, handoff, queue, sessions, recall, broken }: ComplianceParts): Compliance {
  const { audit, store, world } = house;
  const anchors = openAnchors({
    audit, store, world,
    settings: {
      ...(settings.WITNESS_URL && settings.WITNESS_KEY ? { witness: { url: settings.WITNESS_URL, vkey: settings.WITNESS_KEY } } : {}),
      ...(settings.TSA_URL ? { tsa: settings.TSA_URL } : {}), ...(settings.ANCHOR_FOLDER ? { folder: settings.ANCHOR_FOLDER } : {}),
      ...(settings.ANCHOR_BUCKET && settings.ANCHOR_BUCKET_ID && settings.ANCHOR_BUCKET_SECRET ? { bucket: { url: settings.ANCHOR_BUCKET, region: settings.ANCHOR_BUCKET_REGION, id: settings.ANCHOR_BUCKET_ID, secret: settings.ANCHOR_BUCKET_SECRET, years: settings.ANCHOR_BUCKET_YEARS } } : {}),
      // A checkpoint is public and what comes back is signed: a time-stamp authority may speak plain HTTP, as most do.
      plain: true,
    },
  });
  const search = openSearch({ audit, vault: house.vault, handoff, now: () => world.now() });
  const exports = openExports({ audit, store, vault: house.vault, world, organisation: house.organisation.name, alerts: house.alerts });
  const incidents = openIncidents({ audit, store, vault: house.vault, world, handoff, queue, recall });
  const controls = openControls({ audit, store, vault: house.vault, world, anchors: () => anchors.newest(), keysApart: apart(settings), backup: () => lastBackup(places(settings).data), sessions });
  const accounting = openAccounting({ audit, handoff, queue, search, now: () => world.now() });
  let working: Promise<unknown> = Promise.resolve();
  const turn = (work: () => Promise<unknown>): void => { working = working.then(work).catch(broken); };
  const clocks = [setInterval(() => turn(() => anchors.run()), settings.ANCHOR_MINUTES * MINUTE), setInterval(() => turn(() => exports.work()), WORK_MS), setInterval(() => turn(() => controls.nightly()), HOUR)];
  for (const clock of clocks) clock.unref();

  return {
    audit: auditRead(audit),
    desk: {
      ...search,
      ...exports,
      ...openKept({ audit, store, vault: house.vault, world }),
      ...controls,
      pack: openPack({ audit, organisation: house.organisation.name, now: () => world.now(), controls: controls.controls, reviews: controls.reviews, incidents: incidents.incidents }),
      ...incidents,
      ...openGlass({ audit, store, vault: house.vault, world, handoff, same: house.same }),
      accounting,
      async accountingFile(reader, { format, ...request }) {
        const made = await accounting(reader, request);
        if (isRefusal(made)) return made;
        const of = { accounting: made, patient: request.patient, organisation: house.organisation.name, made: world.now() };
        // The reference is a person's: it stands in the file, not in its name.
        return { name: `accounting-${made.to.slice(0, 10)}.${format}`, bytes: format === 'pdf' ? await accountingPdf(of) : new TextEncoder().encode(accountingCsv(of)) };
      },
      async consistency(from, to) {
        const proof = await audit.consistency(from, to);
        return proof === null ? refuse('not-found') : { from, to, proof: [...proof] };
      },
      async integrity(reader) {
        await asked(audit, reader, 'integrity');
        const [note, page, held] = [await audit.checkpoint(), await audit.events({ limit: 1 }), await anchors.newest()];
        const figures = audit.figures();
        const snapshot = isRefusal(page) ? null : page.snapshot;
        return {
          origin: note?.split('\n')[0] ?? '', vkey: audit.vkey(), tree_size: snapshot?.tree_size ?? 0, checkpoint: note, checkpoint_time: snapshot?.checkpoint_time ?? null,
          lag: figures.audit_lag_ms, broken: figures.audit_broken === 1,
          anchors: held.map((a) => ({ kind: a.kind, name: a.name, size: a.size, time: new Date(a.time).toISOString(), proof: Buffer.from(a.proof).toString('base64') })),
        };
      },
      rotate: async (admin) => ({ vkey: await audit.rotate({ kind: 'staff', id: admin.id }) }),
      async rotateMaster(admin) {
        // Noted before anything changes: a rotation that is cut short is finished at the next start.
        await house.vault.rotateMaster(undefined, () => audit.record({ type: 'key.master_rotated', outcome: 'ok', actor: { kind: 'staff', id: admin.id }, facts: {} }));
      },
    },
    anchor: () => anchors.run(),
    work: () => exports.work(),
    nightly: () => controls.nightly(),
    async close() {
      for (const clock of clocks) clearInterval(clock);
      await working;
    },
  };
}

/** Data and keys in folders of their own; whether on devices of their own, only the operator can say. */
function apart(settings: Settings): boolean {
  const { data, keys } = places(settings);
  return !`${keys}/`.startsWith(`${data}/`) && !`${data}/`.startsWith(`${keys}/`);
}

/** The log as the edge asks it: every query is itself noted, before it is answered. */
function auditRead(audit: AuditLog): AuditRead {
  return {
    async events(reader, filter) {
      await asked(audit, reader, 'events');
      const page = await audit.events(queryOf(filter, reader));
      return isRefusal(page) ? refuse('bad-cursor') : page;
    },
    async proof(reader, seq, size) {
      await asked(audit, reader, 'proof');
      return (await audit.proof(seq, size ?? undefined)) ?? refuse('not-found');
    },
    checkpoint: () => audit.checkpoint(),
    vkey: async () => audit.vkey(),
  };
}
