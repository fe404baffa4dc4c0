/** What the service did with real messages and bad next hops is a log that verifies offline, and that holds nothing of them in clear. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verify } from '../../service/audit/verify.ts';
import { until } from '../until.ts';
import { openStage, type Stage } from './stage.ts';

const PEOPLE = [
  'tess.lane@lakeside.test', 'sam.park@stmarys.test', 'rosa.delgado@brightmail.test', 'greta.lowe@grey.test', 'eve.stone@expired.test', 'rick.voss@reject.test', 'dora.finn@drop.test', 'nell.ash@nullmx.test',
];
const TEXT = 'Maria Alvarez, MRN 4471902: potassium 6.1, please call today.';

describe('the log of a bad day', () => {
  let stage: Stage;
  let id = '';
  beforeAll(async () => {
    stage = await openStage();
    const sent = await stage.send('ana', { to: PEOPLE.map((address) => ({ address })), subject: 'Potassium result', text: TEXT, attachments: [{ filename: 'Alvarez.txt', contentType: 'text/plain', content: Buffer.from(TEXT).toString('base64') }] });
    expect(sent.status, JSON.stringify(sent.body)).toBe(202);
    id = sent.body.id;
    // Somebody is delivered to, somebody is put off, somebody moves to another way, somebody fails: enough to have something to prove.
    await until('somebody of every kind', async () => {
      const told = new Set((await stage.timeline('ana', id)).recipients.flatMap((r) => r.events.map((e) => e.type)));
      return ['delivery.relayed', 'delivery.deferred', 'encryption.changed', 'delivery.failed'].every((type) => told.has(type));
    }, { every: 100 });
  });
  afterAll(() => stage?.close());

  it('verifies beside the running service, over a restart, and as an export', async () => {
    const data = join(stage.folder, 'data');
    await stage.service.audit.flush();
    const before = await verify({ path: data, vkey: stage.service.audit.vkey() });
    expect(before.lines[0]).toMatch(/^Valid: /);
    await stage.restart();
    await stage.service.audit.flush();
    const after = await verify({ path: data, vkey: stage.service.audit.vkey() });
    expect(after.lines[0]).toMatch(/^Valid: /);
    expect(after.verdict?.size).toBeGreaterThan(before.verdict?.size ?? 0);
    await stage.service.audit.export(join(stage.folder, 'export'));
    expect((await verify({ path: join(stage.folder, 'export') })).lines[0]).toMatch(/^Valid: /);
  });

  it('holds no address, no subject, no file name and no word of the content', () => {
    const log = readFileSync(join(stage.folder, 'export', 'log.ndjson'), 'utf8').toLowerCase();
    expect(log).toContain(id);
    for (const secret of [...PEOPLE, ...PEOPLE.map((p) => p.split('@')[0] as string), 'ana.ruiz', 'alvarez', '4471902', 'potassium', '@riverside']) expect(log).not.toContain(secret);
  });
});
