/**
 * The service's own scan: authoritative, the same scanner and rules as the pane, attachments included, and the roster,
 * which the service alone has.
 * Short drafts are judged at once; attachments are read in a worker thread, so that a hostile file costs nobody else time.
 */
import { Worker } from 'node:worker_threads';
import { isDecoration, type Draft } from '../../shared/draft/draft.ts';
import { scan, type OwnRules, type ScanResult } from '../../shared/scan/scan.ts';
import { compileOwn, type OwnWork } from '../rules/rules.ts';

/** UTF-16 units of body that are judged in place; fewer where each run of words is looked up in a roster. */
const INLINE = 64 * 1024;
const INLINE_LISTED = 8 * 1024;
/** A worker that does not answer in this time is ended; what it read is `unscannable`, never clean. */
const BUDGET_MS = 20_000;
const NONE: OwnWork = { hash: '', rules: null, roster: null };

export interface JudgeWork {
  readonly draft: Draft;
  readonly contents: readonly Uint8Array[];
  /** only the words of the one attachment are wanted */
  readonly words?: true;
}

export interface Judge {
  /** `contents` are consumed: their memory is handed to the worker */
  judge(draft: Draft, contents: readonly Uint8Array[]): Promise<ScanResult>;
  /** words of a file that must not be opened, read within the same bounds; '' when there are none to be had */
  read(fact: { readonly filename: string; readonly contentType: string }, content: Uint8Array): Promise<string>;
  close(): Promise<void>;
}

export function openJudge(own: OwnWork = NONE): Judge {
  const rules = compileOwn(own);
  const inline = own.roster === null ? INLINE : INLINE_LISTED;
  let worker: Worker | null = null;
  let turn: Promise<unknown> = Promise.resolve();

  function hire(): Worker {
    const fresh = new Worker(new URL('./judge.worker.ts', import.meta.url), { workerData: own });
    // A worker may also end between two drafts: the next one is then read by another.
    const gone = () => { if (worker === fresh) worker = null; };
    return fresh.on('error', gone).on('exit', gone);
  }

  const inWorker = <T>(work: JudgeWork, unreadable: () => T) => new Promise<T>((done) => {
    const mine = worker ??= hire();
    const finish = (result: T, alive: boolean) => {
      clearTimeout(timer);
      // One by one: Worker hears its own port through listeners that must stay.
      mine.off('message', read).off('error', broke).off('exit', broke);
      if (!alive) {
        if (worker === mine) worker = null;
        void mine.terminate();
      }
      done(result);
    };
    const read = (result: T) => finish(result, true);
    const broke = () => finish(unreadable(), false);
    const timer = setTimeout(broke, BUDGET_MS);
    mine.once('message', read).once('error', broke).once('exit', broke);
    mine.postMessage(work, work.contents.map((c) => c.buffer as ArrayBuffer));
  });

  function queued<T>(work: () => Promise<T>): Promise<T> {
    const result = turn.then(work);
    turn = result.catch(() => undefined);
    return result;
  }

  return {
    judge(draft, contents) {
      if (contents.length === 0 && (draft.html ?? draft.text ?? '').length <= inline) return Promise.resolve(scan(scanInput(draft, []), rules));
      // A view into a shared pool cannot be handed over: copy it (Buffer's own slice would not).
      const owned = contents.map((c) => (c.byteOffset === 0 && c.byteLength === c.buffer.byteLength ? c : new Uint8Array(c)));
      return queued(() => inWorker({ draft, contents: owned }, () => unread(draft, rules)));
    },
    read({ filename, contentType }, content) {
      const draft: Draft = { from: { address: '' }, recipients: [], subject: '', attachments: [{ filename, contentType, size: content.length, sha256: '' }] };
      return queued(() => inWorker({ draft, contents: [new Uint8Array(content)], words: true }, () => ''));
    },
    async close() {
      await turn;
      await worker?.terminate();
    },
  };
}

type Extracted = { readonly text?: string; readonly unscannable?: string };

export function scanInput(draft: Draft, extracted: readonly Extracted[]) {
  return {
    subject: draft.subject,
    ...(draft.html === undefined ? {} : { html: draft.html }),
    ...(draft.text === undefined ? {} : { text: draft.text }),
    from: draft.from,
    recipients: draft.recipients,
    attachments: draft.attachments.map((a, i) => ({ filename: a.filename, ...(isDecoration(a, draft.html) ? {} : extracted[i]) })),
  };
}

/** When reading broke: body and names are still judged here, every attachment counts as unreadable. */
function unread(draft: Draft, rules: OwnRules | undefined): ScanResult {
  return scan(scanInput(draft, draft.attachments.map(() => ({ unscannable: 'over-budget' }))), rules);
}
