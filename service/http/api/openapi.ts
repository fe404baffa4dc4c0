/** The wire as OpenAPI 3.1, made from the same table the endpoints are registered from: it cannot tell anything else. */
import * as z from 'zod/mini';
import { Accepted, Plan } from '../../../shared/wire/handoff.ts';
import { Problem, PROBLEMS, type ProblemCode } from '../../../shared/wire/problem.ts';
import { Reveal } from '../../../shared/wire/certificate.ts';
import { ENDPOINTS, type Endpoint, type EndpointName } from '../../../shared/wire/wire.ts';
import { CountFilter } from '../../../shared/wire/compliance.ts';
import { AddressedFilter } from '../../../shared/wire/audit.ts';

type Json = { readonly [name: string]: unknown };

const REVEAL = `^(?:(?:${Reveal.options.join('|')})(?:,(?!$)|$))*$`;
const QUERIES: { readonly [name in EndpointName]?: Json } = {
  messages: { cursor: { type: 'string' }, limit: { type: 'integer', minimum: 1, maximum: 200, default: 50 } },
  events: (z.toJSONSchema(AddressedFilter, { io: 'input', unrepresentable: 'any' }) as { properties: Json }).properties,
  counts: (z.toJSONSchema(CountFilter, { io: 'input', unrepresentable: 'any' }) as { properties: Json }).properties,
  controls: { profile: { type: 'string', enum: ['hipaa-current', 'hipaa-nprm-2025'] } },
  consistency: { from: { type: 'integer', minimum: 0 }, to: { type: 'integer', minimum: 0 } },
  proof: { size: { type: 'integer', minimum: 0 } },
  certificate: { reveal: { type: 'string', pattern: REVEAL } }, bundle: { reveal: { type: 'string', pattern: REVEAL } }, certificatePaper: { reveal: { type: 'string', pattern: REVEAL } },
  deliverability: { days: { type: 'integer', minimum: 1, maximum: 366, default: 30 } },
  overview: { days: { type: 'integer', minimum: 1, maximum: 92, default: 30 } },
  suppressions: { cursor: { type: 'string' }, limit: { type: 'integer', minimum: 1, maximum: 200, default: 50 } },
  alerts: { state: { type: 'string', enum: ['all', 'open'], default: 'all' }, cursor: { type: 'string' }, limit: { type: 'integer', minimum: 1, maximum: 200, default: 50 } },
  approvals: { cursor: { type: 'string' }, limit: { type: 'integer', minimum: 1, maximum: 200, default: 50 } },
  policy: { met: { type: 'string', enum: ['1'], description: 'with marks of whom the caller wrote to before' } },
  policies: { cursor: { type: 'string' }, limit: { type: 'integer', minimum: 1, maximum: 200, default: 50 } },
  keys: { state: { type: 'string', enum: ['active', 'replaced', 'removed'], default: 'active' }, cursor: { type: 'string' }, limit: { type: 'integer', minimum: 1, maximum: 200, default: 50 } },
};

const FORM: Json = { 'multipart/form-data': { schema: {
  type: 'object', required: ['message'],
  properties: {
    message: { type: 'string', contentMediaType: 'application/json', description: 'The same JSON, without `attachments`.' },
    attachment: { type: 'array', items: { type: 'string', format: 'binary' }, description: 'Files. One that the HTML shows by `cid:` is named `inline:` and its Content-ID instead.' },
  },
} } };

