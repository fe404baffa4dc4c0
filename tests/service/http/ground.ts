/** The edge over rooms in memory: what it hands on is recorded, what it answers is chosen by the test. */
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { openHttp, type HttpSettings, type Rooms } from '../../../service/http/http.ts';
import { openLog } from '../../../service/log.ts';
import { openMetrics } from '../../../service/metrics.ts';
import { openPeople } from '../../../service/people/people.ts';
import { openStepUp } from '../../../service/people/stepup.ts';
import { refuse, type WireRefusal } from '../../../service/refusal.ts';
import type { Report } from '../../../service/report.ts';
import type { Accept, Open, PortalMessage } from '../../../service/route.ts';
import type { Accepted, HandoffState, Plan } from '../../../shared/wire/handoff.ts';
import { ENDPOINTS, type Endpoint, type EndpointName, type StaffRole } from '../../../shared/wire/wire.ts';
import { STAFF_BODIES, STAFF_PARAMS, staffDesk } from './staff.ground.ts';
import { AUDIENCE, ISSUER, openIssuer, STRONG, type Issuer } from '../people/issuer.ts';

const HASH = 'a'.repeat(64);
export const MESSAGE_ID = 'msg_0190a000-0000-7000-8000-000000000001';
export const HANDOFF_ID = 'ho_0190a000-0000-7000-8000-000000000001';
export const PART = createHash('sha256').update('part').digest('hex');
export const TOKEN = 'T'.repeat(43);
const retention = { class: 'clinical', name: 'Clinical', until: '2033-01-01', basis: '45 CFR 164.316' };
export const plan: Plan = { need: 'transport', decision: 'allow', reasons: [], recipients: [], retention, digest: HASH };
export const accepted: Accepted = {
  id: MESSAGE_ID, recipients: [], retention,
  receipt: { id: MESSAGE_ID, digest: HASH, plan: HASH, acceptedAt: '2026-11-21T10:00:00Z', signature: 'AA==' },
};
const staged: HandoffState = { id: HANDOFF_ID, state: 'staged', digest: HASH, missing: [] };
export const draft = { from: { address: 'ana.ruiz@riverside.test' }, recipients: [{ address: 'sam.park@stmarys.test', role: 'to' }], subject: 'Results', attachments: [] };
export const BODIES: { readonly [name in EndpointName]?: unknown } = {
  ...STAFF_BODIES,
  reportFalsePositive: { rule: 'ssn.plain', kind: 'SSN', confidence: 'low', part: 'body', ruleset: 'r' }, reviewFalsePositive: { rule: 'ssn.plain', confidence: 'low' },
  plan: { from: draft.from, recipients: draft.recipients, verdict: { level: 'none', sensitive: [], people: 0 }, kinds: {}, subjectIdentifier: false, unscannable: 0 },
  stage: { id: HANDOFF_ID, digest: HASH, draft },
  commit: { digest: HASH, plan: HASH },
  extend: { days: 14 },
  decide: { allowed: true },
  standIn: { address: 'team@stmarys.test', reader: 'sam.park@stmarys.test', as: 'member' },
  reset: { address: 'rosa.delgado@brightmail.test' },
  openIncident: { message: MESSAGE_ID, kind: 'wrong-recipient' },
  assessIncident: { version: 1, ratings: { nature: 'low', recipient: 'low', acquired: 'low', mitigated: 'low' }, decision: 'low-probability', reason: 'closed unread' },
  stepIncident: { version: 1, kind: 'remark', text: 'called' },
  breakGlass: { message: MESSAGE_ID, code: 'patient-safety', reason: 'on call' },
  reviewGlass: { justified: true, text: 'on call' },
  signOff: { treeSize: 1, findings: 0, text: 'looked through' },
  pack: { from: '2026-11-01T00:00:00Z', to: '2026-12-01T00:00:00Z' },
  createExport: { format: 'csv' },
  createSchedule: { every: 'week', request: { format: 'pdf', report: 'delivery' } },
  keepSearch: { name: 'Refusals', filter: { outcome: 'denied' } },
  search: { recipient: 'sam.park@stmarys.test', why: 'complaint' }, find: {},
  reveal: { fields: ['recipient'], why: 'complaint' },
  accounting: { patient: 'MRN 1', why: 'patient-request' },
  accountingFile: { patient: 'MRN 1', why: 'patient-request', format: 'csv' },
  rationale: { text: 'one machine', until: '2027-01-01' },
  importKey: { address: 'sam.park@stmarys.test', key: 'AAAA' },
  pause: { domain: 'lakeside.test', paused: true },
  tryNow: { domain: 'lakeside.test' },
  acceptLevel: { domain: 'lakeside.test' },
  prefer: { address: 'rosa.delgado@brightmail.test', prefers: 'portal' },
  rotateIdentity: { kind: 'pgp' },
  importIdentity: { pgp: 'ARMOR', passphrase: 'x' },
  withdrawIdentity: { address: 'ana.ruiz@riverside.test' },
  require: { domain: 'brightmail.test', need: 'at-rest' },
  release: { plan: HASH, copies: [{ n: 0, protection: 'portal' }] },
  draftPolicy: { template: 'strict' }, simulatePolicy: {}, submitPolicy: {}, approvePolicy: {}, rejectPolicy: {}, activatePolicy: {}, emergencyPolicy: {}, approveMessage: {}, denyMessage: {}, passMessage: { address: 'noor.haddad@riverside.test' }, recordConsent: { patientRef: 'P-1', until: '2027-01-01T00:00:00Z', scope: 'Care' }, appoint: { address: 'noor.haddad@riverside.test', until: '2026-11-30T10:00:00Z' },
  choose: { address: 'walt.finch@oldpost.test', topics: ['billing'], language: 'en', version: 'plain-1' },
  recipient: { address: 'walt.finch@oldpost.test' },
  contact: { address: 'walt.finch@oldpost.test', language: 'es', phone: '+15550117' },
  suppress: { address: 'walt.finch@oldpost.test', reason: 'asked' },
  send: { from: draft.from, to: [{ address: 'sam.park@stmarys.test' }], subject: 'Results', text: 'Hello' },
};
const NONE = { count: 0, rules: [] };
const COMPARED = { messages: 0, blocked: NONE, released: NONE, asked: NONE, unasked: NONE, strengthened: NONE, weakened: NONE };
const version = { version: 'pv_1', state: 'draft', hash: HASH, note: 'n', base: null, author: 'u_1', created: '2026-11-21T10:00:00Z', submitted: null, decidedBy: null, decided: null, activates: null, activated: null, retired: null, reverts: null, simulated: false } as const;
const exported = { id: 'exp_0190a000-0000-7000-8000-000000000001', state: 'done', format: 'csv', rows: 1, tree_size: 1, created: '2026-11-21T10:00:00Z', expires: '2026-11-28T10:00:00Z', downloads: 0 } as const;
const KEY_ID = 'key_0190a000-0000-7000-8000-000000000001';
const none = { seq: 0, commitment: null };
const CERTIFICATE = {
  id: 'crt_1', organisation: 'Riverside Clinic', issuedAt: '2026-11-21T10:00:00.000Z', limits: '', recipients: [], entries: [0], revealed: [], log: { origin: 'audit.test', vkey: 'v', size: 1, root: 'r' },
  message: { id: MESSAGE_ID, author: 'u_1', acceptedAt: '2026-11-21T10:00:00.000Z', facts: {}, from: none, subject: none, draft: none, retention: null },
};
const SUPPRESSION_ID = 'sup_0190a000-0000-7000-8000-000000000001';
const ID_OF: { readonly [name in EndpointName]?: string } = { part: HANDOFF_ID, commit: HANDOFF_ID, handoff: HANDOFF_ID, confirmKey: KEY_ID, removeKey: KEY_ID, unsuppress: SUPPRESSION_ID, acknowledge: `alr_${'0'.repeat(32)}` };
const QUERY: { readonly [name in EndpointName]?: string } = { consistency: '?from=1&to=2' };
export const pathOf = (name: EndpointName): string => `/api/v1${Object.entries(STAFF_PARAMS).reduce((path, [param, value]) => path.replace(param, value), ENDPOINTS[name].path as string).replace(':id', ID_OF[name] ?? MESSAGE_ID).replace(':sha256', PART).replace(':n', '0').replace(':reader', `rdr_${'a'.repeat(24)}`).replace(':seq', '3').replace(':version', 'pv_1').replace(':consent', 'con_0123456789abcdef01234567').replace(':deputy', 'dep_0123456789abcdef01234567')}${QUERY[name] ?? ''}`;

