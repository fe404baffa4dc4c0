/** The recipients' own keys, for the mail programs of the lab. */
import type { Secret } from './opened.ts';

export async function recipientSecrets(): Promise<{ readonly [address: string]: Secret }> {
  return {};
}