const EVERY: readonly ProblemCode[] = ['too-many-requests', 'fault', 'not-ready'];
const WITH_TOKEN: readonly ProblemCode[] = ['unauthenticated', 'forbidden', 'guest-account', 'groups-unknown'];
const WITH_BODY: readonly ProblemCode[] = ['bad-json', 'bad-request', 'unsupported-media-type'];
const DRAFT: readonly ProblemCode[] = ['bad-address', 'bad-header', 'from-not-allowed', 'too-many-recipients', 'no-recipients'];
const JUDGED: readonly ProblemCode[] = ['policy-blocked', 'list-not-expanded', 'no-protection', 'justification-needed', 'question-malformed', 'question-guessable', 'question-has-findings', 'question-not-enough'];
const KEY: readonly ProblemCode[] = ['key-other-address', 'key-not-trusted', 'key-expired', 'key-revoked', 'key-cannot-encrypt', 'key-too-weak'];
const OWN: { readonly [name in EndpointName]?: readonly ProblemCode[] } = {
  plan: [...DRAFT, 'too-large'],
  stage: [...DRAFT, 'digest-mismatch', 'already-sent', 'too-large'],
  part: ['not-found', 'digest-mismatch', 'too-large', 'unsupported-media-type'],
  commit: [...JUDGED, 'not-found', 'plan-changed', 'already-sent', 'parts-missing', 'digest-mismatch', 'too-large'],
  handoff: ['not-found'],
  send: [...DRAFT, ...JUDGED, 'idempotency-key-missing', 'idempotency-mismatch', 'use-parts'],
  messages: ['bad-cursor', 'bad-request'],
  message: ['not-found'], content: ['not-found', 'content-divided'], attachment: ['not-found', 'content-divided'], archive: ['not-found'],
  extend: ['not-found', 'no-portal-copy', 'too-large'], resend: ['not-found', 'no-portal-copy', 'content-divided'],
  contact: ['bad-address', 'too-large'], choose: ['bad-address', 'changed-meanwhile', 'too-large'], recipient: ['bad-address', 'too-large'],
  recall: ['not-found', 'not-recallable'],
  certificate: ['not-found', 'bad-request'], bundle: ['not-found', 'bad-request'], certificatePaper: ['not-found', 'bad-request'],
  held: ['not-found'],
  release: ['not-found', 'not-held', 'plan-changed', 'no-protection', 'too-large'],
  events: ['bad-cursor', 'bad-request'], find: ['bad-cursor', 'too-large'],
  proof: ['not-found', 'bad-request'], checkpoint: ['not-found'],
  approvals: ['bad-cursor', 'bad-request'], approvalContent: ['not-found', 'content-divided'], approveMessage: ['not-found', 'second-person-needed', 'too-large'], denyMessage: ['not-found', 'second-person-needed', 'too-large'], passMessage: ['not-found', 'bad-address', 'bad-request', 'second-person-needed', 'too-large'],
  recordConsent: ['bad-address', 'too-large'], revokeConsent: ['not-found'], appoint: ['bad-address', 'too-large'], dismiss: ['not-found'],
  policies: ['bad-cursor', 'bad-request'], policyVersion: ['not-found'],
  draftPolicy: ['not-found', 'policy-malformed', 'policy-unknown-name', 'too-large'], simulatePolicy: ['not-found', 'too-large'],
  submitPolicy: ['not-found', 'policy-state', 'simulation-needed', 'simulation-outdated', 'too-large'], approvePolicy: ['not-found', 'policy-state', 'simulation-needed', 'simulation-outdated', 'second-person-needed', 'too-large'],
  rejectPolicy: ['not-found', 'policy-state', 'second-person-needed', 'too-large'], activatePolicy: ['not-found', 'policy-state', 'simulation-needed', 'simulation-outdated', 'too-large'], emergencyPolicy: ['not-found', 'policy-state', 'second-person-needed', 'too-large'],
  keys: ['bad-cursor', 'bad-request'],
  importKey: [...KEY, 'bad-address', 'key-malformed', 'key-is-secret', 'too-large'],
  confirmKey: [...KEY, 'not-found', 'second-person-needed'],
  removeKey: ['not-found'], rotateIdentity: ['changed-meanwhile'], withdrawIdentity: ['not-found', 'changed-meanwhile'], importIdentity: ['changed-meanwhile', 'key-revoked', 'key-malformed', 'passphrase-wrong', 'key-expired', 'key-cannot-sign', 'key-too-weak', 'key-other-address', 'key-locked-too-hard', 'key-lock-unknown', 'key-too-new'],
  prefer: ['bad-address', 'too-large'],
  deliverability: ['bad-request'], overview: ['bad-request'],
  suppressions: ['bad-cursor', 'bad-request'], suppress: ['bad-address', 'too-large'], unsuppress: ['not-found'], alerts: ['bad-cursor', 'bad-request'], acknowledge: ['not-found'], reviewFalsePositive: ['not-found'],
  tryNow: ['not-found', 'too-large'], acceptLevel: ['not-found', 'too-large'], pause: ['too-large'],
};

