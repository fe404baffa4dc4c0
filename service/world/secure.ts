/**
 * TLS over a road that is already open. Trust is reported, not enforced: whether a certificate is good enough depends on what DNS and the
 * recipient's domain said about it, and that is judged elsewhere. Never below TLS 1.2 (RFC 8996).
 */
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { connect, createSecureContext, getCACertificates, type DetailedPeerCertificate, type SecureContext, type TLSSocket } from 'node:tls';
import { isIP } from 'node:net';
import { Fault } from '../refusal.ts';
import type { Secured, TlsFacts } from '../world.ts';

/** The machine's and Node's roots, and the operator's own. Built once: parsing a few hundred certificates takes milliseconds. */
export function openTrust(caFile: string | undefined): () => SecureContext {
  let context: SecureContext | undefined;
  const own = caFile ? [readCa(caFile)] : [];
  return () => {
    context ??= createSecureContext({ minVersion: 'TLSv1.2', ca: [...new Set([...getCACertificates('default'), ...getCACertificates('system'), ...own])] });
    return context;
  };
}

function readCa(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Fault('ca-file-unreadable', 'the CA file cannot be read', cause);
  }
}

export function secure(trust: SecureContext, socket: Socket, servername: string, timeout: number): Promise<Secured> {
  return new Promise((resolve, reject) => {
    const tls = connect({
      socket,
      secureContext: trust,
      // RFC 6066 §3: no address literals in SNI
      ...(isIP(servername) === 0 ? { servername } : {}),
      rejectUnauthorized: false,
      // the name is judged with the other facts; here it would hide what is wrong with the chain
      checkServerIdentity: () => undefined,
    });
    const fail = (cause?: unknown): void => {
      clearTimeout(timer);
      tls.destroy();
      socket.destroy();
      reject(new Fault(codeOf(cause), 'TLS could not be agreed', cause));
    };
    const timer = setTimeout(() => fail({ code: 'ETIMEDOUT' }), timeout);
    const ended = (): void => fail();
    tls.once('error', fail).once('close', ended);
    tls.once('secureConnect', () => {
      clearTimeout(timer);
      tls.removeListener('error', fail).removeListener('close', ended);
      // the socket must never be without one, or a late reset would end the process
      tls.on('error', () => undefined);
      try {
        resolve({ socket: tls, facts: read(tls) });
      } catch (cause) {
        fail(cause);
      }
    });
  });
}

function read(tls: TLSSocket): TlsFacts {
  // first and once: after getPeerX509Certificate() this answers {}
  const chain = ders(tls.getPeerCertificate(true));
  const cipher = tls.getCipher();
  const group = tls.getEphemeralKeyInfo() as { readonly type?: string; readonly name?: string } | null;
  const protocol = tls.getProtocol() ?? '';
  return {
    protocol,
    cipher: cipher.standardName,
    group: group?.name ?? group?.type ?? null,
    // every TLS 1.3 suite is AEAD with an ephemeral exchange (RFC 8446 §1.2)
    modern: protocol === 'TLSv1.3' || (/_ECDHE_/.test(cipher.standardName) && /GCM|POLY1305|_CCM/.test(cipher.standardName)),
    chain,
    untrusted: tls.authorized ? null : String(tls.authorizationError ?? 'UNKNOWN'),
  };
}

function ders(leaf: DetailedPeerCertificate | Record<string, never>): Uint8Array[] {
  const chain: Uint8Array[] = [];
  let at: DetailedPeerCertificate | undefined = 'raw' in leaf ? (leaf as DetailedPeerCertificate) : undefined;
  const seen = new Set<string>();
  while (at?.raw && !seen.has(at.fingerprint256) && chain.length < 12) {
    seen.add(at.fingerprint256);
    chain.push(at.raw);
    at = at.issuerCertificate;
  }
  return chain;
}

/** OpenSSL names the version problem by which side noticed it. */
function codeOf(cause: unknown): string {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
  if (/UNSUPPORTED_PROTOCOL|PROTOCOL_VERSION|WRONG_SSL_VERSION|VERSION_TOO_LOW/.test(code)) return 'tls-too-old';
  return 'tls-failed';
}
