/** What the screens of changes, people, programs and access reviews call things. */
import type { Tone } from '../frame/view.tsx';

const ROLE: { readonly [role: string]: string } = {
  'clinician': 'Clinician', 'policy-author': 'Writes rules', 'policy-approver': 'Approves rules', 'compliance': 'Compliance', 'privacy-officer': 'Privacy officer', 'records-manager': 'Records manager', 'legal': 'Legal', 'auditor': 'Auditor',
  'system-admin': 'System administrator', 'api-client': 'Program',
};
export const roleOf = (role: string): string => ROLE[role] ?? role;
export const STATE: { readonly [state: string]: readonly [string, Tone] } = { waiting: ['waits', 'care'], applied: ['in force', 'good'], rejected: ['rejected', 'plain'], lapsed: ['lapsed', 'plain'], open: ['open', 'brand'], signed: ['signed', 'good'], overdue: ['overdue', 'bad'] };

export const SAY = {
  cancel: 'Cancel', none: 'Nothing here', proposed: 'Proposed. Another person agrees under Changes.', by: 'by', of: 'of',
  changes: {
    title: 'Changes', lead: 'What widens what somebody may do, or what mail is trusted with, takes two people: one proposes, another agrees.', waiting: 'Waiting', past: 'The last 90 days', noneWaiting: 'Nothing waits for a second person.',
    agree: 'Agree', vouch: 'This was us', reject: 'Reject', back: 'Take back', own: 'You proposed it, so somebody else must agree.', agreed: 'Agreed. It is in force.', vouched: 'Noted. Another person must agree.', rejected: 'Rejected.',
    held: 'Found when the service started. Nothing is delivered until two people agree, or the settings are put back.', until: 'until', kind: 'What', state: 'State', who: 'Decided by', when: 'When', noneWhen: 'Nothing was decided yet',
    role: (name: string, role: string) => `${name} gets the role ${roleOf(role)}`, client: (name: string) => `A program may call: ${name}`, mailbox: (address: string) => `A mailbox is shared: ${address}`, settings: (names: string) => `Settings have changed: ${names}`,
    routes: 'Routes', from: 'From', members: 'Members', group: 'the group',
  },
  people: {
    title: 'People and roles', lead: 'Everybody who has signed in. A role comes from your directory’s sign-in or from two people here; taking one away takes one person.', name: 'Name', address: 'Address', roles: 'Roles', seen: 'Last here', left: 'has left',
    conflict: 'roles exclude each other', more: 'More', open: 'Roles', give: 'Give a role', role: 'Role', propose: 'Propose', take: 'Take away', taken: 'Taken away.', self: 'Your own: somebody else takes it away.', claimed: 'from the sign-in', assigned: 'by two people', removed: 'taken away',
    cover: 'Answers go to, once this person has left', coverMore: 'Empty: to their manager, if the directory names one.', save: 'Save', saved: 'Saved.', close: 'Close', noRoles: 'No role',
  },
  mailboxes: {
    title: 'Shared mailboxes', more: 'Members send from the address and share what was sent from it.', none: 'No mailbox is shared.', address: 'Address', who: 'Who use it', group: 'A group of the directory', people: 'People by name', groupName: 'Name of the group',
    named: 'Find a person', namedMore: 'By name or address; whoever has signed in before.', chosen: 'Who would use it', leaveOut: 'Leave out', share: 'Propose', unshare: 'Share no more', end: 'End it', unshared: 'It is shared no more.',
  },
  programs: {
    title: 'Programs', lead: 'Systems that send or read without Outlook, each with keys of its own for the routes it needs.', name: 'Name', role: 'Calls as', routes: 'Routes', used: 'Last used', keys: 'Keys', none: 'No programs yet', noneMore: 'Propose one below; another person agrees under Changes.',
    add: 'Propose a program', addresses: 'From addresses, separated by spaces', pick: 'Choose routes', propose: 'Propose', issue: 'New key', end: 'End', ended: 'ended', endAll: 'End this program?', endMore: 'All its keys end at once. It cannot be undone; a new one can be proposed.', endDone: 'Ended.', keyEnded: 'This key is ended.', noKeys: 'It has no key.',
    once: 'This key is shown this once', onceMore: 'Give it to the program over a safe way. The keys before it go on for a day.', onceSoon: 'Give it to the program over a safe way. The keys before it, one of which somebody who has left was shown, go on for an hour.', exposed: 'shown to somebody who left: make a new key', copied: 'Copied.', copy: 'Copy', close: 'I have it', until: 'until', never: 'never',
  },
  reviews: {
    title: 'Access reviews', lead: 'Every quarter: everybody’s roles and every program, kept or removed by somebody else, then signed. What is removed ends with the signature.', opened: 'Begun', due: 'Due', left: 'To decide', state: 'State', begin: 'Begin a review', none: 'No review yet', noneMore: 'The first begins by itself a quarter after people are first here.',
    person: 'Who', role: 'Role', source: 'From', seen: 'Last here', decision: 'Decision', keep: 'Keep', remove: 'Remove', sign: 'Sign', signed: 'Signed. What was to be removed is removed.', signedBy: 'Signed by', back: 'All reviews', own: 'Your own: somebody else decides.', never: 'never',
    sources: { claimed: 'the sign-in', assigned: 'two people', client: 'a program' } as { readonly [source: string]: string }, sheet: 'Who may do what',
  },
} as const;
