/** The screens of rules and versions over the real service: by mouse and by keyboard, with the trial, the readable difference and a fresh sign-in. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { differences, sentenceOf, waiver } from '../../console/policy/sentence.ts';
import { UNSAID, wrongIn } from '../../console/policy/check.ts';
import { TEMPLATES } from '../../shared/plan/template.ts';
import type { PolicyDocument } from '../../shared/wire/policy.ts';
import { generateKey } from 'openpgp';
import { STRONG } from '../../lab/people.ts';
import { openHall, type Hall } from './desk.ts';

/** an exception ends within a year */
const LAST = new Date(Date.now() + 200 * 86_400_000).toISOString().slice(0, 10);

const document = (name: keyof typeof TEMPLATES) => ({ rules: structuredClone(TEMPLATES[name].rules) }) as unknown as PolicyDocument;

describe('rules as sentences', () => {
  it.each([
    [{ when: {}, then: { need: 'transport' } }, 'Always, it needs a proved encrypted connection.'],
    [{ when: { level: ['high', 'bulk'], recipient: ['external'], recipientNot: ['partner'] }, then: { act: 'justify', hold: 2 } }, 'When the message is rated patient data or data of many patients, a recipient is outside and that recipient is not a partner, the author gives a reason and it waits 2 minutes and can be taken back.'],
    [{ when: { kinds: { of: ['SSN', 'MRN'], least: 3 }, time: { from: '18:00', to: '07:00', days: [6, 7] } }, then: { notify: ['a@riverside.test'], expires: 1 } }, 'When it holds at least 3 of these: Social Security numbers or record numbers and it is between 18:00 and 07:00 on Saturday or Sunday, copies on the secure page end after 1 day and a@riverside.test is told.'],
    [{ scope: { group: ['Research'] }, when: { size: 2_500_000 }, then: { act: 'block' } }, 'For authors in Research: When its attachments weigh at least 2.5 MB, it does not go.'],
    [{ when: { unscannable: true }, then: {} }, 'When part of it cannot be read, nothing follows.'],
  ] as const)('%j', (rule, sentence) => expect(sentenceOf(rule as never)).toBe(sentence));

  it('every rule of every template has one, and none shows a code', () => {
    for (const { rules } of Object.values(TEMPLATES)) for (const rule of rules) expect(sentenceOf(rule)).toMatch(/^[A-Z][^{}[\]]+\.$/);
  });
});

describe('what changed', () => {
  const before = document('us-healthcare');
  it('nothing, when nothing did', () => expect(differences(before, document('us-healthcare'))).toEqual([]));
  it('tells added, removed and changed rules, order once, and lists', () => {
    const [first, second, third, ...rest] = before.rules;
    const after = { rules: [third, first, { ...second, then: { need: 'e2e-only' } }, ...rest.slice(1), { id: 'x', name: 'X', when: {}, then: { act: 'block' } }], partners: ['a.test'] } as unknown as PolicyDocument;
    expect(differences(before, after).map((d) => [d.kind, d.what])).toEqual([['changed', second?.name], ['added', 'X'], ['removed', rest[0]?.name], ['moved', 'The order in which rules are shown'], ['changed', 'Partner domains']]);
  });
});

