import { afterEach, describe, expect, it } from 'vitest';
import { FakeMailbox } from '../../../lab/outlook/mailbox.ts';
import { fingerprint } from '../../../addin/extract/extract.ts';
import { readiness } from '../../../addin/compose/screen.ts';
import { until } from '../../until.ts';
import { REPLY, quick, scene, type Scene } from '../world.ts';

let open: Scene[] = [];
const play = (...args: Parameters<typeof scene>): Scene => {
  const one = scene(...args);
  open.push(one);
  return one;
};
afterEach(() => {
  for (const s of open) s.desk.close();
  open = [];
});

const ready = (s: Scene) => s.sees((screen) => readiness(screen).ready, 'a ready button');
const ended = (s: Scene) => s.sees((screen) => screen.handoff.at === 'sent', 'a sent message');
const draftOf = (s: Scene) => {
  const item = s.mailbox.items[0];
  if (!item) throw new Error('No draft.');
  return item;
};
const WRITTEN = REPLY.html ?? '';

describe('a key that is being looked for', () => {
  it.each([[2, 3], [99, 7]])('%i plans say so: it is asked %i times in all, the plan stays on the screen', async (looking, asked) => {
    const s = play();
    s.service.looking = looking;
    await ready(s);
    await until('the plans', () => s.service.plans.length >= asked);
    for (let i = 0; i < 50; i += 1) {
      await quick.wait();
      expect(s.desk.screen().plan.at).toBe('shown');
    }
    expect(s.service.plans.length).toBe(asked);
    const { plan } = s.desk.screen();
    const codes = plan.at === 'shown' ? plan.plan.recipients.flatMap((r) => r.passedOver.map((p) => p.reason.code)) : [];
    expect(codes.includes('looking-up')).toBe(looking > asked);
  });
});

describe('one click', () => {
  it('saves, stamps, reads, hands over, gets the receipt, clears the draft, closes the window', async () => {
    const s = play();
    await ready(s);
    s.desk.send();
    const screen = await ended(s);
    expect(screen.handoff).toMatchObject({ at: 'sent', left: 'closed' });
    const draft = draftOf(s);
    expect(draft).toMatchObject({ subject: 'Handed over to Send Secure', attachments: [], closed: true });
    expect(draft.html).not.toContain('Alvarez');
    expect(draft.html).toContain(screen.handoff.at === 'sent' ? screen.handoff.accepted.id : '');
    const [held] = s.service.handoffs.values();
    expect(held?.request.draft).toMatchObject({ subject: 'Your lab results', html: WRITTEN, attachments: [{ filename: 'labs.txt', contentType: 'text/plain', size: 32 }] });
    expect(s.service.seen.filter((c) => c.includes('handoffs'))).toEqual(['POST /handoffs', 'PUT /handoffs/:id/parts/:part', 'POST /handoffs/:id/commit']);
    await s.sees((now) => now.timeline !== null, 'the timeline');
  });

  it('marks the draft in three places before the first request, and with the time of the receipt after it', async () => {
    const s = play();
    await ready(s);
    const draft = draftOf(s);
    s.service.gate = async (call) => {
      if (call === 'POST /handoffs') expect([draft.session.get('sendSecure'), draft.headers.get('x-send-secure-id'), draft.custom['sendSecure']].every((m) => /^ho_[0-9a-f-]{36}$/.test(String(m)))).toBe(true);
    };
    s.desk.send();
    await ended(s);
    expect(draft.headers.get('x-send-secure-state')).toBe('2026-11-21T10:02:00.000Z');
  });

  it('keeps the thread of a reply', async () => {
    const s = play({ ...REPLY, composeType: 'reply', inReplyTo: '<first@stmarys.test>' });
    await ready(s);
    s.desk.send();
    await ended(s);
    expect([...s.service.handoffs.values()][0]?.request.draft).toMatchObject({ inReplyTo: '<first@stmarys.test>', references: ['<first@stmarys.test>'] });
  });

  it('sends the same attachment once', async () => {
    const file = { name: 'a.pdf', content: Buffer.from('same').toString('base64') };
    const s = play({ ...REPLY, attachments: [file, { ...file, name: 'b.pdf' }] });
    await ready(s);
    s.desk.send();
    await ended(s);
    expect(s.service.seen.filter((c) => c.startsWith('PUT')).length).toBe(1);
    expect([...s.service.handoffs.values()][0]?.request.draft.attachments.map((a) => a.filename)).toEqual(['a.pdf', 'b.pdf']);
  });

  it('where the window cannot be closed, the author closes it', async () => {
    const s = play(REPLY, { mailboxSet: '1.13' });
    await ready(s);
    s.desk.send();
    expect((await ended(s)).handoff).toMatchObject({ left: 'manual' });
    expect(draftOf(s)).toMatchObject({ subject: 'Handed over to Send Secure', closed: false });
  });
});

