/** The tables of keys, forward only. */
import type { Migration } from '../../store/store.ts';

export const migrations: readonly Migration[] = [
  {
    id: 'keys-1',
    ddl: [
      `CREATE TABLE recipient_key (
        id TEXT PRIMARY KEY, owner TEXT NOT NULL, kind TEXT NOT NULL, trust TEXT NOT NULL, source TEXT NOT NULL, fingerprint TEXT NOT NULL,
        expires {int}, created {int} NOT NULL, state TEXT NOT NULL, ended {int},
        epoch TEXT NOT NULL, content_key {bytes} NOT NULL, evidence_key {bytes} NOT NULL, material {bytes} NOT NULL)`,
      // Replacing needs no look at history, and two imports of one key at once are one.
      "CREATE UNIQUE INDEX recipient_key_active ON recipient_key (owner, kind, fingerprint) WHERE state = 'active'",
      'CREATE INDEX recipient_key_state ON recipient_key (state, id)',
      `CREATE TABLE recipient_preference (
        owner TEXT PRIMARY KEY, prefers TEXT NOT NULL, source TEXT NOT NULL, time {int} NOT NULL)`,
      `CREATE TABLE domain_channel (
        domain TEXT PRIMARY KEY, proved {int} NOT NULL, grade TEXT NOT NULL, host TEXT NOT NULL, host_since {int} NOT NULL, seen {int} NOT NULL)`,
    ],
  },
  // Opaque ids of persons: two of them stand behind every key that counts for more than a proved channel.
  { id: 'keys-2', ddl: ['ALTER TABLE recipient_key ADD COLUMN imported_by TEXT', 'ALTER TABLE recipient_key ADD COLUMN confirmed_by TEXT'] },
  {
    // A domain may have several mail hosts: each is settled by itself. `best`: what its channel has proved before, A or B; '' for nothing.
    id: 'keys-3',
    ddl: [
      'CREATE TABLE domain_host (domain TEXT NOT NULL, host TEXT NOT NULL, since {int} NOT NULL, days {int} NOT NULL, seen {int} NOT NULL, PRIMARY KEY (domain, host))',
      "INSERT INTO domain_host (domain, host, since, days, seen) SELECT domain, host, host_since, 3, seen FROM domain_channel WHERE host <> ''",
      "ALTER TABLE domain_channel ADD COLUMN best TEXT NOT NULL DEFAULT ''",
      "UPDATE domain_channel SET best = CASE WHEN grade = 'A' THEN 'A' ELSE 'B' END WHERE proved = 1",
    ],
  },
  {
    id: 'keys-4',
    ddl: [
      'ALTER TABLE recipient_key ADD COLUMN warned {int}',
      'CREATE INDEX recipient_key_owner ON recipient_key (owner, state)',
      "CREATE INDEX recipient_key_expires ON recipient_key (expires) WHERE state = 'active'",
      // A change that was noticed waits once, however often it is seen.
      "CREATE UNIQUE INDEX recipient_key_held ON recipient_key (owner, kind, fingerprint) WHERE state = 'held'",
      'CREATE TABLE recipient_need (owner TEXT PRIMARY KEY, need TEXT NOT NULL, time {int} NOT NULL)',
      'CREATE TABLE key_lookup (owner TEXT NOT NULL, source TEXT NOT NULL, outcome TEXT NOT NULL, until {int} NOT NULL, PRIMARY KEY (owner, source))',
      'CREATE TABLE certificate_status (fingerprint TEXT PRIMARY KEY, status TEXT NOT NULL, teller TEXT, time {int} NOT NULL, until {int} NOT NULL)',
    ],
  },
  {
    // What was said of our own keys that end.
    id: 'keys-5',
    ddl: ['CREATE TABLE own_key_warning (fingerprint TEXT NOT NULL, expires {int} NOT NULL, days {int} NOT NULL, PRIMARY KEY (fingerprint, expires, days))'],
  },
  // Everybody who brought a key, first or later: none of them is the second person.
  { id: 'keys-6', ddl: ['CREATE TABLE key_bearer (id TEXT NOT NULL, person TEXT NOT NULL, PRIMARY KEY (id, person))'] },
  // Mail was handed over, and keys uploaded, before it was kept by whom: anybody may have been it, and the empty name says so.
  {
    id: 'keys-7',
    ddl: [
      `INSERT INTO key_bearer (id, person) SELECT k.id, '' FROM recipient_key AS k WHERE k.trust <> 'admin-verified'
        AND (k.imported_by IS NULL OR (k.imported_by = 'discovery' AND k.trust IN ('uploaded', 'harvested', 'autocrypt')))
        AND NOT EXISTS (SELECT 1 FROM key_bearer AS b WHERE b.id = k.id AND b.person <> 'discovery')`,
    ],
  },
  // Why nothing was heard of a certificate.
  { id: 'keys-8', ddl: ['ALTER TABLE certificate_status ADD COLUMN why TEXT'] },
  // Which changes of our own signing keys were noted.
  { id: 'keys-9', ddl: ['CREATE TABLE own_key_change (id TEXT PRIMARY KEY)'] },
  // What was ever heard to be revoked of OpenPGP keys, apart from the keys on file: those are replaced and removed.
  { id: 'keys-10', ddl: ['CREATE TABLE key_revoked (name TEXT PRIMARY KEY, time {int} NOT NULL)'] },
  // What our own authority issued: only what is known of can be taken back.
  { id: 'keys-11', ddl: ['CREATE TABLE own_certificate (authority TEXT NOT NULL, owner TEXT NOT NULL, serial TEXT NOT NULL, expires {int} NOT NULL, PRIMARY KEY (authority, owner, serial))'] },
  // Which number the last list of our authority had.
  { id: 'keys-12', ddl: ['CREATE TABLE own_list (authority TEXT PRIMARY KEY, number {int} NOT NULL)'] },
];
