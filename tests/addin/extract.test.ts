/** Attachments in the pane: read in a worker, and what it does not manage in time is said, never silently empty. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openExtract, type Asked, type Told } from '../../addin/extract/extract.ts';

/** The browser's worker, at the end of a leash: it answers when the test says so. */
class LeashedWorker {
  static all: LeashedWorker[] = [];
  asked: Asked[] = [];
  ended = false;
  onmessage: (event: { data: Told }) => void = () => { throw new Error('nobody listens'); };
  onerror: () => void = () => { throw new Error('nobody listens'); };
  constructor() { LeashedWorker.all.push(this); }
  postMessage(asked: Asked, moved: ArrayBuffer[]) {
    expect(moved).toEqual([asked.bytes.buffer]);
    this.asked.push(asked);
  }
  terminate() { this.ended = true; }
  answer(n: number, text: string) { this.onmessage({ data: { n: this.asked[n]?.n ?? -1, extracted: { text } as Told['extracted'] } }); }
}

const ask = (extract: ReturnType<typeof openExtract>, name: string) => extract(name, 'text/plain', new Uint8Array([65]));
const workers = LeashedWorker.all;

beforeEach(() => {
  workers.length = 0;
  vi.useFakeTimers();
  vi.stubGlobal('Worker', LeashedWorker);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('attachments in the pane', () => {
  it('nothing is started before there is one; one worker reads them all', async () => {
    const extract = openExtract();
    expect(workers).toHaveLength(0);
    const read = [ask(extract, 'a.txt'), ask(extract, 'b.txt')];
    expect(workers).toHaveLength(1);
    workers[0]?.answer(1, 'b');
    workers[0]?.answer(0, 'a');
    expect(await Promise.all(read)).toEqual([{ text: 'a' }, { text: 'b' }]);
  });

  it('what takes longer than twenty seconds is over budget, and so is what waits behind it; the next one begins anew', async () => {
    const extract = openExtract();
    const slow = [ask(extract, 'slow.pdf'), ask(extract, 'behind.txt')];
    let settled = false;
    void Promise.all(slow).then(() => { settled = true; });
    await vi.advanceTimersByTimeAsync(19_999);
    expect(settled).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await Promise.all(slow)).toEqual([{ unscannable: 'over-budget' }, { unscannable: 'over-budget' }]);
    expect(workers[0]?.ended).toBe(true);
    const next = ask(extract, 'next.txt');
    expect(workers).toHaveLength(2);
    workers[1]?.answer(0, 'read');
    expect(await next).toEqual({ text: 'read' });
    // Nothing of the first one's clock is left.
    await vi.advanceTimersByTimeAsync(60_000);
    expect(workers[1]?.ended).toBe(false);
  });

  it('a reader that breaks is over budget, never empty', async () => {
    const extract = openExtract();
    const broken = ask(extract, 'broken.docx');
    workers[0]?.onerror();
    expect(await broken).toEqual({ unscannable: 'over-budget' });
  });
});