export interface Ground extends Pick<ReturnType<typeof openHttp>, 'app'> {
  readonly issuer: Issuer;
  readonly calls: { readonly what: string; readonly args: readonly unknown[] }[];
  readonly log: string[];
  /** what the next calls of this name answer instead; a thrown value if it is an Error */
  readonly answers: { [what: string]: unknown };
  bearer(...roles: StaffRole[]): Promise<string>;
  call(name: EndpointName, more?: { readonly roles?: readonly StaffRole[]; readonly body?: BodyInit | null; readonly headers?: Record<string, string>; readonly path?: string }): Promise<Response>;
}

export async function openGround(settings: Partial<HttpSettings> = {}, more: Partial<Rooms> = {}): Promise<Ground> {
  const issuer = await openIssuer();
  const calls: Ground['calls'] = [];
  const answers: Ground['answers'] = {};
  const log: string[] = [];
  const said = (what: string, args: readonly unknown[], otherwise: unknown): never => {
    calls.push({ what, args });
    const answer = what in answers ? answers[what] : otherwise;
    if (answer instanceof Error) throw answer;
    return answer as never;
  };
  const fact = { filename: 'scan.pdf', contentType: 'application/pdf', size: 4, sha256: PART };
  const file = () => ({ fact, bytes: Readable.from([Buffer.from('part')]) });
  const accept: Accept = {
    plan: async (...args) => said('plan', args, plan),
    stage: async (...args) => said('stage', args, { created: true, state: staged }),
    part: async (person, id, sha256, bytes) => {
      const content = 'part' in answers ? '' : await text(bytes);
      return said('part', [person, id, sha256, content], createHash('sha256').update(content).digest('hex') === sha256 ? null : refuse('digest-mismatch') as WireRefusal);
    },
    commit: async (...args) => said('commit', args, { kind: 'accepted', fresh: true, accepted }),
    handoff: async (...args) => said('handoff', args, staged),
    send: async (...args) => said('send', args, accepted),
    recall: async (...args) => said('recall', args, { recipients: [] }),
    extend: async (...args) => said('extend', args, { expires: '2026-12-21T10:00:00Z', opened: null, ways: ['mail-code'] }),
    resend: async (...args) => said('resend', args, { expires: '2026-12-21T10:00:00Z', opened: null, ways: ['mail-code'] }),
    decide: async (...args) => said('decide', args, { expires: '2026-12-21T10:00:00Z', opened: null, ways: ['mail-code'] }),
    posted: async (...args) => said('posted', args, { expires: '2026-12-21T10:00:00Z', opened: null, ways: ['mail-code'] }),
    reached: async (...args) => said('reached', args, { language: 'es', phoneEnds: '17' }),
    chosen: async (...args) => said('chosen', args, { topics: ['billing'], version: 'plain-1', since: '2026-11-21T10:00:00Z' }),
    standIn: async (...args) => said('standIn', args, { changed: true }),
    reset: async (...args) => said('reset', args, { passkeys: 1, sessions: 2 }),
    stronger: async (...args) => said('stronger', args, { expires: '2026-12-21T10:00:00Z', opened: null, ways: ['spoken-code'] }),
    held: async (...args) => said('held', args, { id: MESSAGE_ID, copies: [], digest: HASH }),
    release: async (...args) => said('release', args, { kind: 'released', released: { copies: [] } }),
  };
  const report: Report = {
    messages: async (...args) => said('messages', args, { data: [], next: null }),
    message: async (...args) => said('message', args, { id: MESSAGE_ID, subject: 's', from: 'a', acceptedAt: '2026-11-21T10:00:00Z', receipt: accepted.receipt, retention, recipients: [] }),
    content: async (...args) => said('content', args, { id: MESSAGE_ID, from: draft.from, recipients: [], subject: 's', attachments: [] }),
    attachment: async (...args) => said('attachment', args, file()),
  };
  const read: PortalMessage = { from: { address: 'ana.ruiz@riverside.test', name: 'Dr. Ana Ruiz' }, organisation: 'Riverside Clinic', to: ['rosa.delgado@brightmail.test'], subject: 'Your results', text: 'All is well.', attachments: [fact], acceptedAt: issuer.world.clock, expires: issuer.world.clock + 1e9 };
  const open: Open = {
    visited: async (...args) => said('visited', args, undefined),
    look: async (...args) => said('look', args, { ways: ['mail-code', 'spoken-code'] }),
    requestCode: async (...args) => said('requestCode', args, undefined),
    enter: async (token, code) => said('enter', [token, code], code === '123456' ? { kind: 'entered', session: 'session-of-this-pickup' } : refuse('code-wrong')),
    read: async (session) => said('read', [session], session === 'session-of-this-pickup' ? read : refuse('session-ended')),
    attachment: async (session, n) => said('attachment', [session, n], session !== 'session-of-this-pickup' ? refuse('session-ended') : n === 0 ? file() : refuse('not-found')),
    question: async (...args) => said('question', args, null),
    answerQuestion: async (...args) => said('answerQuestion', args, refuse('code-wrong')),
    halves: async (...args) => said('halves', args, refuse('not-found')),
    askOrdinary: async (...args) => said('askOrdinary', args, undefined),
    sealed: async (...args) => said('sealed', args, refuse('not-found')),
    leave: async (...args) => said('leave', args, undefined),
    answering: async (...args) => said('answering', args, null),
    thread: async (...args) => said('thread', args, { answers: [], begun: '', others: 0, files: [] }),
    answer: async (...args) => said('answer', args, { kind: 'answered' }),
    attach: async (_session, { filename, bytes }) => said('attach', [filename, await text(bytes)], { kind: 'attached' }),
    writing: async (...args) => said('writing', args, null),
    write: async (...args) => said('write', args, { kind: 'answered' }),
    beginLetter: async (...args) => said('beginLetter', args, 'kept' as const),
    preferences: async (...args) => said('preferences', args, null),
    prefer: async (...args) => said('prefer', args, { kind: 'changed' }),
    detach: async (...args) => said('detach', args, undefined),
    begin: async (...args) => said('begin', args, 'kept' as const),
    requestAsOther: async (...args) => said('requestAsOther', args, undefined),
    enterAsOther: async (token, code) => said('enterAsOther', [token, code], refuse('code-wrong')),
    enterByPasskey: async (token, answer) => said('enterByPasskey', [token, answer], refuse('passkey-wrong')),
    startSignIn: async (...args) => said('startSignIn', args, 'https://id.brightmail.test/authorize?state=s'),
    enterBySignIn: async (...args) => said('enterBySignIn', args, refuse('sign-in-other')),
    keepPasskey: async (session, answer) => said('keepPasskey', [session, answer], refuse('passkey-wrong')),
    dropPasskeys: async (...args) => said('dropPasskeys', args, true),
  };
  const key = { id: KEY_ID, address: 'sam.park@stmarys.test', kind: 'smime', trust: 'uploaded', source: 'upload', fingerprint: 'aa', created: issuer.world.clock, state: 'active' } as const;
  const secret = randomBytes(32);
  const { app } = openHttp({
    accept, report, open,
    audit: {
      events: async (...args) => said('events', args, { data: [], page: { next: null, has_more: false }, snapshot: { tree_size: 0, root: '', checkpoint_time: null } }),
      proof: async (...args) => said('proof', args, { seq: 3, leaf: '{}', tree_size: 4, proof: [], checkpoint: 'note' }),
      checkpoint: async () => said('checkpoint', [], 'riverside\n4\nAAAA\n\n'),
      vkey: async () => said('vkey', [], 'riverside+00000000+AAAA'),
    },
    compliance: {
      consistency: async (...args) => said('consistency', args, { from: 1, to: 2, proof: [] }),
      integrity: async (...args) => said('integrity', args, { origin: 'riverside', vkey: 'riverside+00000000+AAAA', tree_size: 0, checkpoint: null, checkpoint_time: null, lag: 0, broken: false, anchors: [] }),
      search: async (...args) => said('search', args, { data: [], page: { next: null, has_more: false }, snapshot: { tree_size: 0, root: '', checkpoint_time: null } }),
      searches: async (...args) => said('searches', args, { data: [] }), keepSearch: async (...args) => said('keepSearch', args, { id: 'kse_1', name: 'x', filter: {}, shared: false, own: true }), dropSearch: async (...args) => said('dropSearch', args, null),
      counts: async (...args) => said('counts', args, { by: 'day', data: [], tree_size: 0 }),
      reveal: async (...args) => said('reveal', args, { seq: 3, values: {} }),
      story: async (...args) => said('story', args, { id: MESSAGE_ID, data: [] }),
      access: async (...args) => said('access', args, { id: MESSAGE_ID, data: [] }),
      accounting: async (...args) => said('accounting', args, { from: '', to: '', tree_size: 0, disclosures: [], excluded: {}, gaps: [] }),
      accountingFile: async (...args) => said('accountingFile', args, { name: 'accounting.csv', bytes: new Uint8Array([1]) }), rationale: async (...args) => said('rationale', args, {}),
      create: async (...args) => said('create', args, exported),
      exports: async (...args) => said('exports', args, { data: [exported] }),
      export: async (...args) => said('export', args, exported),
      file: async (...args) => said('file', args, { name: 'audit.csv', type: 'text/csv', pieces: (async function* () { yield new Uint8Array([1]); })() }),
      fileProof: async (...args) => said('fileProof', args, { sha256: HASH, signature: 'AA==' }),
      schedule: async (...args) => said('schedule', args, { id: 'sch_1', every: 'day', due: '2026-11-21T10:00:00Z', format: 'csv' }),
      schedules: async (...args) => said('schedules', args, { data: [] }),
      unschedule: async (...args) => said('unschedule', args, null),
      openIncident: async (...args) => said('openIncident', args, {}), incidents: async (...args) => said('incidents', args, { data: [] }), incident: async (...args) => said('incident', args, { openedBy: 'u_1', assessment: null, steps: [] }),
      assessIncident: async (...args) => said('assessIncident', args, {}), stepIncident: async (...args) => said('stepIncident', args, {}),
      breakGlass: async (...args) => said('breakGlass', args, {}), throughGlass: async (...args) => said('throughGlass', args, {}), glasses: async (...args) => said('glasses', args, { data: [] }), reviewGlass: async (...args) => said('reviewGlass', args, {}),
      controls: async (...args) => said('controls', args, { profile: 'hipaa-current', data: [] }), reviews: async (...args) => said('reviews', args, { data: [] }), signOff: async (...args) => said('signOff', args, {}),
      pack: async (...args) => said('pack', args, { name: 'evidence.zip', bytes: new Uint8Array([1]) }),
      rotate: async (...args) => said('rotate', args, { vkey: 'riverside+00000000+AAAA' }), rotateMaster: async (...args) => said('rotateMaster', args, undefined),
    },
    archive: async (...args) => said('archive', args, { bytes: Readable.from([Buffer.from('{}')]) }),
    certify: async (...args) => said('certify', args, { certificate: CERTIFICATE, files: { 'README.txt': new TextEncoder().encode('read me') } }),
    rules: { hash: HASH, rules: null },
    onTheWeb: async (...args) => said('onTheWeb', args, null), list: async (...args) => said('list', args, null),
    keyring: {
      keys: {
        entries: async (...args) => said('entries', args, []), importKey: async (...args) => said('importKey', args, { ...key, fresh: true }), confirmKey: async (...args) => said('confirmKey', args, key),
        removeKey: async (...args) => said('removeKey', args, true), unusable: async () => null, prefer: async (...args) => said('prefer', args, true), require: async (...args) => said('require', args, true), harvest: async (...args) => said('harvest', args, 1),
      },
      identity: async () => ({ organisation: 'Riverside Clinic', smime: { authority: 'PEM', fingerprint: 'aa' }, pgp: { key: 'ARMOR', fingerprint: 'bb' }, earlier: [] }),
      rotate: async (...args) => said('rotate', args, null), bring: async (...args) => said('bring', args, null), certificates: async (...args) => said('certificates', args, []), withdraw: async (...args) => said('withdraw', args, { kind: 'certificate', fingerprint: 'cc' }),
      listed: async (...args) => said('listed', args, undefined),
    },
    approval: { deputies: async (...args) => said('deputies', args, []), appoint: async (...args) => said('appoint', args, { id: 'dep_1', from: '2026-11-21T10:00:00Z', until: '2026-11-22T10:00:00Z' }), dismiss: async (...args) => said('dismiss', args, true) },
    approve: {
      waiting: async (...args) => said('waiting', args, []), content: async (...args) => said('approvalContent', args, { id: MESSAGE_ID, from: draft.from, recipients: [], subject: 's', attachments: [] }),
      decide: async (...args) => said('decideMessage', args, { id: MESSAGE_ID, state: 'approved' }), pass: async (...args) => said('passMessage', args, null), lapse: async () => 0,
    },
    policy: {
      answer: async () => said('policy', [], { signed: '{}', signature: 'AA==', key: 'AA==' }), met: async (...args) => said('met', args, []), versions: async (...args) => said('policies', args, { data: [], next: null }), version: async (...args) => said('policyVersion', args, version),
      draft: async (...args) => said('draftPolicy', args, { fresh: true, version }), simulate: async (...args) => said('simulatePolicy', args, { version: 'pv_1', against: 'us-healthcare-2', days: 30, time: '2026-11-21T10:00:00.000Z', history: COMPARED, corpus: COMPARED, samples: COMPARED, unmet: [], onlyMade: [], labels: [], relaxes: false, text: 'x', outdated: false }), submit: async (...args) => said('submitPolicy', args, version),
      decide: async (...args) => said('decide', args, version), activate: async (...args) => said('activatePolicy', args, version),
      recordConsent: async (...args) => said('recordConsent', args, { id: 'con_1', until: '2027-01-01T00:00:00Z' }), revokeConsent: async (...args) => said('revokeConsent', args, true),
    },
    steer: {
      state: async () => said('queue', [], { ready: 0, waiting: 0, oldest: null, paused: false, domains: [] }), pause: async (...args) => said('pause', args, undefined),
      tryNow: async (...args) => said('tryNow', args, true), acceptLevel: async (...args) => said('acceptLevel', args, true),
    },
    choices: { warning: () => ({ version: 'plain-1', text: 'w' }) },
    known: async (...args) => said('recipient', args, { address: 'walt.finch@oldpost.test', internal: false, prefers: null, need: null, language: 'es' as const, phone: true, channel: 'unknown' as const, smime: null, pgp: null, suppressed: null, standIns: [] }),
    staff: staffDesk(said),
    overview: async (...args) => said('overview', args, { days: 30, from: '2026-11-01', whole: true, byDay: [], verdicts: {}, decisions: {}, refusals: {}, overrides: { justified: 0, released: 0 } }),
    tally: { outcomes: async (...args) => said('deliverability', args, []) },
    doctor: { look: async () => said('doctor', [], []) },
    falsePositives: { report: async (...args) => said('reportFalsePositive', args, undefined), list: async (...args) => said('falsePositives', args, []), review: async (...args) => said('reviewFalsePositive', args, true) },
    alerts: { list: async (...args) => said('alerts', args, { data: [], next: null, open: 0 }), acknowledge: async (...args) => said('acknowledge', args, { id: `alr_${'0'.repeat(32)}`, kind: 'clock', severity: 'warning', raised: '2026-11-21T09:00:00Z', count: 1, about: '', text: '', advice: '', acknowledged: null }) },
    suppression: {
      entries: async (...args) => said('suppressions', args, []), lift: async (...args) => said('unsuppress', args, true), listed: async () => undefined,
      record: async (...args) => said('suppress', args, { id: SUPPRESSION_ID, address: 'walt.finch@oldpost.test', reason: 'asked', code: '', since: 0, until: null, by: 'u_1' }),
    },
    stepUp: openStepUp({ contexts: [STRONG], withinMs: 15 * 60_000, entra: false, world: issuer.world }),
    people: openPeople({ issuer: ISSUER, audience: AUDIENCE, ownDomains: ['riverside.test'], world: issuer.world }),
    settings: {
      publicUrl: 'http://localhost:3000', trustedProxies: [], organisation: { name: 'Riverside Clinic', phone: '+1 555 0100' }, timeZone: 'UTC',
      addin: { folder: 'nowhere', config: () => ({ audience: AUDIENCE }), manifest: () => '<OfficeApp/>', connect: ['https://id.riverside.test'] },
      ...settings,
    },
    ready: () => ({ ok: answers['ready'] !== false, codes: answers['ready'] === false ? ['store-closed'] : [] }),
    stamp: (value) => createHash('sha256').update(secret).update(value).digest('hex'),
    log: openLog({ write: (line) => { log.push(line); } }),
    metrics: openMetrics({ read: () => ({ queueReady: 3, walBytes: 4096 }) }),
    world: { now: issuer.world.now, random: (n) => new Uint8Array(randomBytes(n)) },
    ...more,
  });
  const bearer = async (...roles: StaffRole[]) => `Bearer ${await issuer.sign({ roles })}`;
  return {
    app, issuer, calls, answers, log, bearer,
    async call(name, { roles, body, headers = {}, path = pathOf(name) } = {}) {
      const endpoint: Endpoint = ENDPOINTS[name];
      const who = roles ?? (endpoint.who === 'public' ? [] : [endpoint.who[0] as StaffRole]);
      const own = endpoint.raw === 'in' ? 'part' : endpoint.body === undefined ? null : JSON.stringify(BODIES[name]);
      const sent = body === undefined ? own : body;
      return app.request(path, {
        method: endpoint.method.toUpperCase(),
        headers: { ...(who.length > 0 ? { authorization: await bearer(...who) } : {}), ...(endpoint.body !== undefined ? { 'content-type': 'application/json' } : {}), ...(name === 'send' ? { 'idempotency-key': 'k-1' } : {}), ...headers },
        ...(sent === null ? {} : { body: sent, duplex: 'half' }),
      } as RequestInit);
    },
  };
}
