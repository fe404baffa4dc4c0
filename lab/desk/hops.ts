/** The lab's page of mail hosts: what each does, who to write to, what should become of it, and what the host itself saw cross the wire. */
import { html } from 'hono/html';
import { HOPS, type Hop, type Sight } from '../hops.ts';
import { RECIPIENTS } from '../people.ts';

/** What a reader may expect to see, by the kind of host. */
function expect({ behaviour, certificate, mx, dane, sts, reports }: Hop): string {
  if (mx === null) return 'Fails at once: there is nothing to wait for.';
  if (dane === 'mismatch' || dane === 'servfail' || sts === 'elsewhere') return 'Waits, sends nothing, not even a notice, and looks again: the domain promised better than this.';
  if (behaviour === 'reject') return 'Fails at once, and the author is told.';
  if (behaviour === 'greylist' || behaviour === 'some-later') return 'Put off, tried again, and taken.';
  if (behaviour === 'drop') return 'Nobody knows whether it arrived: noted as unknown, tried a few times more under the same Message-ID, then the secure page likewise; then it is left, and the author is told.';
  if (behaviour === 'huge-reply') return 'Relayed: the first three digits of an answer count, its words are cut.';
  if (behaviour === 'silent') return 'Waits and tries again, ever more seldom.';
  const weak = behaviour === 'no-tls' || behaviour === 'strip' || behaviour === 'tls10' || behaviour === 'weak-cipher' || (certificate !== 'good' && dane === undefined) || mx === 'mx.impostor.test';
  if (weak) return 'Nothing of the message crosses; the recipient gets a link to the secure page.';
  if (behaviour === 'requiretls') return 'Relayed, and the host is asked to demand TLS of all that come after it.';
  if (reports === 'delivered') return 'Relayed, and delivered when its report comes.';
  if (reports === 'failed') return 'Relayed, then failed when its report comes.';
  return 'Relayed over a connection that proves itself.';
}

export function hopsPage(sights: { readonly [domain: string]: Sight }): string {
  const rows = HOPS.filter((hop) => hop.domain !== 'riverside.test').flatMap((hop) => {
    const people = RECIPIENTS.filter((r) => r.address.endsWith(`@${hop.domain}`)).map((r) => r.address);
    const sight = sights[hop.domain];
    return (people.length > 0 ? people : [`anybody@${hop.domain}`]).map((address) => html`<tr><td><code>${address}</code></td><td>${sentence(hop.says)}</td><td>${expect(hop)}</td>
<td class="n">${sight?.connections ?? '–'}</td><td class="n">${sight?.dataBytes ?? '–'}</td><td class="n">${sight?.plaintextDataBytes ?? '–'}</td></tr>`);
  });
  return String(html`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Mail hosts of the lab</title>
<style>body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem}table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.4rem .8rem .4rem 0;border-bottom:1px solid #8884}.n{text-align:right;font-variant-numeric:tabular-nums}
@media(prefers-color-scheme:dark){body{background:#1b1a19;color:#eee}}</style></head><body>
<h1>Mail hosts of the lab</h1><p>Each is a real mail server with real TLS that behaves, or misbehaves in one way. Write to its address in <a href="/lab">the pretend Outlook</a>, any name before the @ will do, and watch what becomes of it.
The last three columns are the host's own count. Content in clear is never a protected message: it is the link to the secure page, which says nothing of anybody, or what Outlook's own Send let go.</p>
<table><thead><tr><th scope="col">Write to</th><th scope="col">What its mail host does</th><th scope="col">What becomes of it</th><th scope="col" class="n">Connections</th><th scope="col" class="n">Bytes of content</th><th scope="col" class="n">of them in clear</th></tr></thead><tbody>${rows}</tbody></table></body></html>`);
}

const sentence = (says: string): string => `${says.charAt(0).toUpperCase()}${says.slice(1)}.`;
