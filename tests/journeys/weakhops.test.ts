import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../until.ts';
import { openStage, type Stage } from './stage.ts';

/** Words of the draft: they may be nowhere in what these hops received. */
const SECRET = ['Alvarez', '4471902', 'lithium', 'Quarterly review of'];
const HOPS: readonly (readonly [who: string, address: string, code: string])[] = [
  ['no STARTTLS', 'walt.finch@oldpost.test', 'starttls-missing'],
  ['expired certificate', 'eve.stone@expired.test', 'certificate-expired'],
  ['self-signed certificate', 'sid.quinn@selfsigned.test', 'certificate-self-signed'],
  ['certificate for another name', 'wren.hale@wrongname.test', 'certificate-name'],
  ['TLS 1.0', 'tom.byrd@tls10.test', 'tls-too-old'],
  ['forged MX with a flawless certificate', 'finn.cole@forged.test', 'mx-not-bound'],
  ['STARTTLS stripped', 'ann@strip.test', 'starttls-missing'],
];

describe('next hops that cannot prove themselves', () => {
  let stage: Stage;
  beforeAll(async () => { stage = await openStage(); });
  afterAll(() => stage?.close());

  it.each(HOPS)('%s: nothing of the message crosses, the other way is taken and the timeline says why', async (_who, address, code) => {
    const sent = await stage.send('ana', { to: [{ address }], subject: 'Quarterly review of Maria Alvarez', text: 'Maria Alvarez, MRN 4471902: lithium level 1.9.' });
    expect(sent.status).toBe(202);
    expect(sent.body.recipients[0]).toMatchObject({ protection: 'tls', otherwise: 'portal' });
    const timeline = await stage.until('ana', sent.body.id, ['relayed']);
    const [recipient] = timeline.recipients;
    expect(recipient).toMatchObject({ planned: 'tls', protection: 'portal', changed: { code } });
    expect(recipient?.spokenCode).toMatch(/^\d{4}-\d{4}$/);
    expect(recipient?.events.find((e) => e.type === 'encryption.changed')?.facts).toMatchObject({ from: 'tls', to: 'portal', code, sent: 'nothing' });
    expect(JSON.stringify(recipient?.events.map((e) => e.facts)), 'the log names no recipient\'s domain').not.toContain(address.slice(address.indexOf('@') + 1));
    const notice = await stage.mail(address, (raw) => raw.includes('/m/'));
    for (const mail of await stage.mailbox(address)) for (const word of SECRET) expect(mail.raw).not.toContain(word);
    expect(notice.raw).toContain(timeline.recognition?.split(' ')[0] ?? '-');

    const next = await stage.send('ana', { to: [{ address }], text: 'Maria Alvarez again.' });
    expect(next.body.recipients[0], 'what was seen counts in the next plan').toMatchObject({ protection: 'portal' });
    expect(next.body.recipients[0]?.asks).toContain('phone');
  });

  it('tells the author, without PHI, that another way was taken', async () => {
    const told = await stage.mail('ana.ruiz@riverside.test', (raw) => raw.includes('takes another way'));
    for (const word of [...SECRET, 'oldpost.test', 'walt.finch']) expect(told.raw).not.toContain(word);
  });

  it.each([
    ['greylist', 'greta.lowe@grey.test', 'relayed', 'tls'],
    ['no such mailbox', 'rick.voss@reject.test', 'failed', 'tls'],
    ['null MX', 'nell.ash@nullmx.test', 'failed', 'tls'],
  ])('%s ends as %s', async (_who, address, status, protection) => {
    const sent = await stage.send('ana', { to: [{ address }], text: 'Maria Alvarez, MRN 4471902: lithium level 1.9.' });
    const timeline = await stage.until('ana', sent.body.id, [status]);
    expect(timeline.recipients[0]).toMatchObject({ protection });
  });

  it('one that never says whether it took anything is tried a few times each way, under one Message-ID; then it is left, and the author hears that it may have arrived', async () => {
    const sent = await stage.send('ana', { to: [{ address: 'dora.finn@drop.test' }], text: 'Maria Alvarez, MRN 4471902: lithium level 1.9.' });
    const [copy] = (await stage.until('ana', sent.body.id, ['failed'])).recipients;
    const tries = copy?.events.filter((e) => e.type === 'delivery.attempt.finished').map((e) => e.text);
    expect(tries, 'four each way').toEqual(Array.from({ length: 8 }, () => expect.stringMatching(/^Handed over .* never said whether it took it\.$/)));
    expect(copy?.events.find((e) => e.type === 'encryption.changed')?.facts).toMatchObject({ from: 'tls', to: 'portal', code: 'reply-unknown', sent: 'unknown' });
    expect(copy?.events.find((e) => e.type === 'delivery.failed')).toMatchObject({ facts: { code: 'unanswered' }, text: expect.stringContaining('It may have arrived') });
    expect(copy?.events.map((e) => e.text).join(' ')).not.toMatch(/ended without delivery|Could not be delivered/);
    const { raw } = await stage.mail('ana.ruiz@riverside.test', (text) => /^Subject: A secure message may not have arrived/m.test(text));
    expect(raw).toContain('Nobody knows whether one recipient');
    expect(raw).not.toMatch(/Alvarez|4471902|drop\.test/);
    expect((await stage.sights())['drop.test']?.plaintextDataBytes).toBe(0);
  });

  it('a recipient who needs more since the plan was shown gets no code into the mailbox of the notice', async () => {
    const [domain, address] = ['brightmail.test', 'rosie.new@brightmail.test'];
    await stage.call('ivy', 'POST', 'queue/pause', { domain, paused: true });
    const sent = await stage.send('ana', { to: [{ address }], text: 'Maria Alvarez, MRN 4471902: lithium level 1.9.' });
    expect(sent.body.recipients[0]).toMatchObject({ protection: 'tls', otherwise: 'portal' });
    await stage.call('ivy', 'POST', 'requirements', { address, need: 'at-rest' });
    await stage.call('ivy', 'POST', 'queue/pause', { domain, paused: false });
    const [copy] = (await stage.until('ana', sent.body.id, ['relayed'])).recipients;
    expect(copy).toMatchObject({ protection: 'portal' });
    expect(copy?.events.find((e) => e.type === 'portal.notified')?.facts).toMatchObject({ way: 'spoken-code' });
  });

  it('a stop waits for the try that is under way: it is not made again, and nothing is unknown', async () => {
    // takes its time before it says yes
    const [address, text] = ['sloan.perry@slow.test', 'Your appointment is on Monday at nine.'];
    const sent = await stage.send('ana', { to: [{ address }], text });
    await until('a try', async () => (await stage.timeline('ana', sent.body.id)).recipients[0]?.events.some((e) => e.type === 'delivery.attempt.started'), { every: 10 });
    await stage.restart();
    const [copy] = (await stage.until('ana', sent.body.id, ['relayed'])).recipients;
    expect(copy?.events.map((e) => e.type).filter((type) => type.startsWith('delivery.attempt') || type === 'delivery.unknown')).toEqual(['delivery.attempt.started', 'delivery.attempt.finished']);
    expect((await stage.mailbox(address)).filter((mail) => mail.raw.includes(sent.body.id.slice(4)))).toHaveLength(1);
  });
});

