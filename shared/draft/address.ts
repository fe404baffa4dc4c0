/**
 * Mailbox addresses: validity, comparison, domain. RFC 5321 §4.1.2, RFC 5322 §3.4.1, RFC 6531 for non-ASCII local parts; domains by their A-labels (RFC 5890 §2.3.2.1).
 * Never resolves anything, never throws.
 */
const LOCAL = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\uffff-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\uffff-]+)*$/;
/** ASCII alone: a second spelling of a domain would miss the key, the policy, the suppression and the proved security kept under the first. */
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;

/** RFC 5321 §4.5.3.1: local part 64 octets, path 254. */
const MAX_LOCAL = 64;
const MAX_ADDRESS = 254;

/** A CR, LF or other control character: in a header it would begin another header (RFC 5322 §2.2). */
export function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) {
    const c = text.charCodeAt(i);
    if ((c < 32 && c !== 9) || c === 127) return true;
  }
  return false;
}

/** True for an address that can stand in an SMTP envelope. Quoted local parts and address literals are not accepted. */
export function isMailbox(address: string): boolean {
  // Half a surrogate pair has no UTF-8, and so no place in an envelope.
  if (address.length > MAX_ADDRESS || hasControl(address) || /\p{Cs}/u.test(address)) return false;
  const at = address.lastIndexOf('@');
  if (at < 1 || at > MAX_LOCAL) return false;
  const labels = address.slice(at + 1).split('.');
  return LOCAL.test(address.slice(0, at)) && labels.length > 1 && labels.every((l) => LABEL.test(l));
}

/** The domain in lower case, without a final dot; '' when there is none. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase().replace(/\.$/, '');
}

/** Lower case as a whole: real providers fold the local part, and a false difference would cost a key or an audit hit. */
export function normalAddress(address: string): string {
  return address.trim().toLowerCase();
}

export function sameMailbox(a: string, b: string): boolean {
  return normalAddress(a) === normalAddress(b);
}

/** True when `domain` is `parent` or below it. */
export function within(domain: string, parent: string): boolean {
  const d = domain.toLowerCase();
  const p = parent.toLowerCase();
  return d === p || (d.length > p.length && d.slice(-p.length - 1) === `.${p}`);
}
