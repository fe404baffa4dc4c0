/** Every reason a plan can give: a stable code and the sentence a person reads. Closed list; sentences carry no value. */
import type { Reason } from './plan.ts';

export const REASONS = {
  // why this protection
  'tls-expected': 'Their mail server is expected to prove an encrypted connection. It is checked again before a word is sent.',
  'tls-proved-before': 'Their mail server has proved an encrypted connection before. It is checked again before a word is sent.',
  'internal-connector': 'A colleague: delivered inside your own organisation over the pinned connection.',
  'smime-certificate': 'Their S/MIME certificate is on file and confirmed.',
  'pgp-key': 'Their OpenPGP key is on file and confirmed.',
  'smime-found': 'An S/MIME certificate for them is on file; no second person has confirmed it yet.',
  'pgp-found': 'An OpenPGP key for them is on file; no second person has confirmed it yet.',
  'recipient-prefers': 'They asked to be written to this way.',
  'portal-last': 'Nothing else can be proved for them, so they read it on your secure page.',
  'portal-spoken': 'The code must not travel by mail here, so you tell it to them by phone.',
  'portal-sms': 'The code must not travel by mail here, so it goes to their mobile phone by text message.',
  // why not another
  'need-too-high': 'Not strong enough for what this message needs.',
  'tls-failed-before': 'Their mail server failed to prove an encrypted connection lately.',
  'tls-first-hop-only': 'Outside mail goes through a relay that proves only the way to itself.',
  'no-certificate': 'No S/MIME certificate is known for them.',
  'no-key': 'No OpenPGP key is known for them.',
  'key-expired': 'The key on file has expired.',
  'key-revoked': 'The key on file was revoked.',
  'key-cannot-encrypt': 'The key on file is not made for encryption.',
  'key-too-weak': 'The key on file is too weak.',
  'key-other-address': 'The key on file belongs to another address.',
  'key-not-trusted': 'The key on file does not come from a trusted source.',
  'key-changed': 'Another key than the one on file was found for them. An administrator looks at it first.',
  'key-status-unknown': 'Whether their certificate was revoked could not be found out.',
  'lookup-failed': 'A place where their key might be found could not be reached. It is asked again.',
  'looking-up': 'Their key is being looked for.',
  'key-unconfirmed': 'No second person has confirmed the key, so it counts no more than a proved connection.',
  'preferred-first': 'Possible, but another way comes first.',
  'internal-no-portal': 'Colleagues are never sent to the portal.',
  // why the need is what it is
  'need-always': 'Send Secure always proves at least an encrypted connection.',
  'need-author': 'You asked for more than an encrypted connection.',
  'need-recipient': 'For this recipient your organization asks for more than an encrypted connection.',
  'need-sensitive': 'Substance-use or psychotherapy records ask for more than an encrypted connection.',
  // recall
  recalled: 'Taken back before it could be read.',
  'recalled-after-open': 'Closed now, but it had been opened before.',
  'recall-arrived': 'It has arrived in their mailbox and cannot be taken back.',
  'recalled-unknown': 'It is not sent again. A try had been cut off before its end was known, so it may have arrived.',
  'recall-under-way': 'It was being delivered at that moment. Look again in a minute.',
  'recall-failed-before': 'It never reached them.',
  // decision
  'warn-bulk': 'This concerns many people at once. Check that everybody here may see all of it.',
  'warn-unscannable': 'A part of this message could not be read by the scanner. It is protected as if it held patient data.',
  'warn-subject': 'The subject line names a patient. Protected copies hide it; a proved connection does not hide it from their mail program.',
  'warn-look-alike': 'An address looks like one of a domain you know, but is another. Check it letter by letter.',
  'hint-new': 'You have not written to this address before.',
  'block-list': 'A distribution list could not be expanded, so nobody knows who would read this. Write to its members.',
  'need-strict': 'Your organization asks for more than an encrypted connection when patient data leaves it.',
  'justify-strict': 'Your organization asks why patient data leaves it.',
  'justify-minimum': 'This may be more than the purpose needs. Say why it is all needed, or take it out.',
  'approve-bulk': 'Many patients at once: a second person looks at it before it goes.',
  'approve-unscannable': 'A part could not be read by the scanner: a second person looks at it before it goes.',
  'approve-research': 'Identified data of several people: a second person looks at it before it goes.',
  'block-psychotherapy': 'Psychotherapy notes do not leave the organization by mail.',
  'consent-part2': 'Substance-use treatment records go out under the patient\'s recorded consent.',
  'consent-missing': 'No recorded consent covers this. Name the patient reference under More, or have the consent recorded.',
  'notice-part2': 'The notice of 42 CFR 2.32 is put under the text.',
  'retention-billing': 'Kept as billing.',
  'warn-numbers': 'Several account, plan or Social Security numbers leave the organization.',
  'portal-numbers': 'Social Security numbers go to consumer mailboxes by the secure page alone.',
  'need-genetic': 'Genetic data goes out encrypted for its recipient alone.',
  'rule-own': 'A rule of your organization applies.',
  'portal-rule': 'Your organization asks for the secure page here.',
  'address-bounced': 'Mail to this address came back lately: nobody may be there. Check the address.',
  'address-complained': 'Somebody at this address called a mail from us unwanted. Ask them before you write.',
  'address-asked': 'They asked not to be written to by mail. Reach them another way.',
  'warn-address': 'Something is known against one of the addresses. It is said beside it.',
  'block-address': 'One of the recipients asked not to be written to by mail.',
  'no-way': 'No protection that is strong enough is possible for at least one recipient.',
} as const;

export type ReasonCodeKnown = keyof typeof REASONS;

export function reason(code: ReasonCodeKnown): Reason {
  return { code, text: REASONS[code] };
}
