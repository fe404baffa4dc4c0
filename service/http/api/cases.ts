/** Incidents, emergency access, controls and reviews. Decides nothing. */
import type { Context } from 'hono';
import type { AssessRequest, BreakGlassRequest, GlassReview, Incident, IncidentRequest, IncidentStep } from '../../../shared/wire/case.ts';
import { Profile, type PackRequest, type RationaleRequest, type SignOff } from '../../../shared/wire/control.ts';
import { isRefusal, refuse, type WireRefusal } from '../../refusal.ts';
import type { Edge } from '../guard.ts';
import { problem } from '../problem.ts';
import type { Desk, Register } from './api.ts';

const ID = /^[a-z]{3}_[0-9a-f-]{36}$/;

export function cases(register: Register, { compliance: desk, staff: { access } }: Pick<Desk, 'compliance' | 'staff'>): void {
  const named = (c: Context<Edge>): string => (ID.test(c.req.param('id') ?? '') ? (c.req.param('id') ?? '') : '');
  const answer = (c: Context<Edge>, value: object) => (isRefusal(value) ? problem(c, value as WireRefusal) : c.json(value as never));

  register<IncidentRequest>('openIncident', async ({ c, person, body }) => answer(c, await desk.openIncident(person, body)));
  register('incidents', async ({ c, person }) => c.json(await desk.incidents(person)));
  register('incident', async ({ c, person }) => {
    const found = await desk.incident(person, named(c));
    if (isRefusal(found)) return answer(c, found);
    const { openedBy, assessment, steps } = found as Incident;
    return answer(c, { ...found, names: await access.names([openedBy, assessment?.by, ...steps.map((s) => s.by)]) });
  });
  register<AssessRequest>('assessIncident', async ({ c, person, body }) => answer(c, await desk.assessIncident(person, named(c), body)));
  register<IncidentStep>('stepIncident', async ({ c, person, body }) => answer(c, await desk.stepIncident(person, named(c), body)));
  register<BreakGlassRequest>('breakGlass', async ({ c, person, body }) => answer(c, await desk.breakGlass(person, body)));
  register('throughGlass', async ({ c, person }) => answer(c, await desk.throughGlass(person, named(c))));
  register('glasses', async ({ c, person }) => {
    const found = await desk.glasses(person);
    return c.json({ ...found, names: await access.names(found.data.flatMap((g) => [g.person, g.review?.by])) });
  });
  register<GlassReview>('reviewGlass', async ({ c, person, body }) => answer(c, await desk.reviewGlass(person, named(c), body)));

  register('controls', async ({ c, person }) => {
    const profile = Profile.safeParse(c.req.query('profile') ?? 'hipaa-current');
    if (!profile.success) return problem(c, refuse('bad-request'));
    const map = await desk.controls(person, profile.data);
    return c.json({ ...map, names: await access.names(map.data.map((control) => control.rationale?.by)) });
  });
  register<RationaleRequest>('rationale', async ({ c, person, body }) => answer(c, await desk.rationale(person, c.req.param('id') ?? '', body)));
  register('reviews', async ({ c, person }) => c.json(await desk.reviews(person)));
  register<SignOff>('signOff', async ({ c, person, body }) => answer(c, await desk.signOff(person, named(c), body)));
  register<PackRequest>('pack', async ({ c, person, body }) => {
    const { name, bytes } = await desk.pack(person, body);
    return c.body(bytes as Uint8Array<ArrayBuffer>, 200, { 'content-type': 'application/zip', 'content-disposition': `attachment; filename="${name}"`, 'cache-control': 'no-store' });
  });
}
