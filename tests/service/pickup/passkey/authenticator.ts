/** An authenticator in software, as WebAuthn level 3 §6 has it: one P-256 key, and every part of its answer can be bent by a test. */
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

const b64 = (bytes: Uint8Array | string): string => Buffer.from(bytes as never).toString('base64url');
const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest();

export interface Bend {
  readonly origin?: string;
  readonly host?: string;
  readonly type?: string;
  /** user present 1, user verified 4 */
  readonly flags?: number;
  readonly counter?: number;
  readonly signature?: (s: Buffer) => Buffer;
}

export function authenticator(place: { readonly origin: string; readonly host: string }) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const id = randomBytes(32);
  const jwk = publicKey.export({ format: 'jwk' });
  // RFC 9052 §7: a map of kty EC2, alg ES256, curve P-256, x, y.
  const cose = Buffer.concat([Buffer.from([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]), Buffer.from(jwk.x ?? '', 'base64url'), Buffer.from([0x22, 0x58, 0x20]), Buffer.from(jwk.y ?? '', 'base64url')]);
  const client = (type: string, challenge: string, bend: Bend) => Buffer.from(JSON.stringify({ type: bend.type ?? type, challenge, origin: bend.origin ?? place.origin, crossOrigin: false }));
  const data = (flags: number, counter: number, bend: Bend, more = Buffer.alloc(0)) => {
    const head = Buffer.alloc(5);
    head.writeUInt8(flags, 0);
    head.writeUInt32BE(counter, 1);
    return Buffer.concat([sha256(bend.host ?? place.host), head, more]);
  };
  const answer = (response: object) => JSON.stringify({ id: b64(id), rawId: b64(id), type: 'public-key', clientExtensionResults: {}, response });
  return {
    id: b64(id),
    make(challenge: string, bend: Bend = {}): string {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(id.length);
      const authData = data((bend.flags ?? 5) | 0x40, bend.counter ?? 0, bend, Buffer.concat([Buffer.alloc(16), length, id, cose]));
      const size = Buffer.alloc(2);
      size.writeUInt16BE(authData.length);
      // RFC 8949 §3: {"fmt": "none", "attStmt": {}, "authData": bytes}
      const object = Buffer.concat([Buffer.from([0xa3, 0x63]), Buffer.from('fmt'), Buffer.from([0x64]), Buffer.from('none'), Buffer.from([0x67]), Buffer.from('attStmt'), Buffer.from([0xa0, 0x68]), Buffer.from('authData'), Buffer.from([0x59]), size, authData]);
      return answer({ clientDataJSON: b64(client('webauthn.create', challenge, bend)), attestationObject: b64(object) });
    },
    get(challenge: string, bend: Bend = {}): string {
      const clientData = client('webauthn.get', challenge, bend);
      const authData = data(bend.flags ?? 5, bend.counter ?? 0, bend);
      const signature = sign('sha256', Buffer.concat([authData, sha256(clientData)]), privateKey);
      return answer({ clientDataJSON: b64(clientData), authenticatorData: b64(authData), signature: b64(bend.signature?.(signature) ?? signature) });
    },
  };
}
