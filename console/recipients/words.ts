/** What the screen of recipients' keys calls things. */
import type { Tone } from '../frame/view.tsx';

export const SAY = {
  title: 'Recipients and keys',
  lead: 'Certificates and keys of people you write to. One person’s word counts no more than a proved connection; once a second person has confirmed a key, it is used for encryption from end to end.',
  drop: 'Drop certificates or keys here, or', choose: 'choose files', kinds: 'PEM, DER, PKCS#7, OpenPGP. Never a private key.',
  address: 'Address', kind: 'Kind', state: 'State', trust: 'Where from', fingerprint: 'Fingerprint', ends: 'Ends', created: 'Added',
  waiting: 'To add', whose: 'Whose is it?', add: 'Add', addAll: 'Add all', drop_: 'Leave out', added: (address: string) => `Added for ${address}. Another person can confirm it.`, tooLarge: 'A file is too large to be a key.',
  confirm: 'Confirm', confirmTitle: 'Confirm this key?', confirmMore: 'Compare the fingerprint with the recipient over another way, such as the telephone. Then mail to them is encrypted to it.', confirmed: 'Confirmed.',
  remove: 'Remove', removeTitle: 'Use this key no more?', removeMore: 'It stays as history. Mail to this address is protected another way.', removed: 'Removed.', cancel: 'Cancel',
  own: 'You added it, so somebody else must confirm it.', none: 'No keys yet', noneMore: 'Drop a certificate above, or let them be found by web key directories, DANE or your directory.', showing: 'Keys', actions: 'Actions', states: { active: 'In use', replaced: 'Replaced', removed: 'Removed' }, unusable: 'not usable',
} as const;
export const KIND: { readonly [kind: string]: string } = { smime: 'S/MIME', pgp: 'OpenPGP' };
/** where a key's word comes from, strongest first */
export const TRUST: { readonly [trust: string]: string } = { 'admin-verified': 'confirmed by two', directory: 'our directory', dane: 'their DNS (DANE)', uploaded: 'added by one', wkd: 'their web directory', harvested: 'a signed mail', autocrypt: 'a mail’s header', vks: 'a public key server' };
export const STATE: { readonly [state: string]: readonly [string, Tone] } = { active: ['in use', 'good'], held: ['another was found', 'care'], replaced: ['replaced', 'plain'], removed: ['removed', 'plain'] };
