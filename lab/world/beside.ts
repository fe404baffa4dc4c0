/** The world for a service in a process of its own (crashes, full disks, benches): a folder for both, the settings that point the one at the other, and what the world is asked. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AUDIENCE, ORGANISATION } from '../people.ts';
import { readState } from './state.ts';
import { openWorld } from './world.ts';

export interface Beside {
  readonly folder: string;
  /** the whole environment of such a process */
  readonly settings: Readonly<Record<string, string>>;
  /** The control's answer as JSON; with a body a POST. Null where there is none. */
  ask(path: string, body?: unknown): Promise<unknown>;
  token(person: string): Promise<string>;
  /** The folder goes too. Throws when a mail host saw what nobody should have. */
  close(): Promise<void>;
}

export async function openBeside(name: string): Promise<Beside> {
  const folder = mkdtempSync(join(tmpdir(), `send-secure-${name}-`));
  const world = await openWorld({ folder: join(folder, 'world'), onStop: () => undefined });
  const { health } = world;
  const ask = async (path: string, body?: unknown): Promise<unknown> => {
    const state = readState(join(folder, 'world'));
    const answer = await fetch(`http://127.0.0.1:${state?.port}/${path}`, {
      method: body === undefined ? 'GET' : 'POST', headers: { authorization: `Bearer ${state?.token}`, 'content-type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return answer.status === 404 ? null : answer.json();
  };
  return {
    folder,
    settings: {
      PATH: process.env['PATH'] ?? '', PORT: '0', DATA_DIR: join(folder, 'data'), KEYS_DIR: join(folder, 'keys'), RESOLVER: health.resolver, SMTP_PORT: String(health.smtpPort), ALLOWED_NETWORKS: '127.0.0.0/8', CA_FILE: health.caFile, STAGE_STS_PORT: String(health.stsPort),
      OIDC_ISSUER: health.issuer, OIDC_AUDIENCE: AUDIENCE, ORGANISATION_NAME: ORGANISATION.name, ORGANISATION_PHONE: ORGANISATION.phone, OWN_DOMAINS: ORGANISATION.domain,
    },
    ask,
    token: async (person) => ((await ask('token', { person })) as { access_token: string }).access_token,
    async close() {
      const faults = await world.inClear();
      await world.close();
      rmSync(folder, { recursive: true, force: true });
      if (faults.length > 0) throw new Error(faults.join('\n'));
    },
  };
}
