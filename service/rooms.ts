/** The rooms that have tables, for the store to load: their modules by address, so that it runs them wherever it works. */

const room = (path: string) => new URL(path, import.meta.url);
/** Order of migrations: the log first, because everybody notes in it. */
export const ROOMS = {
  audit: room('./audit/audit.sql.ts'),
  alert: room('./alert/alert.sql.ts'),
  handoff: room('./handoff/handoff.sql.ts'),
  queue: room('./queue/queue.sql.ts'),
  keys: room('./keys/keys.sql.ts'),
  deliver: room('./deliver/promise/promise.sql.ts'),
  contact: room('./contact/contact.sql.ts'),
  suppression: room('./suppression/suppression.sql.ts'),
  people: room('./people/people.sql.ts'),
  access: room('./people/access/access.sql.ts'),
  client: room('./people/client/client.sql.ts'),
  review: room('./people/access/review.sql.ts'),
  change: room('./change/change.sql.ts'),
  policy: room('./policy/policy.sql.ts'),
  approval: room('./approval/approval.sql.ts'),
  falsepositive: room('./falsepositive/falsepositive.sql.ts'),
  tally: room('./tally/tally.sql.ts'),
  pickup: room('./pickup/pickup.sql.ts'),
  passkey: room('./pickup/passkey/passkey.sql.ts'),
  reply: room('./pickup/reply/reply.sql.ts'),
  upload: room('./pickup/upload/upload.sql.ts'),
  reader: room('./pickup/reader/reader.sql.ts'),
  retain: room('./retain/retain.sql.ts'),
  dispose: room('./dispose/dispose.sql.ts'),
  route: room('./route/route.sql.ts'),
  export: room('./compliance/export/export.sql.ts'),
  kept: room('./compliance/kept/kept.sql.ts'),
  case: room('./compliance/case/case.sql.ts'),
};
