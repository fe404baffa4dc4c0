/**
 * Opens keys that were brought along, each in a thread of its own that ends with it: a lock is made to take long, and nobody's mail is to wait for it.
 * What was handed over is malformed or hostile at worst; it leaves as a word.
 */
import { Worker, parentPort, workerData } from 'node:worker_threads';
import { decryptKey, readPrivateKey } from 'openpgp';
import { openPkcs12, type Opened, type Shut } from '../trust/pkcs12.ts';

type Locked = { readonly passphrase: string } & ({ readonly pkcs12: Uint8Array } | { readonly pgp: Uint8Array });
type Job = { readonly unlock: Locked };

const PATIENCE = 30_000;

/** null: it is no such file */
export const openedPkcs12 = (pkcs12: Uint8Array, passphrase: string): Promise<Opened | Shut | null> => beside<Opened>({ pkcs12, passphrase });

/** binary transferable secret keys, before and after */
export const openedPgp = (pgp: Uint8Array, passphrase: string): Promise<Uint8Array | Shut | null> => beside<Uint8Array>({ pgp, passphrase });

async function beside<T>(locked: Locked): Promise<T | Shut | null> {
  const job: Job = { unlock: locked };
  const worker = new Worker(new URL(import.meta.url), { workerData: job });
  try {
    return await new Promise<T | Shut | null>((done) => {
      worker.once('message', done);
      worker.once('error', () => done(null));
      worker.once('exit', () => done(null));
      setTimeout(() => done('costly'), PATIENCE).unref();
    });
  } finally {
    await worker.terminate();
  }
}

async function unlocked(locked: Locked): Promise<Opened | Uint8Array | Shut | null> {
  if ('pkcs12' in locked) return openPkcs12(locked.pkcs12, locked.passphrase);
  const privateKey = await readPrivateKey({ binaryKey: locked.pgp });
  return decryptKey({ privateKey, passphrase: locked.passphrase }).then((key) => key.write(), () => 'wrong');
}

const job = workerData as Job | null;
if (job?.unlock !== undefined) parentPort?.postMessage(await unlocked(job.unlock).catch(() => null));
