/** Hand-overs, messages and their parts. Addresses, subjects and file names lie only in sealed columns. */
import type { Migration, Tx } from '../store/store.ts';

export const migrations: readonly Migration[] = [
  {
    id: 'handoff-001',
    ddl: [
      `CREATE TABLE handoff (
        author TEXT NOT NULL, id TEXT NOT NULL, digest TEXT NOT NULL, message TEXT NOT NULL, state TEXT NOT NULL,
        key_epoch TEXT, key_content {bytes}, evidence_epoch TEXT, key_evidence {bytes},
        sealed {bytes}, created {int} NOT NULL, PRIMARY KEY (author, id))`,
      `CREATE INDEX handoff_created on handoff (created) where state = 'staged'`,
      `CREATE TABLE message (
        id TEXT PRIMARY KEY, author TEXT NOT NULL, accepted {int} NOT NULL, state TEXT NOT NULL,
        key_epoch TEXT, key_content {bytes}, evidence_epoch TEXT NOT NULL, key_evidence {bytes} NOT NULL,
        sealed {bytes}, evidence {bytes} NOT NULL)`,
      `CREATE INDEX message_author on message (author, accepted, id)`,
      `CREATE INDEX message_accepted on message (accepted, id)`,
      `CREATE TABLE part (
        message TEXT NOT NULL, part TEXT NOT NULL, size {int} NOT NULL, inline {bytes}, PRIMARY KEY (message, part))`,
      `CREATE TABLE idempotency (author TEXT NOT NULL, key TEXT NOT NULL, request TEXT NOT NULL, message TEXT NOT NULL, created {int} NOT NULL, PRIMARY KEY (author, key))`,
      `CREATE INDEX idempotency_created on idempotency (created)`,
    ],
  },
  // Whose evidence ends with a month's key.
  { id: 'handoff-002', ddl: ['CREATE INDEX message_evidence on message (evidence_epoch, id)'] },
  // Divided keys. `body`: the key of the content, under the content key, until it is divided. `archive`: the same as only the archive opens it.
  {
    id: 'handoff-003',
    ddl: [
      'ALTER TABLE message ADD COLUMN body {bytes}', 'ALTER TABLE message ADD COLUMN archive {bytes}', 'ALTER TABLE message ADD COLUMN reading {bytes}', 'ALTER TABLE message ADD COLUMN divide {int} NOT NULL DEFAULT 0',
      'CREATE INDEX message_divide on message (accepted, id) where divide = 1',
    ],
  },
  // Sent from a mailbox that several share.
  { id: 'handoff-004', ddl: ['ALTER TABLE message ADD COLUMN mailbox TEXT', 'CREATE INDEX message_mailbox on message (mailbox, accepted, id)'] },
];

export const statements = {
  evidenceOf: 'select id from message where evidence_epoch = $1 and id > $2 order by id limit $3',
  stage: `insert into handoff (author, id, digest, message, state, key_epoch, key_content, evidence_epoch, key_evidence, sealed, created)
    values ($1, $2, $3, $4, 'staged', $5, $6, $7, $8, $9, $10) on conflict (author, id) do nothing`,
  restage: `update handoff set digest = $3, sealed = $4, created = $5 where author = $1 and id = $2 and state = 'staged'`,
  handoff: `select * from handoff where author = $1 and id = $2`,
  close: `update handoff set state = 'committed', key_epoch = null, key_content = null, evidence_epoch = null, key_evidence = null, sealed = null
    where author = $1 and id = $2 and state = 'staged' and digest = $3`,
  stale: `select author, id, message from handoff where state = 'staged' and created < $1 order by created limit 100`,
  drop: `delete from handoff where author = $1 and id = $2 and state = 'staged'`,
  part: `insert into part (message, part, size, inline) values ($1, $2, $3, $4) on conflict (message, part) do nothing`,
  parts: `select part, size from part where message = $1`,
  inline: `select inline, size from part where message = $1 and part = $2`,
  dropParts: `delete from part where message = $1`,
  dropPart: `delete from part where message = $1 and part = $2`,
  idempotency: `select request, message from idempotency where author = $1 and key = $2`,
  keep: `insert into idempotency (author, key, request, message, created) values ($1, $2, $3, $4, $5) on conflict (author, key) do nothing`,
  forget: `delete from idempotency where created < $1`,
  message: `select * from message where id = $1`,
  accept: `insert into message (id, author, accepted, state, key_epoch, key_content, evidence_epoch, key_evidence, sealed, evidence, body, archive, reading, divide, mailbox)
    values ($1, $2, $3, 'kept', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) on conflict (id) do nothing`,
  ofMailbox: `select id, author, mailbox, accepted, state, evidence_epoch, key_evidence, evidence from message
    where mailbox = $1 and (accepted, id) < ($2, $3) order by accepted desc, id desc limit $4`,
  ofAuthor: `select id, author, mailbox, accepted, state, evidence_epoch, key_evidence, evidence from message
    where author = $1 and (accepted, id) < ($2, $3) order by accepted desc, id desc limit $4`,
  newest: `select id, author, mailbox, accepted, state, evidence_epoch, key_evidence, evidence from message
    where (accepted, id) < ($1, $2) order by accepted desc, id desc limit $3`,
  shred: `update message set state = 'disposed', key_epoch = null, key_content = null, sealed = null, body = null, archive = null, reading = null where id = $1 and state = 'kept'`,
  /** the last way from here to the content */
  divide: `update message set divide = 2, body = null where id = $1 and divide = 1 and state = 'kept'`,
  undivided: `update message set divide = 0, archive = null, reading = null where id = $1 and divide = 1`,
  dividing: `select id from message where divide = 1 and (accepted, id) > ($1, $2) order by accepted, id limit $3`,
} as const;