describe('validation as one types', () => {
  it.each([
    ['well formed', {}, []],
    ['a name for machines in capitals', { id: 'Rule One' }, ['Name for machines: small letters, digits and dashes, a letter first']],
    ['nothing said yet of when it holds', { when: UNSAID }, ['Say first when it holds.']],
    ['no consequence', { then: {} }, ['A rule without a consequence does nothing.']],
    ['a count that is none', { when: { people: 'many' } }, ['People concerned, at least: a whole number is needed']],
    ['a count that is too large', { then: { expires: 31 } }, ['Copies end after days: at most 30']],
    ['a count of nothing', { when: { recipients: 0 } }, ['Recipients, at least: at least 1']],
    ['an address in the sentence', { says: 'Ask jane@x.test' }, ['Sentence the author reads: no address (@) and no line break']],
    ['a sentence too long', { says: 'x'.repeat(241) }, ['Sentence the author reads: at most 240 characters']],
    ['an empty list', { when: { group: [] } }, ['Author’s group: name at least one']],
    ['what is no domain', { when: { recipientDomain: ['clinic'] } }, ['Recipient’s domain: domains such as clinic.org']],
    ['a time that is none', { when: { time: { from: '25:00', to: '07:00' } } }, ['Time of day, from: a time such as 18:00']],
    ['twice the same name', { id: 'always' }, ['Name for machines: Another rule']],
  ])('%s', (_, change, says) => {
    const wrong = wrongIn({ rules: [{ id: 'always', when: {}, then: { need: 'transport' } }, { id: 'mine', when: {}, then: { act: 'warn' }, ...change }] } as PolicyDocument);
    expect(wrong.every((w) => w.rule === 1)).toBe(true);
    expect(wrong.length).toBe(says.length);
    says.forEach((s, i) => expect(wrong[i]?.says).toContain(s));
  });
});

describe('exceptions', () => {
  const rules = [{ id: 'no', name: 'No numbers', when: {}, then: { act: 'block' } }] as PolicyDocument['rules'];
  const one = { id: 'x', rule: 'no', effect: 'act', owner: 'Head of research', why: 'Trial 7', until: '2027-01-31' } as const;
  it.each([
    ['well formed', {}, []], ['a rule that is none', { rule: 'other' }, ['no such effect']], ['an effect the rule has not', { effect: 'hold' }, ['no such effect']], ['nobody answers', { owner: '' }, ['Who answers for it']],
    ['an address answers', { owner: 'jo@x.test' }, ['Who answers for it']], ['no reason', { why: '' }, ['Because']], ['no day', { until: '' }, ['Last day']], ['a scope that narrows to nobody', { scope: { group: [] } }, ['Authors in these groups']], ['a day long past is no fault', { until: '2020-01-01' }, []],
  ])('%s', (_, change, says) => {
    const wrong = wrongIn({ rules, exceptions: [{ ...one, ...change }] } as PolicyDocument);
    expect(wrong.map((w) => w.exception)).toEqual(says.map(() => 0));
    says.forEach((s, i) => expect(wrong[i]?.says).toContain(s));
  });
  it('are read as sentences, in the difference too', () => {
    expect(waiver({ ...one, scope: { group: ['Research'] } }, rules)).toBe('Until 2027-01-31, for authors in Research, “What happens” of “No numbers” is taken away, because: Trial 7 (Head of research)');
    expect(differences({ rules }, { rules, exceptions: [one] }).map((d) => [d.kind, d.what])).toEqual([['added', 'Exception x']]);
  });
});