describe('when the time of the first protection is over', () => {
  let stage: Stage;
  beforeAll(async () => { stage = await openStage({ settings: { FALLBACK_MINUTES: '0' } }); });
  afterAll(() => stage?.close());

  it('a next hop whose answers are lost is left for the other way without the claim that nothing had been sent', async () => {
    const sent = await stage.send('ana', { to: [{ address: 'dora.finn@drop.test' }], text: 'Maria Alvarez, MRN 4471902: lithium level 1.9.' });
    const moved = await until('another way', async () => (await stage.timeline('ana', sent.body.id)).recipients[0]?.events.find((e) => e.type === 'encryption.changed'));
    expect(moved).toMatchObject({ facts: { code: 'reply-unknown', sent: 'unknown' } });
    expect(moved.text).not.toContain('Nothing had been sent');
  });

  // Within its time the same host is tried again over TLS: `greylist` above.
  it('a next hop that only put it off is left for the other way, the stronger that was shown', async () => {
    const sent = await stage.send('ana', { to: [{ address: 'greta.lowe@grey.test' }], text: 'Maria Alvarez, MRN 4471902: lithium level 1.9.' });
    expect(sent.body.recipients[0]).toMatchObject({ protection: 'tls', otherwise: 'portal' });
    const [copy] = (await stage.until('ana', sent.body.id, ['relayed'])).recipients;
    expect(copy).toMatchObject({ planned: 'tls', protection: 'portal', changed: { code: 'try-later' } });
    expect(copy?.events.find((e) => e.type === 'encryption.changed')?.facts).toMatchObject({ from: 'tls', to: 'portal', sent: 'nothing' });
    for (const mail of await stage.mailbox('greta.lowe@grey.test')) for (const word of SECRET) expect(mail.raw).not.toContain(word);
  });
});

describe('behind a smart host', () => {
  let stage: Stage;
  beforeAll(async () => { stage = await openStage({ settings: (port) => ({ SMART_HOST: `mx.lakeside.test:${port}` }) }); });
  afterAll(() => stage?.close());

  it('its flawless TLS is not the recipient\'s: no code by mail, nothing proved of their domain, and the timeline calls it what it is', async () => {
    const sent = await stage.send('ana', { to: [{ address: 'zed@oldpost.test' }], text: 'Maria Alvarez, MRN 4471902: lithium level 1.9.' });
    expect(sent.body.recipients[0]).toMatchObject({ protection: 'portal' });
    const [copy] = (await stage.until('ana', sent.body.id, ['relayed'])).recipients;
    const facts = (type: string) => copy?.events.find((e) => e.type === type)?.facts;
    expect(facts('portal.notified')).toMatchObject({ way: 'spoken-code' });
    expect(facts('delivery.relayed')).toMatchObject({ kind: 'smart-host' });
    expect(copy?.spokenCode).toMatch(/^\d{4}-\d{4}$/);
    expect(await stage.service.keys.provedBefore('oldpost.test')).toBeNull();
  });
});
