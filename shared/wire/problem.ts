/**
 * RFC 9457 problems: the closed list of codes. A problem never carries a value from the request.
 * `type` is `urn:send-secure:problem:<code>`.
 */
import * as z from 'zod/mini';

export const PROBLEMS = {
  'bad-json': { status: 400, title: 'The body is not valid JSON.' },
  'bad-request': { status: 400, title: 'A field is missing, has the wrong type or is too long.' },
  'bad-address': { status: 400, title: 'An address is not a valid mailbox. An international domain is written in its xn-- form.' },
  'bad-header': { status: 400, title: 'A subject, name or file name contains a line break or control character.' },
  'bad-cursor': { status: 400, title: 'The cursor is not valid for this query.' },
  'idempotency-key-missing': { status: 400, title: 'An Idempotency-Key header is required.' },
  'unauthenticated': { status: 401, title: 'A valid access token is required.' },
  'step-up-required': { status: 401, title: 'This needs a fresh, stronger sign-in.' },
  'forbidden': { status: 403, title: 'Your role does not allow this.' },
  'guest-account': { status: 403, title: 'A guest account of the organization may not use this.' },
  'groups-unknown': { status: 403, title: 'Your sign-in leaves out some of your groups, and rules depend on them. An administrator can change that.' },
  'from-not-allowed': { status: 403, title: 'You may not send from this address.' },
  'not-found': { status: 404, title: 'There is nothing here that you may see.' },
  'method-not-allowed': { status: 405, title: 'This address does not answer that method.' },
  'idempotency-mismatch': { status: 409, title: 'The Idempotency-Key was used for a different request.' },
  'plan-changed': { status: 409, title: 'The plan has changed since it was shown.' },
  'already-sent': { status: 409, title: 'This draft was already sent with different content.' },
  'parts-missing': { status: 409, title: 'Some parts have not arrived.' },
  'digest-mismatch': { status: 422, title: 'The content does not match its digest.' },
  'policy-blocked': { status: 422, title: 'The policy does not allow this message.' },
  'list-not-expanded': { status: 422, title: 'A distribution list could not be expanded, so it is not known who would read patient data.' },
  'no-protection': { status: 422, title: 'No protection that is strong enough is possible for a recipient.' },
  'justification-needed': { status: 422, title: 'The policy asks for a reason before this message may go.' },
  'question-malformed': { status: 422, title: 'The question or its answer is empty, too long or contains a control character.' },
  'question-guessable': { status: 422, title: 'The answer is shorter than four letters, or stands in the question.' },
  'question-has-findings': { status: 422, title: 'The question seems to hold patient data, and would be shown before anybody is known.' },
  'question-not-enough': { status: 422, title: 'For a recipient of this message the answer to a question would not be enough.' },
  'not-recallable': { status: 409, title: 'Nothing of this message can be recalled any more.' },
  'no-portal-copy': { status: 409, title: 'Nothing waits on the secure page for that recipient any more.' },
  'content-divided': { status: 409, title: 'The key of this message is divided: nobody here can open it, and its notice cannot be sent again. Send the message anew.' },
  'not-held': { status: 409, title: 'A copy named here does not wait for its author.' },
  'too-many-recipients': { status: 422, title: 'A message may have at most 500 recipients.' },
  'no-recipients': { status: 422, title: 'A message needs at least one recipient.' },
  'roles-conflict': { status: 409, title: 'This person has a role that excludes that one.' },
  'second-person-needed': { status: 403, title: 'Another person than the one who began it must do this.' },
  'policy-unknown-name': { status: 422, title: 'A rule asks for a pattern or list that is not among the organization\'s own: it would never hold.' },
  'policy-malformed': { status: 422, title: 'The policy names a rule, sentence, class or address that does not exist, or an id twice.' },
  'policy-state': { status: 409, title: 'This version is not in the state that this needs.' },
  'simulation-needed': { status: 409, title: 'A version is tried before it is submitted.' },
  'key-malformed': { status: 422, title: 'There is no public key or certificate in what was handed over.' },
  'key-is-secret': { status: 422, title: 'A private key was handed over. It was not kept; treat it as disclosed.' },
  'passphrase-wrong': { status: 422, title: 'The passphrase does not open what was handed over.' },
  'key-locked-too-hard': { status: 422, title: 'Trying the passphrase would take more memory or time than is given. Lock the key again with fewer, by Argon2 with at most 64 MB and 3 passes.' },
  'key-lock-unknown': { status: 422, title: 'It is locked or sealed in a way that is not read here. Export it again, with AES and SHA-256.' },
  'key-too-new': { status: 422, title: 'Widely used mail programs, such as those with GnuPG 2.2, cannot read what this key signs. Bring a key of version 4: RSA, ECDSA, or Ed25519 as GnuPG makes it.' },
  'key-cannot-sign': { status: 422, title: 'The key or certificate cannot be used to sign, or would also encrypt.' },
  'key-other-address': { status: 422, title: 'The key or certificate is for another address.' },
  'key-not-trusted': { status: 422, title: 'The certificate does not lead to an authority that is trusted here.' },
  'key-expired': { status: 422, title: 'The key or certificate has expired or is not valid yet.' },
  'key-revoked': { status: 422, title: 'The key was revoked by its owner.' },
  'key-cannot-encrypt': { status: 422, title: 'The key or certificate is not meant for encryption.' },
  'key-too-weak': { status: 422, title: 'The key is too weak to rely on.' },
  'changed-meanwhile': { status: 409, title: 'Somebody changed it meanwhile, or it is closed; look again.' },
  'incident-open': { status: 409, title: 'It is closed, or cannot be: it must be decided first, and those it concerns told.' },
  'too-broad': { status: 422, title: 'Too much is found by that; narrow the time.' },
  'destroyed': { status: 410, title: 'That was destroyed at the end of its retention.' },
  'too-large': { status: 413, title: 'The request is larger than allowed.' },
  'use-parts': { status: 413, title: 'Larger than 5 MB: hand it over in parts.' },
  'unsupported-media-type': { status: 415, title: 'The content type is not supported.' },
  'too-many-requests': { status: 429, title: 'Too many requests: wait and try again.' },
  'fault': { status: 500, title: 'Something is broken on our side. Nothing was lost.' },
  'not-ready': { status: 503, title: 'The service cannot accept messages at the moment.' },
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  code: z.string(),
  /** where in the request, as a JSON pointer; never the value */
  pointer: z.optional(z.string()),
  /** request id, to quote to an administrator */
  instance: z.optional(z.string()),
});
export type Problem = z.infer<typeof Problem>;
