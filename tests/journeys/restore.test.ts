/** The drill: copy data and keys apart while the service runs, restore both into empty folders, find every message and the same tree head. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Stage } from './stage.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const LARGE = Buffer.alloc(400_000, 'attachment ').toString('base64');

describe('backup and restore', () => {
  let stage: Stage;
  const scratch = mkdtempSync(join(tmpdir(), 'send-secure-restore-'));
  beforeAll(async () => { stage = await openStage(); });
  afterAll(async () => { await stage?.close(); rmSync(scratch, { recursive: true, force: true }); });

  const command = (script: string, args: string[], env: Record<string, string>) => execFileSync(process.execPath, [join(ROOT, script), ...args], { env: { PATH: process.env['PATH'] ?? '', ...env }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const verify = (folder: string, env: Record<string, string> = {}) => spawnSync(process.execPath, [join(ROOT, 'service/audit/verify.ts'), folder], { env: { PATH: process.env['PATH'] ?? '', ...env }, encoding: 'utf8' });

  it('finds every message and the same tree head in an empty folder', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i += 1) {
      const sent = await stage.send('ana', { to: [{ address: 'tess.lane@lakeside.test' }], subject: `Result ${i}`, text: `Potassium ${i}`, attachments: i === 2 ? [{ filename: 'large.txt', contentType: 'text/plain', content: LARGE }] : [] });
      ids.push(sent.body.id);
      await stage.until('ana', sent.body.id, ['relayed']);
    }
    await stage.service.audit.flush();
    const figures = await (await fetch(`${stage.url}/metrics`)).text();
    for (const name of ['store_wal_bytes', 'audit_tree_size']) expect(Number(new RegExp(`^sendsecure_${name} (\\d+)`, 'm').exec(figures)?.[1]), name).toBeGreaterThan(0);
    const head = await stage.service.audit.checkpoint();
    const env = { DATA_DIR: join(stage.folder, 'data'), KEYS_DIR: join(stage.folder, 'keys'), MASTER_KEY_FILE: join(stage.folder, 'keys', 'master.key') };
    command('service/store/backup.ts', [join(scratch, 'data-copy'), '--keys', join(scratch, 'keys-copy')], env);

    expect(verify(join(scratch, 'data-copy'), { KEYS_DIR: env.KEYS_DIR }).status, 'a copy verifies as it lies').toBe(0);

    const anew = { DATA_DIR: join(scratch, 'data'), KEYS_DIR: join(scratch, 'keys'), MASTER_KEY_FILE: join(scratch, 'keys', 'master.key') };
    command('service/store/restore.ts', [join(scratch, 'data-copy'), '--keys', join(scratch, 'keys-copy')], anew);
    expect(() => command('service/store/restore.ts', [join(scratch, 'data-copy')], anew), 'never over what is there').toThrow();

    await stage.move(anew);
    expect(await stage.service.audit.checkpoint()).toBe(head);
    for (const [i, id] of ids.entries()) expect((await stage.call('ana', 'GET', `messages/${id}/content`)).body).toMatchObject({ subject: `Result ${i}`, text: `Potassium ${i}` });
    const file = await stage.call('ana', 'GET', `messages/${ids[2]}/attachments/0`);
    expect(Buffer.from(LARGE, 'base64').toString()).toBe(file.text);
    const more = await stage.send('ana', { to: [{ address: 'tess.lane@lakeside.test' }] });
    await stage.until('ana', more.body.id, ['relayed']);
    await stage.service.audit.flush();
    expect(await stage.service.audit.checkpoint()).not.toBe(head);
  });

  it('another master key is called for: noted, everything still opens, also after a restart', async () => {
    const file = join(scratch, 'keys', 'master.key');
    const old = readFileSync(file);
    expect((await stage.call('ana', 'POST', 'master-key')).body.code).toBe('forbidden');
    expect((await stage.call('ivy', 'POST', 'master-key')).status).toBe(204);
    expect(readFileSync(file).equals(old)).toBe(false);
    expect(await stage.events('key.master_rotated')).toMatchObject([{ actor: { kind: 'staff' }, facts: {} }]);
    await stage.restart();
    const [newest] = (await stage.call('ana', 'GET', 'messages')).body.data;
    expect((await stage.call('ana', 'GET', `messages/${newest.id}/content`)).status).toBe(200);
    const masters = readdirSync(join(scratch, 'keys')).filter((name) => name.endsWith('.wrapped')).map((name) => JSON.parse(readFileSync(join(scratch, 'keys', name), 'utf8')).master);
    expect([masters.length > 3, new Set(masters).size], 'one master wraps them all').toEqual([true, 1]);
  });

  it('the verifier is content with the data folder of a running service, and not with one that was changed', async () => {
    const env = { KEYS_DIR: join(scratch, 'keys') };
    const good = verify(join(scratch, 'data'), env);
    expect(good.status, good.stdout + good.stderr).toBe(0);
    expect(verify(join(scratch, 'nowhere'), env).status).not.toBe(0);
  });
});
