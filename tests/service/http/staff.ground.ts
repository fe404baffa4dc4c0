/** People, programs and changes for `ground.ts`: what the edge hands on, and answers of the shape the wire asks for. */
import type { StaffDesk } from '../../../service/http/api/people.ts';

const TIME = '2026-11-21T10:00:00Z';
const PERSON_ID = `u_${'a'.repeat(32)}`;
export const STAFF_PARAMS: { readonly [param: string]: string } = {
  ':person': PERSON_ID, ':role': 'compliance', ':change': `chg_${'a'.repeat(24)}`, ':client': `cli_${'a'.repeat(24)}`, ':key': `ck_${'a'.repeat(16)}`, ':mailbox': `mbx_${'a'.repeat(32)}`, ':review': `acr_${'a'.repeat(24)}`,
};
export const STAFF_BODIES = {
  assignRole: { role: 'compliance' }, cover: { address: 'cover@riverside.test' }, approveChange: {}, rejectChange: {}, createClient: { name: 'Lab hub', role: 'api-client', scopes: ['send'] }, issueKey: {},
  shareMailbox: { address: 'team@riverside.test', group: 'team' }, openAccessReview: {}, decideAccess: { person: PERSON_ID, role: 'compliance', decision: 'keep' }, signAccessReview: {},
};

export function staffDesk(said: (what: string, args: readonly unknown[], otherwise: unknown) => never): StaffDesk {
  const known = { id: PERSON_ID, name: 'Ben', address: 'ben@riverside.test', active: true, roles: ['compliance'], claimed: ['compliance'], assigned: [], taken: [], conflict: [], seen: TIME, cover: null };
  const change = { id: STAFF_PARAMS[':change'], kind: 'role', by: 'u_1', proposed: TIME, until: TIME, state: 'waiting', decidedBy: null, decided: null, own: false, what: { role: 'compliance' } };
  const review = { id: STAFF_PARAMS[':review'], opened: TIME, due: TIME, state: 'open', overdue: false, signedBy: null, signed: null, size: 1, left: 1 };
  return {
    access: {
      people: async (...args) => said('people', args, { data: [known], next: null }), person: async (...args) => said('person', args, known), names: async () => ({}), take: async (...args) => said('takeRole', args, true), cover: async (...args) => said('cover', args, null),
      mailboxes: async () => said('mailboxes', [], []), mailbox: async (...args) => said('mailbox', args, { id: STAFF_PARAMS[':mailbox'], team: 'team', kid: 'm', sealed: new Uint8Array([1]), changed: 1, people: [] }), unshare: async (...args) => said('unshare', args, true),
    },
    clients: {
      asked: async (...args) => said('asked', args, { id: STAFF_PARAMS[':client'], role: 'api-client', scopes: 'send', per_minute: 60, created: 1, kid: 'm', sealed: 'AQ==' }), list: async () => said('clients', [], []), end: async (...args) => said('endClient', args, true),
      issue: async (...args) => said('issueKey', args, { id: STAFF_PARAMS[':key'], secret: 'ssk_x', expires: TIME }), endKey: async (...args) => said('endKey', args, true),
    },
    changes: { propose: async (...args) => said('propose', args, change), list: async (...args) => said('changes', args, [change]), approve: async (...args) => said('approveChange', args, change), reject: async (...args) => said('rejectChange', args, change) },
    reviews: {
      list: async () => said('accessReviews', [], [review]), open: async (...args) => said('openAccessReview', args, review), sheet: async (...args) => said('accessReview', args, { ...review, rows: [] }),
      decide: async (...args) => said('decideAccess', args, review), sign: async (...args) => said('signAccessReview', args, review),
    },
  };
}
