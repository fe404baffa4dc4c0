/** Reads attachments and scans, one draft at a time, away from the event loop. */
import { parentPort, workerData } from 'node:worker_threads';
import { extract } from '../../shared/extract/extract.ts';
import { scan } from '../../shared/scan/scan.ts';
import { letGo } from '../memory.ts';
import { compileOwn, type OwnWork } from '../rules/rules.ts';
import { scanInput, type JudgeWork } from './judge.ts';

const rules = compileOwn(workerData as OwnWork);

parentPort?.on('message', async ({ draft, contents, words }: JudgeWork) => {
  const extracted: { text?: string; unscannable?: string }[] = [];
  for (const [i, fact] of draft.attachments.entries()) {
    try {
      extracted.push(await extract(fact.filename, fact.contentType, contents[i] ?? new Uint8Array()));
    } catch {
      // A reader that stumbles has not read: never clean.
      extracted.push({ unscannable: 'broken' });
    }
    if (contents[i]) letGo(contents[i]);
  }
  parentPort?.postMessage(words === true ? (extracted[0]?.text ?? '') : scan(scanInput(draft, extracted), rules));
});
