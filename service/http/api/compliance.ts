/** The compliance side for those who ask it: integrity of the log, look-ups, reports, exports, controls, incidents. Decides nothing. */
import type { Context } from 'hono';
import { CountFilter, type AccountingFileRequest, type AccountingRequest, type KeepSearch, type RevealRequest, type SearchRequest } from '../../../shared/wire/compliance.ts';
import { isRefusal, refuse, type WireRefusal } from '../../refusal.ts';
import type { Edge } from '../guard.ts';
import { problem } from '../problem.ts';
import type { Desk, Register } from './api.ts';

const SIZE = /^\d{1,15}$/;

export function compliance(register: Register, { compliance: desk }: Pick<Desk, 'compliance'>): void {
  register('consistency', async ({ c }) => {
    const [from, to] = [c.req.query('from') ?? '', c.req.query('to') ?? ''];
    if (!SIZE.test(from) || !SIZE.test(to)) return problem(c, refuse('bad-request'));
    const proof = await desk.consistency(Number(from), Number(to));
    return isRefusal(proof) ? problem(c, proof) : c.json(proof);
  });
  register('integrity', async ({ c, person }) => c.json(await desk.integrity(person)));
  register('rotateLogKey', async ({ c, person }) => c.json(await desk.rotate(person)));
  register('rotateMasterKey', async ({ c, person }) => {
    await desk.rotateMaster(person);
    return c.body(null, 204);
  });

  register<SearchRequest>('search', async ({ c, person, body }) => answer(c, await desk.search(person, body)));
  register('searches', async ({ c, person }) => c.json(await desk.searches(person)));
  register<KeepSearch>('keepSearch', async ({ c, person, body }) => answer(c, await desk.keepSearch(person, body)));
  register('dropSearch', async ({ c, person }) => {
    const gone = await desk.dropSearch(person, c.req.param('id') ?? '');
    return gone === null ? c.body(null, 204) : problem(c, gone);
  });
  register('counts', async ({ c, person }) => {
    const asked = CountFilter.safeParse(Object.fromEntries(Object.entries(c.req.queries()).map(([name, values]) => [name, name === 'type' ? values : values[0]])));
    return asked.success ? c.json(await desk.counts(person, asked.data)) : problem(c, refuse('bad-request'));
  });
  register<RevealRequest>('reveal', async ({ c, person, body }) => {
    const seq = c.req.param('seq') ?? '';
    return SIZE.test(seq) ? answer(c, await desk.reveal(person, Number(seq), body)) : problem(c, refuse('not-found'));
  });
  register('story', async ({ c, person }) => answer(c, await desk.story(person, c.req.param('id') ?? '')));
  register('access', async ({ c, person }) => answer(c, await desk.access(person, c.req.param('id') ?? '')));
  register<AccountingRequest>('accounting', async ({ c, person, body }) => answer(c, await desk.accounting(person, body)));
  register<AccountingFileRequest>('accountingFile', async ({ c, person, body }) => {
    const file = await desk.accountingFile(person, body);
    if (isRefusal(file)) return problem(c, file);
    return c.body(file.bytes as Uint8Array<ArrayBuffer>, 200, { 'content-type': body.format === 'pdf' ? 'application/pdf' : 'text/csv; charset=utf-8', 'content-disposition': `attachment; filename="${file.name}"`, 'cache-control': 'no-store' });
  });
}

function answer(c: Context<Edge>, value: object): Response | Promise<Response> {
  return isRefusal(value) ? problem(c, value as WireRefusal) : c.json(value as never);
}
