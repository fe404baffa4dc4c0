/**
 * The readers who decide: `openssl cms` and `gpg` of this machine, each in a folder of its own that is gone afterwards.
 * Who asks for them has seen by `tests/tools.ts` that they are there.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Openssl {
  /** a MIME entity, or DER when so said; rejects what does not verify */
  decrypt(message: Uint8Array, pem: string, form?: 'SMIME' | 'DER'): Buffer;
  /** the signed content of a multipart/signed */
  verify(entity: Uint8Array, anchor: string): Buffer;
  close(): void;
}

export function openssl(): Openssl {
  const folder = mkdtempSync(join(tmpdir(), 'ss-openssl-'));
  const file = (name: string, bytes: Uint8Array | string): string => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  };
  const run = (...args: string[]): Buffer => {
    const out = join(folder, 'out');
    const { status } = spawnSync('openssl', [...args, '-out', out], { stdio: 'ignore' });
    // A failed decrypt may still have written something: it is never read.
    if (status !== 0) throw new Error('openssl refused');
    return readFileSync(out);
  };
  return {
    decrypt: (message, pem, form = 'SMIME') => run('cms', '-decrypt', '-binary', '-inform', form, '-in', file('in', message), '-inkey', file('key', pem), '-recip', file('cert', pem)),
    verify(entity, anchor) {
      const { content, signature } = signedParts(entity);
      run('cms', '-verify', '-binary', '-purpose', 'smimesign', '-inform', 'DER', '-in', file('signature', signature), '-content', file('content', content), '-CAfile', file('anchor', anchor));
      return content;
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The signed bytes exactly as they stand (RFC 1847 §2.1), so that openssl's own MIME reading cannot mend them. */
function signedParts(entity: Uint8Array): { readonly content: Buffer; readonly signature: Buffer } {
  const bytes = Buffer.from(entity);
  const boundary = /^Content-Type: multipart\/signed;[^]*?boundary="([^"]+)"/.exec(bytes.toString('latin1'))?.[1];
  if (boundary === undefined) throw new Error('not a multipart/signed');
  const [, first, second] = splitAt(bytes, `--${boundary}`);
  const part = second!.toString('latin1');
  return { content: first!.subarray(2, -2), signature: Buffer.from(part.slice(part.indexOf('\r\n\r\n')), 'base64') };
}

function splitAt(bytes: Buffer, mark: string): Buffer[] {
  const parts: Buffer[] = [];
  for (let from = 0; ; ) {
    const at = bytes.indexOf(mark, from);
    parts.push(bytes.subarray(from, at === -1 ? bytes.length : at));
    if (at === -1) return parts;
    from = at + mark.length;
  }
}

export interface Gpg {
  import(key: Uint8Array | string): void;
  /** the plaintext and gpg's own words on the signature (`GOODSIG …`) */
  decrypt(message: Uint8Array): { readonly plain: Buffer; readonly status: string };
  run(...args: string[]): Buffer;
  close(): void;
}

export function gpg(): Gpg {
  // Its agent listens on a socket here, whose path must be short.
  const home = mkdtempSync(join(tmpdir(), 'ssg-'));
  const options = { env: { ...process.env, GNUPGHOME: home, LC_ALL: 'C' }, maxBuffer: 256 * 1024 * 1024, stdio: ['pipe', 'pipe', 'ignore'] as ['pipe', 'pipe', 'ignore'] };
  const gpgRun = (args: readonly string[], input?: Uint8Array | string): Buffer => execFileSync('gpg', ['--batch', '--yes', '--no-tty', '--quiet', ...args], { ...options, ...(input === undefined ? {} : { input }) });
  return {
    import: (key) => void gpgRun(['--import'], key),
    decrypt(message) {
      const status = join(home, 'status');
      const plain = gpgRun(['--status-file', status, '--decrypt'], message);
      return { plain, status: readFileSync(status, 'utf8') };
    },
    run: (...args) => gpgRun(args),
    close() {
      spawnSync('gpgconf', ['--homedir', home, '--kill', 'all'], { env: options.env });
      rmSync(home, { recursive: true, force: true });
    },
  };
}