describe('after it was sent', () => {
  it('looking around keeps the window open; what is restored there is a draft of its own', async () => {
    const s = play();
    await ready(s);
    s.desk.subscribe(() => { if (s.desk.screen().handoff.at === 'closing' && s.desk.screen().tab === 'draft') s.desk.say({ is: 'tab', tab: 'sent' }); });
    s.desk.send();
    expect((await ended(s)).handoff).toMatchObject({ left: 'open' });
    const item = s.desk.draft();
    const before = draftOf(s).headers.get('x-send-secure-id');
    expect(await item?.restore({ subject: 'Your lab results', html: WRITTEN, to: [{ address: 'sam.park@stmarys.test' }], cc: [], bcc: [], files: [] }, { subject: 'Handed over to Send Secure', html: '' })).toBeNull();
    s.desk.restored();
    await ready(s);
    expect(s.desk.screen().handoff.at).toBe('idle');
    await until('a mark of its own', () => draftOf(s).session.get('sendSecure') !== undefined && !draftOf(s).session.get('sendSecure')?.includes(' '));
    expect(draftOf(s).session.get('sendSecure')).not.toBe(before);
    s.desk.send();
    await s.sees(() => [...s.service.handoffs.values()].filter((h) => h.accepted).length === 2, 'the second message');
  });
});

describe('what the draft is refused for, unchanged', () => {
  it.each<[string, (s: Scene) => void, string]>([
    ['an unresolved contact list', (s) => s.mailbox.setRecipients(draftOf(s), 'cc', [{ name: 'Ward 7', address: '' }]), 'recipient-unresolved'],
    ['a cloud link', (s) => s.mailbox.attach(draftOf(s), { name: 'scan.docx', content: 'https://cloud.test/scan.docx', format: 'url' }), 'attachment-cloud'],
  ])('%s is known before the click', async (_, change, why) => {
    const s = play();
    await ready(s);
    change(s);
    await s.sees((screen) => readiness(screen).why === why, why);
    s.desk.send();
    expect(s.service.handoffs.size).toBe(0);
  });

  it.each<[string, string, Parameters<FakeMailbox['fault']>[1], string]>([
    ['an attachment without its content', 'item.getAttachmentContentAsync', { kind: 'empty' }, 'attachment-empty'],
    ['an attachment that cannot be read', 'item.getAttachmentContentAsync', { kind: 'error', code: 9020 }, 'attachment-unreadable'],
    ['a draft that cannot be saved', 'item.saveAsync', { kind: 'error', code: 9021 }, 'outlook-failed'],
  ])('%s', async (_, call, fault, code) => {
    const s = play();
    await ready(s);
    s.mailbox.fault(call, fault);
    s.desk.send();
    await s.sees((screen) => screen.handoff.at === 'stopped', 'a stop');
    expect(s.desk.screen().handoff).toMatchObject({ at: 'stopped', code });
    expect(draftOf(s)).toMatchObject({ html: WRITTEN, subject: REPLY.subject, closed: false });
    expect(draftOf(s).attachments.length).toBe(1);
    s.mailbox.mend();
    s.desk.send();
    expect((await ended(s)).handoff).toMatchObject({ left: 'closed' });
    expect(s.service.handoffs.size).toBe(1);
  });

  it('an attachment that is empty only for a moment is read again', async () => {
    const s = play();
    await ready(s);
    s.mailbox.fault('item.getAttachmentContentAsync', { kind: 'empty' }, 2);
    s.desk.send();
    expect((await ended(s)).handoff).toMatchObject({ left: 'closed' });
  });

  it('a stale body is read until two readings agree', async () => {
    const s = play();
    await ready(s);
    s.mailbox.write(draftOf(s), { html: '<p>Newer words.</p>' });
    await s.sees((screen) => screen.reading?.html === '<p>Newer words.</p>' && readiness(screen).ready, 'the newer words');
    s.mailbox.fault('item.body.getAsync', { kind: 'stale' }, 1);
    s.desk.send();
    await ended(s);
    expect([...s.service.handoffs.values()][0]?.request.draft.html).toBe('<p>Newer words.</p>');
  });
});

