/** What this deployment is, from `/addin/config.json` beside the pane: who signs authors in, which domains are ours. */
import * as z from 'zod/mini';
import { refused, type Refused } from '../refusal.ts';

export const Config = z.object({
  clientId: z.string(),
  authority: z.string(),
  scope: z.string(),
  organisation: z.string(),
  ownDomains: z.array(z.string()),
});
export type Config = z.infer<typeof Config>;

export async function loadConfig(fetch: typeof globalThis.fetch, url = '/addin/config.json'): Promise<Config | Refused> {
  try {
    const answer = await fetch(url, { cache: 'no-store' });
    if (!answer.ok) return refused('config-missing');
    const read = Config.safeParse(await answer.json());
    return read.success ? read.data : refused('config-broken');
  } catch {
    return refused('offline');
  }
}