describe('in the browser', () => {
  let hall: Hall;
  beforeAll(async () => { hall = await openHall({ STEP_UP_ACR: STRONG }); });
  afterAll(async () => { await hall?.close(); });

  it('an administrator arranges by keyboard and by dragging, undoes, tries on a text, and saves a draft that another approves after signing in again', async () => {
    const ivy = await hall.enter('ivy', 'rules');
    const { page } = ivy;
    const names = () => page.locator('li[data-rule] h3').allTextContents();
    await page.getByRole('heading', { name: 'Rules (8)' }).waitFor();
    const before = await names();
    // by keyboard: down twice, up once
    await page.getByRole('button', { name: `Move down: ${before[0]}` }).focus();
    for (const [key, at] of [['ArrowDown', '1'], ['ArrowDown', '2'], ['ArrowUp', '1']] as const) {
      await page.keyboard.press(key);
      await page.waitForFunction((n) => globalThis.document.activeElement?.closest('li')?.getAttribute('data-rule') === n, at);
    }
    expect((await names()).slice(0, 2)).toEqual([before[1], before[0]]);
    expect(await page.evaluate(() => globalThis.document.activeElement?.getAttribute('aria-label'))).toBe(`Move down: ${before[0]}`);
    await page.getByText(`${before[0]}: now 2 of 8`).waitFor({ state: 'attached' });
    // by dragging: the second before the first again
    await page.locator('li[data-rule="1"] [draggable]').dragTo(page.locator('li[data-rule="0"]'));
    await expect.poll(names).toEqual(before);
    // removed, and back
    await page.getByRole('button', { name: `Remove: ${before[3]}` }).click();
    await expect.poll(names).not.toContain(before[3]);
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(names).toEqual(before);
    // the trial follows what one types
    await page.getByText('Rules that hold').waitFor();
    await expect.poll(() => page.locator('mark').allTextContents()).toContain('00482913');
    await page.getByRole('textbox', { name: 'Text', exact: true }).fill('Nothing of the kind.');
    await page.getByText('free of patient data').waitFor();
    // a new rule: one is in its name at once, and the name for machines follows until one writes it oneself, wrongly first
    await page.getByRole('button', { name: 'Add a rule' }).click();
    const id = page.getByRole('textbox', { name: 'Name for machines' });
    await page.waitForFunction(() => globalThis.document.activeElement?.getAttribute('value') === 'Rule 9');
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.type('Say why');
    await expect.poll(() => id.inputValue()).toBe('say-why');
    // It holds for nothing yet, and cannot be saved like that.
    await page.getByText('When …, the author is warned.').waitFor();
    expect(await page.getByText('Say first when it holds.').count()).toBeGreaterThan(0);
    expect(await page.getByRole('button', { name: 'Save as a draft' }).isDisabled()).toBe(true);
    await id.fill('Not Good');
    await page.getByText('Name for machines: small letters, digits and dashes, a letter first').first().waitFor();
    expect(await page.getByRole('button', { name: 'Save as a draft' }).isDisabled()).toBe(true);
    await id.fill('say-why');
    // what a rule asks about besides the text can be tried as well: here a label, by name
    await ivy.choose(page.getByRole('combobox', { name: 'Add a condition…' }), 'Label');
    await page.getByRole('group', { name: 'Label', exact: true }).getByRole('textbox').fill('Embargo');
    const shown = page.getByRole('button', { name: 'Show the rule: Say why' });
    await page.getByText('About the message and its author').click();
    expect(await shown.count()).toBe(0);
    await page.getByRole('textbox', { name: 'Labels' }).fill('lunch, EMBARGO');
    await shown.click();
    await expect.poll(() => page.evaluate(() => globalThis.document.activeElement?.closest('li')?.getAttribute('data-rule'))).toBe('8');
    // looked something up elsewhere: nothing is lost
    await page.getByRole('link', { name: 'Policy', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'Policy' }).waitFor();
    await page.getByRole('link', { name: 'Write rules' }).click();
    await page.getByText('What you had changed here and not saved is still here.').waitFor();
    await page.locator('li[data-rule="8"]').getByRole('button', { name: 'Change' }).click();
    expect(await page.getByRole('group', { name: 'Label', exact: true }).getByRole('textbox').inputValue()).toBe('Embargo');
    // With its last condition gone it asks again: always is said, not come to.
    await page.getByRole('button', { name: 'Remove: Label' }).click();
    await page.getByText('When …, the author is warned.').waitFor();
    await ivy.choose(page.getByRole('combobox', { name: 'Add a condition…' }), 'Every message, whatever it says');
    await ivy.choose(page.getByRole('combobox', { name: 'What happens' }), 'the author gives a reason');
    await page.getByText('Always, the author gives a reason.').waitFor();
    // an exception: of this rule, for one group, until a day, with somebody who answers for it; by keyboard
    await page.getByRole('button', { name: 'Add an exception' }).press('Enter');
    const exception = page.getByRole('group', { name: 'Exception 1' });
    await ivy.choose(exception.getByRole('combobox', { name: 'Of the rule' }), 'Say why');
    await exception.getByRole('combobox', { name: 'Takes away' }).filter({ hasText: 'What happens' }).waitFor();
    await exception.getByRole('textbox', { name: 'Who answers for it' }).fill('Head of research');
    await exception.getByRole('textbox', { name: 'Because' }).fill('Trial 7');
    await exception.getByLabel('Last day (UTC)').fill('2099-01-31');
    await page.getByText('Last day (UTC): a day within the next 366; what is to stay is a rule').first().waitFor();
    expect(await page.getByRole('button', { name: 'Save as a draft' }).isDisabled()).toBe(true);
    await exception.getByLabel('Last day (UTC)').fill(LAST);
    const item = page.locator('li[data-exception="0"]');
    await ivy.choose(item.getByRole('combobox', { name: 'Narrow to…' }), 'Authors in these groups');
    await item.getByRole('textbox', { name: 'Authors in these groups' }).fill('Research');
    await item.getByText(`Until ${LAST}, for authors in Research, “What happens” of “Say why” is taken away, because: Trial 7 (Head of research)`).waitFor();
    await item.getByRole('button', { name: 'Remove: Exception 1' }).click();
    await page.getByRole('button', { name: 'Undo' }).click();
    await item.waitFor();
    await page.getByRole('textbox', { name: 'Why (kept with the version)' }).fill('Everything needs a reason');
    expect(await ivy.axe()).toEqual([]);
    await ivy.shot('rules-wide');
    await page.getByRole('button', { name: 'Save as a draft' }).click();
    await page.getByRole('heading', { name: 'Version pv_1' }).waitFor();
    await page.waitForURL('**/console/policy/pv_1');
    expect(await page.getByRole('button', { name: 'Ask for approval' }).isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Try it' }).click();
    await page.getByText('It is nowhere weaker').waitFor();
    await page.getByText(/newly asked about \(by “Say why”: /).first().waitFor();
    await ivy.shot('version-wide');
    expect(await ivy.axe()).toEqual([]);
    await page.getByRole('button', { name: 'Ask for approval' }).click();
    await page.getByText('Waits for approval').waitFor();
    await ivy.context.close();

    const leo = await hall.enter('leo', 'policy/pv_1');
    // What was found when it was submitted is there at once: nobody approves unseen.
    const would = leo.page.getByRole('region', { name: 'What it would do' });
    await would.getByText('When it was submitted').waitFor();
    await would.getByText(/beside the built-in rules for US healthcare, over the last 30 days/).waitFor();
    await would.getByText(/newly asked about \(by “Say why”: /).first().waitFor();
    await would.getByRole('button', { name: 'Try it again' }).press('Enter');
    await would.getByText('Tried since').waitFor();
    expect(await would.getByText(/^Tried .*, over the last 30 days\.$/).count()).toBe(2);
    await leo.shot('version-tried-since');
    const changes = leo.page.getByRole('region', { name: 'What it changes' });
    await changes.getByRole('listitem').first().waitFor();
    expect(await changes.getByRole('listitem').allTextContents()).toEqual(['newSay whyAlways, the author gives a reason.', `newException exception-1Until ${LAST}, for authors in Research, “What happens” of “Say why” is taken away, because: Trial 7 (Head of research)`]);
    await leo.page.getByRole('button', { name: 'Approve' }).click();
    const dialog = leo.page.getByRole('alertdialog', { name: 'Confirm that it is you' });
    await dialog.waitFor();
    expect(await leo.axe()).toEqual([]);
    await leo.shot('step-up');
    const [popup] = await Promise.all([leo.context.waitForEvent('page'), dialog.getByRole('button', { name: 'Continue' }).click()]);
    await popup.getByText('Confirm that it is you.').waitFor();
    await Promise.all([popup.waitForEvent('close'), leo.pick('leo', popup)]);
    // What was begun goes on by itself.
    await leo.page.getByText('Approved.').first().waitFor();
    await leo.page.getByRole('button', { name: 'Bring into force now' }).click();
    await leo.page.getByText('In force. Open panes obey within a minute.').first().waitFor();
    expect((await hall.stage.call('ivy', 'GET', 'policy')).body.signed).toContain('"pv_1"');
    expect(leo.faults).toEqual([]);
    await leo.context.close();
  });

  it('what was undone does not come back as what was not saved', async () => {
    const ivy = await hall.enter('ivy', 'rules');
    const { page } = ivy;
    const names = () => page.locator('li[data-rule] h3').allTextContents();
    await page.locator('li[data-rule]').first().waitFor();
    const before = await names();
    await page.getByRole('button', { name: `Remove: ${before[3]}` }).click();
    await expect.poll(names).not.toContain(before[3]);
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(names).toEqual(before);
    await page.getByRole('link', { name: 'Policy', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'Policy' }).waitFor();
    await page.getByRole('link', { name: 'Write rules' }).click();
    await page.locator('li[data-rule]').first().waitFor();
    expect([await names(), await page.getByText('What you had changed here and not saved is still here.').count()]).toEqual([before, 0]);
    await ivy.context.close();
  });

  it('who would not sign in again is told, and nothing was done', async () => {
    const { publicKey } = await generateKey({ userIDs: [{ email: 'wilma.reed@lakeside.test' }], format: 'armored' });
    const brought = await hall.stage.service.keys.importKey({ address: 'wilma.reed@lakeside.test', bytes: Buffer.from(publicKey), trust: 'uploaded', source: 'upload', by: { kind: 'staff', id: 'u_somebody' } });
    const leo = await hall.enter('leo', 'keys');
    const row = leo.page.getByRole('row').filter({ hasText: 'wilma.reed@lakeside.test' });
    await row.getByRole('button', { name: 'Confirm', exact: true }).click();
    await leo.page.getByRole('dialog', { name: 'Confirm this key?' }).getByRole('button', { name: 'Confirm' }).click();
    await leo.page.getByRole('alertdialog').getByRole('button', { name: 'Cancel' }).click();
    await leo.page.getByText('This needs a fresh, stronger sign-in.').waitFor();
    const { data } = (await hall.stage.call('leo', 'GET', 'keys?limit=200')).body as { data: { id: string; confirmed: boolean; confirmedBy?: string }[] };
    expect(data.filter((k) => 'id' in brought && k.id === brought.id).map((k) => [k.confirmed, k.confirmedBy])).toEqual([[false, undefined]]);
    await leo.context.close();
  });

  it('keys come by dropping files: the name tells whose it may be, and after signing in again what is no key is told beside its file', async () => {
    const ivy = await hall.enter('ivy', 'keys');
    const { page } = ivy;
    await page.getByRole('grid', { name: 'Keys' }).waitFor();
    for (const [name, text] of [['new.person@stmarys.test.pem', '-----BEGIN CERTIFICATE-----'], ['notes.txt', 'not a key at all']] as const) {
      const dataTransfer = await page.evaluateHandle(([file, content]) => { const data = new DataTransfer(); data.items.add(new File([content ?? ''], file ?? '')); return data; }, [name, text]);
      await page.getByText('Drop certificates or keys here, or').locator('..').dispatchEvent('drop', { dataTransfer });
      await page.getByRole('group', { name }).waitFor();
    }
    const group = (name: string) => page.getByRole('group', { name });
    expect(await group('new.person@stmarys.test.pem').getByRole('textbox').inputValue()).toBe('new.person@stmarys.test');
    expect(await group('notes.txt').getByRole('button', { name: 'Add' }).isDisabled()).toBe(true);
    await group('notes.txt').getByRole('textbox').fill('somebody@stmarys.test');
    await group('notes.txt').getByRole('button', { name: 'Add' }).click();
    const [popup] = await Promise.all([ivy.context.waitForEvent('page'), page.getByRole('alertdialog').getByRole('button', { name: 'Continue' }).click()]);
    await Promise.all([popup.waitForEvent('close'), ivy.pick('ivy', popup)]);
    await group('notes.txt').getByText('There is no public key or certificate in what was handed over.').waitFor();
    await ivy.shot('keys-dropped');
    expect(await ivy.axe()).toEqual([]);
    await ivy.context.close();
  });

  it.each([['leo', ['policy', 'approvals']], ['ivy', ['rules', 'keys']], ['ben', ['retention']]] as const)('as %s, light and dark, wide and narrow: axe finds nothing, nothing is cut off, nothing broke', async (person, paths) => {
    const desk = await hall.enter(person);
    for (const path of paths) await desk.visit(path);
    await desk.context.close();
  });
});