describe('lost and refused', () => {
  it.each<[string, 'lost-before' | 'lost-after']>([['never arrived', 'lost-before'], ['arrived, its answer got lost', 'lost-after']])('a commit that %s is asked for, and sent once', async (_, kind) => {
    const s = play();
    await ready(s);
    s.service.fault('POST /handoffs/:id/commit', { kind });
    const states: string[] = [];
    s.desk.subscribe(() => { states.push(s.desk.screen().handoff.at); });
    s.desk.send();
    await ended(s);
    expect(states).toContain('asking');
    expect(s.service.seen.filter((c) => c === 'GET /handoffs/:id').length).toBe(1);
    expect([...s.service.handoffs.values()].filter((h) => h.accepted).length).toBe(1);
    expect(draftOf(s).closed).toBe(true);
  });

  it('a service that is broken at commit is asked, not believed', async () => {
    const s = play();
    await ready(s);
    s.service.fault('POST /handoffs/:id/commit', { kind: 'status', status: 500 });
    s.desk.send();
    await ended(s);
    expect(s.service.seen).toContain('GET /handoffs/:id');
  });

  it('while uploading without a connection the draft stays; the same id goes on later', async () => {
    const s = play();
    await ready(s);
    s.service.fault('PUT /handoffs/:id/parts/:part', { kind: 'lost-before' }, 4);
    s.desk.send();
    await s.sees((screen) => screen.handoff.at === 'stopped', 'a stop');
    expect(s.desk.screen().handoff).toMatchObject({ code: 'offline' });
    expect(draftOf(s)).toMatchObject({ html: WRITTEN, closed: false });
    await s.sees((screen) => screen.reached && screen.handoff.at === 'idle' && readiness(screen).ready, 'the connection');
    s.desk.send();
    await ended(s);
    expect(s.service.handoffs.size).toBe(1);
  });

  it('offline is said, and noticed when it ends', async () => {
    const s = play();
    await ready(s);
    s.service.offline = true;
    s.mailbox.setRecipients(draftOf(s), 'cc', ['rosa.delgado@brightmail.test']);
    await s.sees((screen) => !screen.reached, 'offline');
    expect(readiness(s.desk.screen())).toEqual({ ready: false, why: 'offline' });
    expect(s.desk.screen().scan?.findings.length).toBeGreaterThan(0);
    s.service.offline = false;
    await s.sees((screen) => screen.reached && readiness(screen).ready, 'the connection');
  });

  it('a changed plan is shown and asked about again', async () => {
    const s = play();
    await ready(s);
    s.service.changes = true;
    s.desk.send();
    await s.sees((screen) => screen.handoff.at === 'replanned', 'the new plan');
    expect(s.desk.screen().plan).toMatchObject({ at: 'shown', plan: { need: 'e2e-only' } });
    expect([...s.service.handoffs.values()].some((h) => h.accepted)).toBe(false);
    s.desk.agree();
    expect((await ended(s)).handoff).toMatchObject({ left: 'closed' });
  });

  it.each(['policy-blocked', 'no-protection', 'from-not-allowed'] as const)('%s stops it, the draft unchanged', async (code) => {
    const s = play();
    await ready(s);
    s.service.fault('POST /handoffs/:id/commit', { kind: 'problem', code });
    s.desk.send();
    await s.sees((screen) => screen.handoff.at === 'stopped', 'a stop');
    expect(s.desk.screen().handoff).toMatchObject({ code });
    expect(draftOf(s).html).toBe(WRITTEN);
  });
});

describe('a draft that changes under way', () => {
  it('is not cleared; its author decides', async () => {
    const s = play();
    await ready(s);
    s.service.gate = async (call) => { if (call.endsWith('/commit')) s.mailbox.write(draftOf(s), { html: '<p>One more thing.</p>' }); };
    s.desk.send();
    await s.sees((screen) => screen.handoff.at === 'changed', 'a changed draft');
    expect(draftOf(s)).toMatchObject({ html: '<p>One more thing.</p>', closed: false });
    s.desk.decide('author-keeps');
    expect(s.desk.screen().handoff).toMatchObject({ at: 'sent', left: 'kept' });
    s.desk.decide('dismiss');
    await ready(s);
    // What stands there went already, or part of it: the author is told before it goes again.
    expect(s.desk.screen().earlier).toBe([...s.service.handoffs.values()][0]?.accepted?.receipt.acceptedAt);
    s.desk.send();
    await s.sees((screen) => screen.handoff.at === 'sent' && screen.handoff.left === 'closed', 'the second message');
    expect([...s.service.handoffs.values()].map((h) => h.request.draft.html)).toEqual([WRITTEN, '<p>One more thing.</p>']);
  });

  it('is cleared when the author says so', async () => {
    const s = play();
    await ready(s);
    s.service.gate = async (call) => { if (call.endsWith('/commit')) s.mailbox.setRecipients(draftOf(s), 'cc', ['eve.stone@expired.test']); };
    s.desk.send();
    await s.sees((screen) => screen.handoff.at === 'changed', 'a changed draft');
    s.desk.decide('author-clears');
    await ended(s);
    expect(draftOf(s).html).not.toContain('Alvarez');
  });
});

