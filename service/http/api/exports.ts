/** Exports: asked for, watched, fetched, scheduled. */
import { Readable } from 'node:stream';
import type { Context } from 'hono';
import type { ExportRequest, ScheduleRequest } from '../../../shared/wire/export.ts';
import { isRefusal, refuse, type WireRefusal } from '../../refusal.ts';
import type { Edge } from '../guard.ts';
import { problem } from '../problem.ts';
import type { Desk, Register } from './api.ts';

const ID = /^[a-z]{3}_[0-9a-f-]{36}$/;

export function exports_(register: Register, { compliance: desk }: Pick<Desk, 'compliance'>): void {
  const named = (c: Context<Edge>): string => (ID.test(c.req.param('id') ?? '') ? (c.req.param('id') ?? '') : '');
  const answer = (c: Context<Edge>, value: object) => (isRefusal(value) ? problem(c, value as WireRefusal) : c.json(value as never));

  register<ExportRequest>('createExport', async ({ c, person, body }) => {
    const state = await desk.create(person, body);
    return isRefusal(state) ? problem(c, state as WireRefusal) : c.json(state, state.state === 'done' ? 200 : 202);
  });
  register('exports', async ({ c, person }) => c.json(await desk.exports(person)));
  register('export', async ({ c, person }) => answer(c, await desk.export(person, named(c))));
  register('exportProof', async ({ c, person }) => answer(c, await desk.fileProof(person, named(c))));
  register('exportFile', async ({ c, person }) => {
    const file = await desk.file(person, named(c));
    if (isRefusal(file)) return problem(c, file);
    return c.body(Readable.toWeb(Readable.from(file.pieces, { objectMode: false })) as ReadableStream, 200, { 'content-type': file.type, 'content-disposition': `attachment; filename="${file.name}"`, 'cache-control': 'no-store' });
  });
  register<ScheduleRequest>('createSchedule', async ({ c, person, body }) => answer(c, await desk.schedule(person, body)));
  register('schedules', async ({ c, person }) => c.json(await desk.schedules(person)));
  register('removeSchedule', async ({ c, person }) => {
    const gone = await desk.unschedule(person, named(c));
    return gone === null ? c.body(null, 204) : problem(c, isRefusal(gone) ? gone : refuse('fault'));
  });
}
