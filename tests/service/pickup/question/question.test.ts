/** Answers as they are kept and guessed: what a hash costs, what a guess costs, and that five wrong ones end the question and nothing else. */
import { createHmac, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { PreparedEvent } from '../../../../service/audit/audit.ts';
import { openPickup, rankOf, spokenCodeOf, tokenOf } from '../../../../service/pickup/pickup.ts';
import { LIMITS } from '../../../../service/pickup/pickup.sql.ts';
import { COST, openQuestions } from '../../../../service/pickup/question/question.ts';
import type { DataKey } from '../../../../service/vault/vault.ts';
import { onEveryEngine, type Ground } from '../../store/engines.ts';

const room = (path: string) => new URL(`../../../../service/pickup/${path}`, import.meta.url);
const rooms = { audit: room('../audit/audit.sql.ts'), pickup: room('pickup.sql.ts'), question: room('question/question.sql.ts'), code: room('code/code.sql.ts'), seed: new URL('./seed.sql.ts', import.meta.url) };
const content: DataKey = { id: 'key_1', bytes: randomBytes(32) };
const QUESTION = { ask: ' Where did we first meet? ', answer: 'Lake Constance' };
const key = randomBytes(32);
// What the vault does with them is its own test: here it must only be asked to.
const vault = {
  index: (field: string, value: string) => createHmac('sha256', key).update(`${field}\0${value}`).digest('hex'),
  seal: (by: DataKey, aad: string, bytes: Uint8Array) => Buffer.from(JSON.stringify([by.id, aad, Buffer.from(bytes).toString('hex')])),
  open: (_: DataKey, aad: string, sealed: Uint8Array) => { const [, own, hex] = JSON.parse(Buffer.from(sealed).toString()) as string[]; if (own !== aad) throw new Error('another place'); return Buffer.from(hex ?? '', 'hex'); },
};
let serial = 0;
const event = (type: string): PreparedEvent[] => [{ id: `evt_${++serial}`, time: 1, type, outcome: 'ok', actor: 'recipient', message: 'msg_1', item: 'item_1', leaf: JSON.stringify({ type }), sealed: null, kid: 'key_1' }];
const questions = openQuestions({ vault });
const prepared = questions.prepare(QUESTION, { message: 'msg_1', items: ['item_1', 'item_2'], content });

describe('kept', () => {
  test('as a hash that costs memory, bound to its copy, and the question sealed', async () => {
    const [one, two] = await prepared;
    expect(COST).toEqual({ N: 32_768, r: 8, p: 3, maxmem: 67_108_864 });
    expect(JSON.stringify([one, two]).toLowerCase()).not.toMatch(/constance|lake/);
    expect(one?.answer).not.toBe(two?.answer);
    expect(questions.ask(one as NonNullable<typeof one>, content)).toBe('Where did we first meet?');
    expect(() => questions.ask({ ...two, item: 'item_1' } as NonNullable<typeof two>, content)).toThrow('another place');
    // However it is typed; never for another copy, another message, or with another key.
    const of = (answer: string, copy = { message: 'msg_1', item: 'item_1' }) => questions.hash(answer, copy);
    expect([await of('LAKE-constance.'), await of('Lake Como'), await of('Lake Constance', { message: 'msg_2', item: 'item_1' })].map((h) => h === one?.answer)).toEqual([true, false, false]);
    expect(await openQuestions({ vault: { ...vault, index: (field, value) => createHmac('sha256', 'another').update(`${field}\0${value}`).digest('hex') } }).hash('Lake Constance', { message: 'msg_1', item: 'item_1' })).not.toBe(one?.answer);
  });

  test('more answers than may wait are not judged at all', async () => {
    const few = openQuestions({ vault, most: 2 });
    const three = () => Promise.all([1, 2, 3].map(async () => (await few.hash('x', { message: '', item: '' })) !== null));
    expect([await three(), await three()]).toEqual([[true, true, false], [true, true, false]]);
  });

  test('counts for nothing but the opening: no passkey, no preference grows out of it', () => expect(rankOf('shared-question')).toBe(0));
});

async function open(ground: Ground, ways: readonly ('mail-code' | 'sms-code' | 'spoken-code')[] = ['mail-code', 'spoken-code'], purpose: 'read' | 'answer' = 'read') {
  const world = { clock: Date.UTC(2026, 10, 21), now: () => world.clock, random: (n: number) => new Uint8Array(randomBytes(n)) };
  const store = await ground.open(rooms, { now: world.now });
  const pickup = openPickup({ store, world, vault });
  await pickup.create(pickup.prepare({ item: 'item_1', message: 'msg_1', n: 0, ways, expires: world.now() + 3_600_000, content, purpose }), event('portal.notified'));
  await store.room<typeof import('./seed.sql.ts')>('seed').write.keep({ rows: await prepared });
  const token = tokenOf(content, 'item_1');
  const right = (await prepared)[0]?.answer ?? '';
  const fresh = () => ({ entered: event('entered'), wrong: event('wrong'), locked: event('locked') });
  const answer = (hash: string, at = token) => pickup.checkAnswer(at, hash, fresh()).then((o) => (o.kind === 'entered' ? o.kind : o.code));
  const code = (given: string) => pickup.checkCode(token, given, 'rosa', fresh()).then((o) => (o.kind === 'entered' ? o.kind : o.code));
  const ask = async () => { const { code: made, args } = pickup.makeCode(token, 'rosa'); await store.room<typeof import('../../../../service/pickup/pickup.sql.ts')>('pickup').write.issue({ ...args, events: event('sent') }); return made; };
  const noted = async () => (await store.room<typeof import('../../../../service/audit/audit.sql.ts')>('audit').read.ofMessage({ message: 'msg_1' })).map((e) => (JSON.parse(e.leaf) as { type: string }).type);
  return { world, ask, answer, code, right, noted };
}
const WRONG = 'f'.repeat(64);
const SPOKEN = spokenCodeOf(content, 'item_1');

onEveryEngine((ground) => {
  test('opens, and by no other; an empty hash, an unknown link and the other copy\'s answer are wrong', async () => {
    const { answer, right, noted } = await open(ground);
    expect([await answer(''), await answer((await prepared)[1]?.answer ?? ''), await answer(right, 'A'.repeat(43)), await answer(right)]).toEqual(['code-wrong', 'code-wrong', 'code-wrong', 'entered']);
    expect((await noted()).filter((t) => t === 'entered')).toHaveLength(1);
  });

  test.each([[['sms-code', 'spoken-code'], 'read'], [['spoken-code'], 'read'], [['mail-code', 'spoken-code'], 'answer']] as const)('not where a code by mail would not: %j, to %s', async (ways, purpose) => {
    const { answer, right } = await open(ground, ways, purpose);
    expect(await answer(right)).toBe('code-wrong');
  });

  test('ten thousand answers at once are five: then it opens no more, by the right one neither, until a code has', async () => {
    const { world, answer, code, right, noted } = await open(ground);
    const told: { [code: string]: number } = {};
    for (let n = 0; n < 10_000; n += 500) for (const outcome of await Promise.all(Array.from({ length: 500 }, () => answer(WRONG)))) told[outcome] = (told[outcome] ?? 0) + 1;
    expect(told).toEqual({ 'code-wrong': LIMITS.tries - 1, 'code-locked': 10_000 - LIMITS.tries + 1 });
    // The lock is a code's: a stranger with the link ends the question, and keeps nobody out who has a code.
    world.clock += LIMITS.lock;
    expect(await answer(right)).toBe('code-wrong');
    expect(await code(SPOKEN)).toBe('entered');
    expect(await answer(right)).toBe('entered');
    expect((await noted()).filter((t) => t === 'locked')).toHaveLength(1);
  });

  test('answers and codes are counted as one: whoever tries both has five, not ten', async () => {
    const { answer, code } = await open(ground);
    expect([await answer(WRONG), await code('123456'), await answer(WRONG), await code('123456'), await answer(WRONG)]).toEqual(['code-wrong', 'code-wrong', 'code-wrong', 'code-wrong', 'code-locked']);
  });

  test('a code that is asked for brings no more answers: five in all, until a code has let somebody in', async () => {
    const { world, ask, answer, code, right, noted } = await open(ground);
    const told: string[] = [];
    for (let n = 0; n < 5; n += 1) {
      await ask();
      told.push(await answer(WRONG));
    }
    expect(told).toEqual([...Array<string>(LIMITS.tries - 1).fill('code-wrong'), 'code-locked']);
    world.clock += LIMITS.lock;
    expect(await answer(right)).toBe('code-wrong');
    expect((await noted()).filter((t) => t === 'locked')).toHaveLength(1);
    expect(await code(SPOKEN)).toBe('entered');
    expect([await answer(WRONG), await answer(right)]).toEqual(['code-wrong', 'entered']);
  });

  test('a code that was sent stays good beside a right answer', async () => {
    const { ask, answer, code, right } = await open(ground);
    const sent = await ask();
    expect(await answer(right)).toBe('entered');
    expect(await code(sent)).toBe('entered');
  });
});