describe('a pinned pane that moves on', () => {
  it('finishes the hand-over, touches neither draft, and clears the first when it is shown again', async () => {
    const s = play();
    await ready(s);
    const first = draftOf(s);
    const second = s.mailbox.create({ subject: 'Lunch', html: '<p>At noon?</p>', to: ['ben.okafor@riverside.test'] });
    let moved = false;
    s.service.gate = async (call) => {
      if (call.endsWith('/commit') && !moved) {
        moved = true;
        s.mailbox.open(second);
        await until('the second draft', () => s.desk.screen().reading?.subject === 'Lunch');
      }
    };
    s.desk.send();
    await s.sees((screen) => screen.others.some((o) => o.at === 'sent'), 'the first to be sent');
    expect(s.desk.screen()).toMatchObject({ handoff: { at: 'idle' }, reading: { subject: 'Lunch' } });
    expect(first).toMatchObject({ subject: REPLY.subject, html: WRITTEN, closed: false });
    expect(second).toMatchObject({ subject: 'Lunch', html: '<p>At noon?</p>' });
    s.mailbox.open(first);
    expect((await ended(s)).handoff).toMatchObject({ left: 'closed' });
    expect(first.subject).toBe('Handed over to Send Secure');
    expect(second.subject).toBe('Lunch');
    expect([...s.service.handoffs.values()].length).toBe(1);
  });
});

describe('a pane that opens on a draft with a mark', () => {
  async function committed(): Promise<Scene> {
    const s = play();
    await ready(s);
    s.mailbox.fault('item.subject.setAsync', { kind: 'error', code: 9020 });
    s.desk.send();
    await ended(s);
    s.desk.close();
    s.mailbox.mend();
    return s;
  }

  it('finishes what this window began', async () => {
    const before = await committed();
    expect(draftOf(before).html).toBe(WRITTEN);
    const s = play(null, { mailbox: before.mailbox, service: before.service });
    expect((await ended(s)).handoff).toMatchObject({ left: 'closed' });
    expect(draftOf(s).subject).toBe('Handed over to Send Secure');
  });

  it('asks on a copy, and sends it as new under a new id', async () => {
    const before = await committed();
    const copy = before.mailbox.copy(draftOf(before));
    before.mailbox.open(copy);
    const s = play(null, { mailbox: before.mailbox, service: before.service });
    await s.sees((screen) => screen.handoff.at === 'spent', 'the question');
    expect(copy.html).toBe(WRITTEN);
    await ready(s);
    s.desk.sendAsNew();
    await ended(s);
    expect([...s.service.handoffs.values()].filter((h) => h.accepted).length).toBe(2);
  });

  it('goes on with what was only staged', async () => {
    const before = play();
    await ready(before);
    before.service.fault('POST /handoffs/:id/commit', { kind: 'problem', code: 'too-many-requests' });
    before.desk.send();
    await before.sees((screen) => screen.handoff.at === 'stopped', 'a stop');
    before.desk.close();
    const s = play(null, { mailbox: before.mailbox, service: before.service });
    await s.sees((screen) => screen.resume && readiness(screen).ready, 'the offer to go on');
    s.desk.send();
    await ended(s);
    expect(s.service.handoffs.size).toBe(1);
    expect(s.service.seen.filter((c) => c.startsWith('PUT')).length).toBe(1);
  });
});

