/** What somebody should look into: listed, acknowledged. */
import { AlertId } from '../../../shared/wire/alert.ts';
import type { Alerts } from '../../alert/alert.ts';
import { isRefusal, refuse } from '../../refusal.ts';
import { problem } from '../problem.ts';
import type { Desk, Register } from './api.ts';

export type AlertDesk = Pick<Alerts, 'list' | 'acknowledge'>;

const PAGE = 50;
const PAGE_AT_MOST = 200;

export function alerts(register: Register, { alerts: room, staff: { access, clients } }: Pick<Desk, 'alerts' | 'staff'>): void {
  register('alerts', async ({ c }) => {
    const [state, limit] = [c.req.query('state') ?? 'all', Number(c.req.query('limit') ?? PAGE)];
    if (!['all', 'open'].includes(state) || !Number.isInteger(limit) || limit < 1 || limit > PAGE_AT_MOST) return problem(c, refuse('bad-request'));
    const found = await room.list({ open: state === 'open', cursor: c.req.query('cursor') ?? '', limit });
    if (isRefusal(found)) return problem(c, found);
    const programs = found.data.some((a) => a.about.startsWith('cli_')) ? (await clients.list()).filter(({ id }) => found.data.some((a) => a.about === id)) : [];
    return c.json({ ...found, names: { ...(await access.names(found.data.flatMap((a) => [a.about, a.acknowledged?.by]))), ...Object.fromEntries(programs.map(({ id, name }) => [id, name])) } });
  });

  register('acknowledge', async ({ c, person }) => {
    const id = c.req.param('id') ?? '';
    const done = AlertId.safeParse(id).success ? await room.acknowledge(person, id) : refuse('not-found');
    return isRefusal(done) ? problem(c, done) : c.json(done);
  });
}
