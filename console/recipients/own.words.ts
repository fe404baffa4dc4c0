/** What the screen of our own signing keys calls things. */
export const SAY = {
  title: 'Our signing keys',
  lead: 'What signs mail of your organization. It signs only; nobody can encrypt to it.',
  standing: 'For everybody', kind: 'Kind', smime: 'S/MIME authority', pgp: 'OpenPGP key', fingerprint: 'Fingerprint',
  exchange: 'Exchange', exchangeTitle: (kind: string) => `Exchange the ${kind}?`, why: 'Why',
  whys: { superseded: 'It is time for a new one', compromised: 'Somebody else may have it' },
  exchangeMore: {
    smime: { superseded: 'A new authority vouches for every author from now on. Partners who trust the one of before need the new one. What was signed before can still be verified.', compromised: 'A new authority vouches for every author from now on. Tell partners to trust the one of before no more.' },
    pgp: { superseded: 'A new key signs from now on. The one of before is published as ended, so that nobody takes it for current; what it signed stays good.', compromised: 'A new key signs from now on. The one of before is published as stolen: nothing that it ever signed is believed any more.' },
  },
  exchanged: 'Exchanged. The new one signs from now on.',
  certificates: 'Certificates of single addresses', address: 'Address', ends: 'Ends', actions: 'Actions',
  none: 'No certificates of single addresses', noneMore: 'The authority above vouches for everybody. A certificate that somebody else issued for one address is brought along by POST /identity/import.',
  withdraw: 'Withdraw', withdrawTitle: 'Let this certificate sign no more?', withdrawMore: 'It ends at once and cannot be brought back. Mail from this address is signed by the authority above from then on. If somebody else may have its key, ask whoever issued it to revoke it, too.', withdrawn: 'It signs no more.',
  depart: 'Vouch for an address no more', departLead: 'For somebody who has left. The authority issues no certificate for this address any more, those that it issued are on its list of what it took back, where one is published, and the OpenPGP key names it no more.', departDo: 'Vouch no more', departTitle: 'Vouch for this address no more?', departMore: 'Mail from this address is not signed any more and takes another way, until the authority is exchanged or, for S/MIME, a certificate is brought along for it.', departed: 'The authority vouches for it no more.',
  earlier: 'Signed before', ended: 'Ended', said: 'It says', saying: { expired: 'ended', superseded: 'replaced', compromised: 'stolen' }, silent: '', cancel: 'Cancel',
} as const;