describe('while the author writes', () => {
  it('rescans what changes and asks for a plan when people or verdict change', async () => {
    const s = play({ subject: 'Lunch', html: '<p>At noon?</p>', to: ['tess.lane@lakeside.test'] });
    await ready(s);
    const asked = s.service.plans.length;
    s.mailbox.write(draftOf(s), { html: '<p>At one?</p>' });
    await s.sees((screen) => screen.reading?.html === '<p>At one?</p>' && !screen.scanning, 'the new words');
    await quick.wait();
    expect(s.service.plans.length).toBe(asked);
    s.mailbox.write(draftOf(s), { html: WRITTEN });
    await s.sees((screen) => screen.scan?.verdict.level !== 'none' && readiness(screen).ready && s.service.plans.length > asked, 'a plan for patient information');
    expect(s.service.plans.at(-1)?.verdict.level).not.toBe('none');
    expect(JSON.stringify(s.service.plans)).not.toContain('Alvarez');
  });

  it('reads attachments too, once each, and says what it cannot read', async () => {
    const s = play({ subject: 'Results', html: '<p>See the file.</p>', to: ['tess.lane@lakeside.test'] });
    await ready(s);
    expect(s.desk.screen().scan?.verdict.level).toBe('none');
    s.mailbox.attach(draftOf(s), { name: 'note.txt', content: Buffer.from(WRITTEN.replace(/<[^>]+>/g, '')).toString('base64') });
    await s.sees((screen) => screen.scan?.findings.some((f) => f.part === 'attachment' && f.kind === 'MRN') === true && readiness(screen).ready, 'what the attachment holds');
    s.mailbox.attach(draftOf(s), { name: 'old.doc', content: Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 1, 2, 3]).toString('base64') });
    await s.sees((screen) => screen.scan?.verdict.unscannable === 1 && readiness(screen).ready, 'a file that cannot be read');
    s.mailbox.fault('item.getAttachmentContentAsync', { kind: 'throws' });
    s.mailbox.write(draftOf(s), { html: '<p>See the files.</p>' });
    await s.sees((screen) => screen.reading?.html === '<p>See the files.</p>' && readiness(screen).ready, 'the new words');
    expect(s.desk.screen().scan?.verdict).toMatchObject({ level: 'high', unscannable: 1 });
  });

  it('leaves in the window what Outlook\'s own Send cannot read everywhere, as long as it is attached, and nothing else', async () => {
    const s = play({ subject: 'Lunch', html: '<p>See the mail.</p>', to: ['tess.lane@lakeside.test'] });
    await ready(s);
    const mail = 'From: a@b.test\r\nSubject: Hi\r\nMIME-Version: 1.0\r\n\r\nSoup on Monday.';
    const left = () => JSON.parse(draftOf(s).session.get('sendSecureWords') ?? 'null') as { [fingerprint: string]: string } | null;
    s.mailbox.attach(draftOf(s), { name: 'note.txt', content: Buffer.from('Bread').toString('base64') });
    s.mailbox.attach(draftOf(s), { name: 'Re.eml', content: Buffer.from(mail).toString('base64') });
    await until('the words', () => left() !== null, { every: 5 });
    expect(left()).toEqual({ [fingerprint(Buffer.from(mail).toString('base64'))]: expect.stringContaining('Soup on Monday.') });
  });

  it('asks for a plan with the author\'s stronger need', async () => {
    const s = play();
    await ready(s);
    s.desk.wish({ need: 'e2e-only' });
    await s.sees((screen) => screen.plan.at === 'shown' && screen.plan.plan.need === 'e2e-only', 'a stronger plan');
  });

  it('asks for a plan anew when the patient or the purpose changes, and not when the words of a justification do', async () => {
    const s = play();
    await ready(s);
    const asked = () => s.service.plans.length;
    for (const wishes of [{ patientRef: 'P-1' }, { patientRef: 'P-2' }, { patientRef: 'P-2', purpose: 'treatment' as const }]) {
      const before = asked();
      s.desk.wish(wishes);
      await s.sees((screen) => asked() > before && screen.plan.at === 'shown' && readiness(screen).ready, 'a new plan');
      expect(s.service.plans.at(-1)?.wishes).toEqual(wishes);
    }
    const before = asked();
    s.desk.wish({ patientRef: 'P-2', purpose: 'treatment', justification: 'As agreed.' });
    expect([asked(), s.desk.screen().plan.at]).toEqual([before, 'shown']);
  });

  it('a reason that is asked for is needed before the button works', async () => {
    const s = play();
    s.service.decision = 'justify';
    await s.sees((screen) => readiness(screen).why === 'justification-needed', 'the question');
    s.desk.wish({ justification: 'The patient moves tomorrow.' });
    await ready(s);
  });

  it('without sign-in it scans, and says what is missing', async () => {
    let signedIn = false;
    const s = play(REPLY, { signedIn: () => signedIn });
    await s.sees((screen) => screen.signIn === 'sign-in-needed' && screen.scan !== null, 'sign-in');
    signedIn = true;
    await s.desk.signIn();
    await ready(s);
  });
});
