/** The part of a vault that the log needs, over real AES-256-GCM. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { DataKey, Vault } from '../../../service/vault/vault.ts';

export function keyring(bytes: (id: string) => Uint8Array = () => randomBytes(32)): Pick<Vault, 'seal' | 'open' | 'monthly' | 'monthlyById' | 'blindKey' | 'blindEpochs' | 'destroyBlind'> {
  const months = new Map<string, DataKey>();
  return {
    seal(key, aad, plain) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key.bytes, nonce).setAAD(Buffer.from(aad));
      return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    },
    open(key, aad, sealed) {
      const decipher = createDecipheriv('aes-256-gcm', key.bytes, sealed.subarray(0, 12)).setAAD(Buffer.from(aad)).setAuthTag(sealed.subarray(-16));
      return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]);
    },
    async blindKey(epoch) {
      const id = `blind-${epoch}`;
      const key = months.get(id) ?? { id, bytes: bytes(id) };
      months.set(id, key);
      return key;
    },
    blindEpochs: async () => [...months.keys()].flatMap((id) => (id.startsWith('blind-') ? [id.slice(6)] : [])).sort(),
    async destroyBlind(epoch) { months.delete(`blind-${epoch}`); },
    async monthlyById(id) {
      const key = months.get(id);
      if (key === undefined) throw new Error('no such key');
      return key;
    },
    async monthly(now) {
      const id = `month-${new Date(now).toISOString().slice(0, 7)}`;
      const key = months.get(id) ?? { id, bytes: bytes(id) };
      months.set(id, key);
      return key;
    },
  };
}