export interface HandoffRow {
  readonly author: string; readonly id: string; readonly digest: string; readonly message: string; readonly state: 'staged' | 'committed';
  /** null once committed: the message's own row has them then */
  readonly key_epoch: string | null; readonly key_content: Uint8Array | null; readonly evidence_epoch: string | null; readonly key_evidence: Uint8Array | null;
  readonly sealed: Uint8Array | null; readonly created: number;
}

export interface MessageRow {
  readonly id: string; readonly author: string; readonly accepted: number; readonly state: 'kept' | 'disposed';
  /** it was sent from, when several share it */
  readonly mailbox: string | null;
  readonly key_epoch: string | null; readonly key_content: Uint8Array | null; readonly evidence_epoch: string; readonly key_evidence: Uint8Array;
  /** the content, under the content key; null once disposed */
  readonly sealed: Uint8Array | null;
  /** subject, addresses, plan and receipt, under the evidence key: they outlive the content */
  readonly evidence: Uint8Array;
  /** null: the content lies under the content key itself, or its key was divided */
  readonly body: Uint8Array | null;
  readonly archive: Uint8Array | null;
  readonly reading: Uint8Array | null;
  /** 0 never · 1 as soon as its last copy has left · 2 done: nobody here can open the content */
  readonly divide: number;
}

export const DIVIDED = 2;
/** What is kept of a message whose key will be divided. */
export interface Dividing { readonly body: Uint8Array; readonly archive: Uint8Array; readonly reading: Uint8Array }

export type MessageSkeleton = Pick<MessageRow, 'id' | 'author' | 'mailbox' | 'accepted' | 'state' | 'evidence_epoch' | 'key_evidence' | 'evidence'>;

/** For `route/route.sql.ts`: the message, the closed hand-over and the idempotency row, inside the accept transaction. */
export async function keepMessage(tx: Tx, args: {
  readonly message: {
    readonly id: string; readonly author: string; readonly mailbox: string | null; readonly accepted: number;
    readonly keyEpoch: string; readonly keyContent: Uint8Array; readonly evidenceEpoch: string; readonly keyEvidence: Uint8Array;
    readonly sealed: Uint8Array; readonly evidence: Uint8Array; readonly dividing: Dividing | null;
  };
  readonly handoff?: { readonly id: string; readonly digest: string };
  readonly idempotency?: { readonly key: string; readonly request: string };
  readonly parts: readonly { readonly part: string; readonly size: number; readonly inline: Uint8Array | null }[];
}): Promise<{ readonly kept: true } | { readonly kept: false; readonly request: string | null; readonly message: string | null }> {
  const m = args.message;
  if (args.handoff && (await tx.run(statements.close, m.author, args.handoff.id, args.handoff.digest)) === 0) return { kept: false, request: null, message: null };
  if (args.idempotency) {
    const added = await tx.run(statements.keep, m.author, args.idempotency.key, args.idempotency.request, m.id, m.accepted);
    if (added === 0) {
      const before = await tx.get<{ request: string; message: string }>(statements.idempotency, m.author, args.idempotency.key);
      return { kept: false, request: before?.request ?? null, message: before?.message ?? null };
    }
  }
  for (const p of args.parts) await tx.run(statements.part, m.id, p.part, p.size, p.inline);
  await tx.run(statements.accept, m.id, m.author, m.accepted, m.keyEpoch, m.keyContent, m.evidenceEpoch, m.keyEvidence, m.sealed, m.evidence, m.dividing?.body ?? null, m.dividing?.archive ?? null, m.dividing?.reading ?? null, m.dividing === null ? 0 : 1, m.mailbox);
  return { kept: true };
}

/** For `route/route.sql.ts`: the wrapped content key and the content go; the skeleton stays. The parts' rows go with their files. */
export async function shredMessage(tx: Tx, id: string): Promise<boolean> {
  return (await tx.run(statements.shred, id)) === 1;
}

