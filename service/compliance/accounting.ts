/**
 * Accounting of disclosures (45 CFR 164.528): what left this service about one patient reference, to whom, when and why, from the
 * evidence that outlives the content. It says what it cannot know; whether an exemption holds is a person's word, given when it was sent.
 */
import { fold } from '../../shared/track/track.ts';
import type { Accounting, AccountingRequest } from '../../shared/wire/compliance.ts';
import type { AuditLog } from '../audit/audit.ts';
import type { Handoff } from '../handoff/handoff.ts';
import type { Person } from '../people/people.ts';
import type { Queue } from '../queue/queue.ts';
import { Fault, isRefusal, refuse, type WireRefusal } from '../refusal.ts';
import { staff, unfound, type Search } from './search.ts';

const SIX_YEARS = 6 * 366 * 86_400_000;
const FOUND = 5_000;
/** 164.528(a)(1): treatment, payment, operations; to the individual; under an authorization. */
const EXCLUDED: { readonly [purpose: string]: string } = {
  treatment: 'treatment (164.528(a)(1)(i))', payment: 'payment (164.528(a)(1)(i))', operations: 'operations (164.528(a)(1)(i))', 'patient-request': 'to the individual (164.528(a)(1)(ii))', authorization: 'under an authorization (164.528(a)(1)(iv))',
};
const LEFT = ['relayed', 'delivered', 'opened'];

const GAPS = {
  reference: 'Messages that were sent without a patient reference are not found by it.',
  elsewhere: 'Disclosures by other means (phone, fax, paper, other systems, mail not sent through this service) are not known here.',
  purpose: 'Purposes are as their authors gave them; those without one are counted as disclosures.',
  destroyed: 'of the messages found have been destroyed with their evidence; only their dates and codes remain in the log.',
  begins: 'The log of this service begins on',
};

export function openAccounting({ audit, handoff, queue, search, now }: { readonly audit: AuditLog; readonly handoff: Handoff; readonly queue: Queue; readonly search: Pick<Search, 'mayLookUp'>; readonly now: () => number }) {
  return async function accounting(reader: Person, request: AccountingRequest): Promise<Accounting | WireRefusal> {
    if (!(await search.mayLookUp(reader))) return refuse('too-many-requests');
    const to = request.to ? Date.parse(request.to) : now();
    const from = request.from ? Date.parse(request.from) : to - SIX_YEARS;
    const found = (await audit.lookup('patient', request.patient, FOUND)).filter((f) => f.time >= from && f.time < to);
    const excluded: { [why: string]: number } = {};
    const groups = new Map<string, Accounting['disclosures'][number]>();
    let gone = 0;
    for (const id of [...new Set(found.flatMap((f) => (f.message === null ? [] : [f.message])))]) {
      const row = await handoff.room.read.message({ id });
      const opened = row === undefined ? null : await handoff.evidenceOf(row).catch((error: unknown) => {
        if (error instanceof Fault && error.code === 'key-destroyed') return null;
        throw error;
      });
      if (opened === null) { gone += 1; continue; }
      const { evidence, accepted } = opened;
      const [items, entries] = await Promise.all([queue.room.read.ofMessage({ message: id }), audit.of(id)]);
      const left = items.filter((item) => LEFT.includes(fold(entries.filter((e) => e.item === item.id))));
      const exempt = EXCLUDED[evidence.wishes.purpose ?? ''];
      if (exempt !== undefined) { excluded[exempt] = (excluded[exempt] ?? 0) + left.length; continue; }
      for (const item of left) {
        const recipient = evidence.recipients[item.n];
        if (recipient === undefined) continue;
        const purpose = evidence.wishes.purpose ?? 'not stated';
        const date = new Date(accepted).toISOString();
        const name = `${recipient.address}\n${purpose}`;
        const before = groups.get(name);
        groups.set(name, before === undefined
          ? { date, last: date, times: 1, recipient: { name: recipient.name ?? null, address: recipient.address }, description: `E-mail: ${evidence.subject}`, purpose, messages: [id] }
          : { ...before, date: before.date < date ? before.date : date, last: before.last > date ? before.last : date, times: before.times + 1, description: before.description === `E-mail: ${evidence.subject}` ? before.description : 'E-mails about several matters', messages: [...before.messages, id] });
      }
    }
    const disclosures = [...groups.values()].sort((a, b) => (a.date < b.date ? -1 : 1));
    await audit.record({
      type: 'accounting.generated', outcome: 'ok', actor: staff(reader), sealed: { patient: request.patient },
      facts: { count: disclosures.length, excluded: Object.values(excluded).reduce((a, b) => a + b, 0), purpose: request.why, from: new Date(from).toISOString(), to: new Date(to).toISOString() },
    });
    const first = await audit.at(0);
    const page = await audit.events({ limit: 1 });
    const missing = await unfound(audit, from);
    return {
      from: new Date(from).toISOString(), to: new Date(to).toISOString(), tree_size: isRefusal(page) ? 0 : page.snapshot.tree_size, disclosures, excluded,
      gaps: [
        GAPS.reference, GAPS.elsewhere, GAPS.purpose, ...(missing === null ? [] : [missing]), ...(gone === 0 ? [] : [`${gone} ${GAPS.destroyed}`]),
        ...(first !== null && first.at > from ? [`${GAPS.begins} ${first.time.slice(0, 10)}.`] : []),
      ],
    };
  };
}
