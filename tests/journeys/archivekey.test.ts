/** Another archive key would open every divided message: nothing is sealed to one before two people have agreed to it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeShares } from '../../service/vault/archivekey.ts';
import { openStage, type Stage } from './stage.ts';

const DOCUMENT = { rules: [
  { id: 'always', when: {}, then: { need: 'transport' }, reason: 'need-always' },
  { id: 'divided', when: { sensitive: ['hiv'] }, then: { portal: true, divided: 'required' }, says: 'With a divided key.' },
] };

let stage: Stage;
let keys: string;
const pem = (name: string) => join(keys, `${name}.pem`);
beforeAll(async () => {
  keys = await mkdtemp(join(tmpdir(), 'send-secure-archive-'));
  for (const name of ['agreed', 'other']) writeFileSync(pem(name), (await makeShares()).publicKey);
  stage = await openStage({ settings: { ARCHIVE_KEY_FILE: pem('agreed') }, extra: { secondPerson: true } });
  const post = (who: string, path: string, body: unknown = {}) => stage.call(who, 'POST', path, body);
  const drafted = await post('ivy', 'policies', { document: DOCUMENT, note: 'Divided' });
  for (const [who, step] of [['ivy', 'simulate'], ['ivy', 'submit'], ['leo', 'approve'], ['leo', 'activate']] as const) await post(who, `policies/${drafted.body.version}/${step}`);
});
afterAll(async () => { await stage?.close(); await rm(keys, { recursive: true, force: true }); });

const send = () => stage.send('ana', { to: [{ address: 'rosa.delgado@brightmail.test' }], subject: 'Your results', text: 'Your HIV test result, MRN 44718293: negative.' });

test('exchanged by one administrator: what asks for a divided key is not taken; with two people\'s word it is, and goes', async () => {
  const first = await send();
  expect([first.status, first.body.recipients[0]]).toMatchObject([202, { protection: 'portal', divided: true }]);
  await stage.move({ ARCHIVE_KEY_FILE: pem('other') });
  expect(await send()).toMatchObject({ status: 422, body: { code: 'no-protection' } });
  const waiting = (await stage.call('ivy', 'GET', 'changes')).body.data.filter((c: { state: string }) => c.state === 'waiting');
  expect(waiting).toMatchObject([{ kind: 'settings', what: { settings: ['ARCHIVE_KEY_FILE'] } }]);
  for (const person of ['ivy', 'leo']) expect((await stage.call(person, 'POST', `changes/${waiting[0].id}/approve`, {})).status).toBe(200);
  const { status, body } = await send();
  expect(status).toBe(202);
  await stage.until('ana', body.id, ['relayed']);
});
