/** Loaded before the service, into each of its threads: nothing is prepared for the log and nothing noted. What is left is the service without audit, for the benchmark to set beside the real one. */
import { registerHooks } from 'node:module';

/** in which file what is put where: it must be there, or the benchmark would compare the service with itself */
const CUTS: readonly (readonly [file: string, before: string, after: string])[] = [
  ['/service/audit/audit.sql.ts', 'for (const e of events) {', 'for (const e of events.slice(0, 0)) {'],
  ['/service/audit/entry.ts', 'check(draft);', "return { id: 'evt_0', time: 0, type: draft.type, outcome: draft.outcome, actor: '', message: null, item: null, leaf: '', sealed: null, kid: '' }; check(draft);"],
];

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    const cut = CUTS.find(([file]) => url.endsWith(file));
    if (cut === undefined) return loaded;
    const text = Buffer.from(loaded.source as Uint8Array).toString('utf8');
    if (!text.includes(cut[1])) throw new Error('the benchmark does not know the log any more');
    return { ...loaded, source: text.replace(cut[1], cut[2]) };
  },
});
