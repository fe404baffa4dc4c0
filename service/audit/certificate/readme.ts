/** What a stranger with a bundle and nothing of ours can do with it: the steps of the verifier in the words of sha256sum and openssl. */
import type { Certificate } from '../../../shared/wire/certificate.ts';
import { beside } from './claim.ts';

export function readme({ id, organisation, message, recipients, log, entries, revealed, limits }: Pick<Certificate, 'id' | 'organisation' | 'message' | 'recipients' | 'log' | 'entries' | 'revealed' | 'limits'>): string {
  const first = entries[0] ?? 0;
  return `Certificate of sending ${id}
Issued by ${organisation} about message ${message.id}, accepted ${message.acceptedAt}

${recipients.map((r, n) => `Recipient ${n + 1}: ${r.level}\n${r.claims.map((c) => `  ${c.level} ${c.time}${beside(c)}\n     ${c.proves}\n     Does not prove: ${c.doesNotProve}\n`).join('')}`).join('\n')}
${limits}
${revealed.length === 0 ? 'Addresses, subject and servers are in here as salted commitments only: they say nothing to who does not know salt and value. What a connection looked like (version, cipher, hash of the certificate, queue id) stands in clear, and tells who knows that server which one it was.' : `disclosures.json reveals: ${revealed.join(', ')}. Take that file out before passing this on, if they need not know.`}

WHAT IS IN HERE
certificate.json  the certificate, canonical JSON (RFC 8785), exactly the bytes that are signed
certificate.sig   Ed25519 signature over it by the key of the log
events/N.json     entry N of the log, exactly the bytes that are hashed
proofs/N.txt      the way from that entry up to the root of the log (RFC 6962)
checkpoint.txt    root and size of the log, signed (C2SP signed-note)
vkey.txt key.pem  the key of the log, twice. Compare it with the one you were given by ${organisation}.
${revealed.length === 0 ? '' : 'disclosures.json  revealed values with their salts; it may be taken out, and all else stays valid\n'}verify.mjs        a program that does the steps below and compares the claims with the entries
SHA256SUMS        sums of the other files; the certificate signs the sum of this list

VERIFY WITHOUT US
With Node 20 or later and nothing else: node verify.mjs --vkey "<the key you were given>"   (0 valid, 1 invalid, 2 cannot decide, 3 usage)
The program lies in what it checks. Who does not trust it needs only bash, sha256sum and openssl: open a shell in this folder
and run the lines below; every step must say OK or "Verified Successfully".

--- step 1: the certificate is signed by the key of the log
openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in certificate.json -sigfile certificate.sig
--- step 2: no file was changed
sha256sum --quiet -c SHA256SUMS && grep -q "\\"manifest\\":\\"$(sha256sum SHA256SUMS | cut -c1-64)\\"" certificate.json && echo OK
--- step 3: the checkpoint is signed by the same key
head -n 3 checkpoint.txt > note.tmp; id=$(sed 's/^[^+]*+\\([0-9a-f]*\\)+.*/\\1/' vkey.txt)
sed -n '5,$s/.* //p' checkpoint.txt | while read -r s; do
  [ $(printf %s $s | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \\n' | cut -c1-8) = $id ] && printf %s $s | openssl base64 -d -A | tail -c 64 > sig.tmp
done
openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in note.tmp -sigfile sig.tmp && rm note.tmp sig.tmp
--- step 4: every entry is in that log of ${log.size} entries (entry ${first} first)
root=$(sed -n 3p checkpoint.txt | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \\n')
for n in ${entries.join(' ')}; do
  h=$( (printf '\\0'; cat events/$n.json) | sha256sum | cut -c1-64)
  while read -r side hash; do
    if [ $side = left ]; then pair=$hash$h; else pair=$h$hash; fi
    h=$(printf "$(printf '01%s' $pair | sed 's/../\\\\x&/g')" | sha256sum | cut -c1-64)
  done < proofs/$n.txt
  [ $h = $root ] || echo "entry $n is NOT in the log"
done; [ $h = $root ] && echo OK
--- end
`;
}