/** The codes an endpoint can answer with. */
export function codesOf(name: EndpointName): readonly ProblemCode[] {
  const endpoint: Endpoint = ENDPOINTS[name];
  return [...new Set([
    ...(endpoint.who === 'public' ? [] : WITH_TOKEN), ...(endpoint.stepUp ? (['step-up-required'] as const) : []), ...(endpoint.body === undefined ? [] : WITH_BODY), ...(OWN[name] ?? []), ...EVERY,
  ])];
}

export function openapi({ publicUrl }: { readonly publicUrl: string }): Json {
  const paths: { [path: string]: { [method: string]: Json } } = {};
  for (const [name, endpoint] of Object.entries(ENDPOINTS) as [EndpointName, Endpoint][]) {
    const path = endpoint.path.replace(/:(\w+)/g, '{$1}');
    (paths[path] ??= {})[endpoint.method] = operation(name, endpoint);
  }
  return {
    openapi: '3.1.1',
    info: { title: 'Send Secure', version: '1', description: 'Hands mail that carries protected health information to the companion service, and follows it.' },
    servers: [{ url: `${publicUrl}/api/v1` }],
    paths,
    components: {
      schemas: { Problem: plain(z.toJSONSchema(Problem, { io: 'input' }) as Json) },
      securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'An access token of the organisation\'s OpenID Connect issuer for this service\'s audience.' } },
    },
  };
}

function operation(name: EndpointName, endpoint: Endpoint): Json {
  const parameters = [
    ...[...endpoint.path.matchAll(/:(\w+)/g)].map(([, param]) => ({ name: param, in: 'path', required: true, schema: { type: 'string' } })),
    ...Object.entries(QUERIES[name] ?? {}).map(([param, schema]) => ({ name: param, in: 'query', required: false, schema })),
    ...(name === 'send' ? [{ name: 'Idempotency-Key', in: 'header', required: true, schema: { type: 'string', minLength: 1, maxLength: 255 }, description: 'The same key with the same body gets the same answer; with another body 409 `idempotency-mismatch`.' }] : []),
  ];
  return {
    operationId: name,
    summary: endpoint.summary,
    ...(endpoint.who === 'public' ? { security: [] } : { security: [{ token: [] }], description: `For: ${endpoint.who.join(', ')}.${endpoint.stepUp ? ' Needs a fresh, strong sign-in.' : ''}`, 'x-roles': endpoint.who, ...(endpoint.stepUp ? { 'x-step-up': true } : {}) }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(endpoint.body !== undefined ? { requestBody: { required: true, content: { 'application/json': { schema: plain(z.toJSONSchema(endpoint.body, { io: 'input' }) as Json) }, ...(name === 'send' ? FORM : {}) } } } : {}),
    ...(endpoint.raw === 'in' ? { requestBody: { required: true, content: { 'application/octet-stream': {} } } } : {}),
    responses: { ...successes(endpoint), ...failures(name) },
  };
}

function successes(endpoint: Endpoint): Json {
  return Object.fromEntries(Object.entries(endpoint.answers).map(([status, schema]) => [status, {
    description: status === '202' ? 'Accepted: durable before this answer' : status === '201' ? 'Created' : status === '204' ? 'Done' : 'OK',
    ...(schema !== null ? { content: { 'application/json': { schema: plain(z.toJSONSchema(schema) as Json) } } }
      : endpoint.raw === 'out' ? { content: { '*/*': {} } }
        : status === '204' ? {} : { content: { 'text/plain': { schema: { type: 'string' } } } }),
  }]));
}

function failures(name: EndpointName): Json {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of codesOf(name)) byStatus.set(PROBLEMS[code].status, [...(byStatus.get(PROBLEMS[code].status) ?? []), code]);
  return Object.fromEntries([...byStatus].sort(([a], [b]) => a - b).map(([status, codes]) => [status, {
    description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}`).join('\n'),
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem', ...beside(codes) } } },
  }]));
}

/** RFC 9457 §3.2: what some problems carry beside the five members. */
function beside(codes: readonly ProblemCode[]): Json {
  const members = {
    ...(codes.includes('plan-changed') ? { plan: plain(z.toJSONSchema(Plan) as Json) } : {}),
    ...(codes.includes('already-sent') ? { accepted: plain(z.toJSONSchema(Accepted) as Json) } : {}),
  };
  return Object.keys(members).length === 0 ? {} : { properties: members };
}

/** The dialect is OpenAPI 3.1's own default. */
function plain(schema: Json): Json {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => name !== '$schema'));
}
