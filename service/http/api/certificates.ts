/** The certificate of sending: as JSON with all it rests on, as one archive, or as paper. */
import { Reveal } from '../../../shared/wire/certificate.ts';
import { MessageId } from '../../../shared/wire/handoff.ts';
import { pack } from '../../audit/certificate/archive.ts';
import { paperOf } from '../../audit/certificate/paper.ts';
import { print } from '../../paper/paper.ts';
import { isRefusal, refuse, type WireRefusal } from '../../refusal.ts';
import type { Issued } from '../../route/copy/certify.ts';
import { readBytes } from '../body.ts';
import { badRequest, problem } from '../problem.ts';
import type { Call, Desk, Register } from './api.ts';

/** what clients send that always send a body */
const NO_WISH = '{}';

export function certificates(register: Register, { certify }: Pick<Desk, 'certify'>): void {
  async function issue({ c, person }: Call<unknown>): Promise<Issued | WireRefusal> {
    const id = c.req.param('id') ?? '';
    if (!MessageId.safeParse(id).success) return refuse('not-found');
    // A wish in a place where nobody reads it must not quietly be left out.
    const body = await readBytes(c, NO_WISH.length, 'bad-request');
    if (isRefusal(body) || (body.length > 0 && Buffer.from(body).toString() !== NO_WISH)) return badRequest(['reveal']);
    const wanted = (c.req.queries('reveal') ?? []).flatMap((said) => said.split(',')).filter((what) => what !== '');
    const reveal = Reveal.options.filter((what) => wanted.includes(what));
    // Nor what is misspelt.
    return reveal.length === new Set(wanted).size ? certify(person, id, reveal) : refuse('bad-request');
  }

  register('certificate', async (call) => {
    const issued = await issue(call);
    if (isRefusal(issued)) return problem(call.c, issued);
    const files = Object.entries(issued.files).filter(([name]) => name !== 'certificate.sig').map(([name, bytes]) => [name, new TextDecoder().decode(bytes)]);
    return call.c.json({ certificate: issued.certificate, files: Object.fromEntries(files) });
  });

  register('certificatePaper', async (call) => {
    const issued = await issue(call);
    if (isRefusal(issued)) return problem(call.c, issued);
    const pdf = await print(paperOf({ ...issued, bundle: pack(issued.files) }));
    return call.c.body(new Uint8Array(pdf), 200, { 'content-type': 'application/pdf', 'content-disposition': `attachment; filename="${issued.certificate.id}.pdf"` });
  });

  register('bundle', async (call) => {
    const issued = await issue(call);
    if (isRefusal(issued)) return problem(call.c, issued);
    return call.c.body(new Uint8Array(pack(issued.files)), 200, { 'content-type': 'application/zip', 'content-disposition': `attachment; filename="${issued.certificate.id}.zip"` });
  });
}
