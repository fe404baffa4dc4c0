/** What the screen of one recipient calls things. */
export const SAY = {
  title: 'Recipients’ wishes', lead: 'What is recorded of one recipient: how they like to be written to, the least they are written to with, and what stands against their address. Who looks is noted. Nothing of any message is here.',
  address: 'Address', look: 'Look', bad: 'That is no address.', keys: 'Their keys',
  known: (address: string) => `What is known of ${address}`, internal: 'A colleague', prefers: 'Likes to be written to by', need: 'Is written to with at least', language: 'Language', phone: 'Number for codes', channel: 'Their mail servers', smime: 'S/MIME', pgp: 'OpenPGP', suppressed: 'Against the address',
  yes: 'on file', no: 'none', noKey: 'none on file', unusable: 'not usable now', none: 'nothing recorded', save: 'Record', saved: 'Recorded.', undone: 'As it was before.',
  list: 'Addresses not to be written to', listMore: 'Mail to them came back, was called abuse, or they asked. The plan says so, or refuses; nothing is dropped.', empty: 'Nobody is on the list', reason: 'Why', since: 'Since', until: 'Until', lifted: 'until it is lifted', off: 'Take off the list', taken: (address: string) => `${address} is off the list.`, put: 'Put on the list: they asked', putDone: (address: string) => `${address} is on the list.`, actions: 'Actions',
} as const;
export const PREFERS: { readonly [way: string]: string } = { '': 'nothing recorded', smime: 'S/MIME', pgp: 'OpenPGP', portal: 'the secure page' };
export const NEEDS: { readonly [need: string]: string } = { '': 'nothing recorded', 'at-rest': 'encryption that lasts at their side', 'e2e-only': 'encryption from end to end' };
export const REASONS: { readonly [reason: string]: string } = { bounced: 'Mail came back', complained: 'Called abuse', asked: 'They asked' };
export const CHANNELS: { readonly [channel: string]: string } = { 'proved-before': 'proved an encrypted connection before', unknown: 'not seen yet', 'failed-before': 'failed to prove it lately', 'first-hop-only': 'behind a relay that proves only the way to itself', 'relay-declared': 'behind a relay that is declared to prove the rest', 'relay-asked': 'behind a relay that must promise the rest' };
export const LANGUAGES: { readonly [language: string]: string } = { en: 'English', es: 'Spanish' };