/** For `route/route.sql.ts`: the key of the content is forgotten here; false when that was done, or is not to be. */
export async function divideMessage(tx: Tx, id: string): Promise<boolean> {
  return (await tx.run(statements.divide, id)) === 1;
}

/** No copy went to the page after all: it stays as it was. */
export async function keepWhole(tx: Tx, id: string): Promise<boolean> {
  return (await tx.run(statements.undivided, id)) === 1;
}

export const writes = {
  stage: async (tx: Tx, a: { author: string; id: string; digest: string; message: string; keyEpoch: string; keyContent: Uint8Array; evidenceEpoch: string; keyEvidence: Uint8Array; sealed: Uint8Array; created: number }): Promise<boolean> =>
    (await tx.run(statements.stage, a.author, a.id, a.digest, a.message, a.keyEpoch, a.keyContent, a.evidenceEpoch, a.keyEvidence, a.sealed, a.created)) === 1,
  restage: async (tx: Tx, a: { author: string; id: string; digest: string; sealed: Uint8Array; created: number }): Promise<boolean> =>
    (await tx.run(statements.restage, a.author, a.id, a.digest, a.sealed, a.created)) === 1,
  part: async (tx: Tx, a: { message: string; part: string; size: number; inline: Uint8Array | null }): Promise<boolean> =>
    (await tx.run(statements.part, a.message, a.part, a.size, a.inline)) === 1,
  /** after its files are gone; the disposal itself was noted before */
  dropParts: async (tx: Tx, a: { message: string }): Promise<void> => {
    await tx.run(statements.dropParts, a.message);
  },
  dropPart: async (tx: Tx, a: { message: string; part: string }): Promise<void> => {
    await tx.run(statements.dropPart, a.message, a.part);
  },
  dropStale: async (tx: Tx, a: { before: number }): Promise<{ message: string; part: string }[]> => {
    const parts: { message: string; part: string }[] = [];
    for (const row of await tx.all<{ author: string; id: string; message: string }>(statements.stale, a.before)) {
      for (const { part } of await tx.all<{ part: string }>(statements.parts, row.message)) parts.push({ message: row.message, part });
      await tx.run(statements.drop, row.author, row.id);
      await tx.run(statements.dropParts, row.message);
    }
    await tx.run(statements.forget, a.before);
    return parts;
  },
};

/** Nothing has been accepted yet: a staged draft is the author's own scratch, its acceptance is what is noted. */
export const unaudited = ['stage', 'restage', 'part', 'dropPart', 'dropStale', 'dropParts'] as const;

type Bare = Record<string, never>;
export const reads = {
  /** whose key is still to be divided, behind `after` */
  dividing: async (tx: Tx, a: { after: { accepted: number; id: string }; limit: number }): Promise<string[]> => (await tx.all<{ id: string }>(statements.dividing, a.after.accepted, a.after.id, a.limit)).map((row) => row.id),
  /** messages whose evidence lies under this month's key, behind `after` */
  evidenceOf: async (tx: Tx, a: { epoch: string; after: string; limit: number }): Promise<string[]> => (await tx.all<{ id: string }>(statements.evidenceOf, a.epoch, a.after, a.limit)).map((row) => row.id),
  handoff: (tx: Tx, a: { author: string; id: string }): Promise<HandoffRow | undefined> => tx.get<HandoffRow>(statements.handoff, a.author, a.id),
  parts: (tx: Tx, a: { message: string }): Promise<{ part: string; size: number }[]> => tx.all(statements.parts, a.message),
  inline: (tx: Tx, a: { message: string; part: string }): Promise<{ inline: Uint8Array | null; size: number } | undefined> => tx.get(statements.inline, a.message, a.part),
  idempotency: (tx: Tx, a: { author: string; key: string }): Promise<{ request: string; message: string } | undefined> => tx.get(statements.idempotency, a.author, a.key),
  message: (tx: Tx, a: { id: string }): Promise<MessageRow | undefined> => tx.get<MessageRow>(statements.message, a.id),
  /** `author` null: everybody's; else their own and those of the mailboxes they share, newest first */
  async messages(tx: Tx, a: { author: string | null; mailboxes: readonly string[]; before: number; beforeId: string; limit: number }): Promise<MessageSkeleton[]> {
    if (a.author === null) return tx.all<MessageSkeleton & Bare>(statements.newest, a.before, a.beforeId, a.limit);
    const rows = await tx.all<MessageSkeleton & Bare>(statements.ofAuthor, a.author, a.before, a.beforeId, a.limit);
    for (const mailbox of a.mailboxes) for (const row of await tx.all<MessageSkeleton & Bare>(statements.ofMailbox, mailbox, a.before, a.beforeId, a.limit)) if (!rows.some((r) => r.id === row.id)) rows.push(row);
    return rows.sort((x, y) => y.accepted - x.accepted || (x.id < y.id ? 1 : -1)).slice(0, a.limit);
  },
};
