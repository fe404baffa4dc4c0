/**
 * The mark on a draft: which hand-over it belongs to, and whether that one was committed. Three places, because none of them
 * crosses every runtime and every reopening (office-js#4303): sessionData lives as long as this compose window, custom properties
 * and the `x-` header travel with the item, also into copies of it. Marks are hints; what is true the service says.
 * Beside it, in this window's session alone, what the pane read in files that the event handler cannot read. ES2016 library only.
 */
import { isRefused, type Refused } from '../refusal.ts';
import { call } from './call.ts';

export interface Stamp {
  /** `ho_…` */
  readonly id: string;
  /** RFC 3339 time of the receipt; absent while nothing is committed */
  readonly committed?: string;
  /** this very compose window wrote it; otherwise it was reopened, copied or resent */
  readonly here: boolean;
}

/** RFC 6648 discourages new `x-` names, but Outlook lets add-ins write no others. */
const ID_HEADER = 'x-send-secure-id';
const STATE_HEADER = 'x-send-secure-state';
/** the event handler's line above the draft */
export const HINT = 'sendSecureHint';
const KEY = 'sendSecure';
const ID = /^ho_[0-9a-zA-Z-]{16,64}$/;

type Marked = Pick<Office.MessageCompose, 'sessionData' | 'internetHeaders' | 'loadCustomPropertiesAsync'>;

function parse(written: unknown, here: boolean): Stamp | null {
  if (typeof written !== 'string' || written === '') return null;
  const [id, committed] = written.split(' ');
  if (!id || !ID.test(id)) return null;
  return committed ? { id, committed, here } : { id, here };
}

/** The mark of this window first; else what came with the item. `null` when there is none or it cannot be read. */
export async function readStamp(item: Marked, patience?: number): Promise<Stamp | null> {
  if (item.sessionData) {
    const session = await call<string>((done) => item.sessionData.getAsync(KEY, done), patience);
    const stamp = isRefused(session) ? null : parse(session, true);
    if (stamp) return stamp;
  }
  if (item.internetHeaders) {
    const headers = await call<{ [name: string]: string }>((done) => item.internetHeaders.getAsync([ID_HEADER, STATE_HEADER], done), patience);
    if (!isRefused(headers) && headers) {
      const stamp = parse(`${headers[ID_HEADER] || ''} ${headers[STATE_HEADER] || ''}`.trim(), false);
      if (stamp) return stamp;
    }
  }
  const properties = await call<Office.CustomProperties>((done) => item.loadCustomPropertiesAsync(done), patience);
  return isRefused(properties) || !properties ? null : parse(properties.get(KEY), false);
}

/** What files say, by the fingerprint of what Outlook hands out for them (`extract/extract.ts`). */
export type Words = { readonly [fingerprint: string]: string };
const WORDS = 'sendSecureWords';
/** Outlook keeps 50,000 characters for all of an add-in; never with the draft itself. */
const WORDS_AT_MOST = 45_000;

/** Leaves them for the event handler, as far as there is room: what is left out is unread there. */
export async function leaveWords(item: Pick<Marked, 'sessionData'>, words: Words): Promise<null | Refused> {
  if (!item.sessionData) return null;
  const room: { [fingerprint: string]: string } = {};
  for (const name of Object.keys(words)) {
    room[name] = words[name] || '';
    if (JSON.stringify(room).length > WORDS_AT_MOST) delete room[name];
  }
  const left = await call<void>((done) => item.sessionData.setAsync(WORDS, JSON.stringify(room), done));
  return isRefused(left) ? left : null;
}

export async function leftWords(item: Pick<Marked, 'sessionData'>, patience: number): Promise<Words> {
  const left = item.sessionData ? await call<string>((done) => item.sessionData.getAsync(WORDS, done), patience) : '';
  try {
    const words: unknown = isRefused(left) || typeof left !== 'string' ? null : JSON.parse(left);
    return words !== null && typeof words === 'object' ? words as Words : {};
  } catch {
    return {};
  }
}

/** Writes the mark everywhere it can. Only a mark that was written nowhere is a refusal. */
export async function writeStamp(item: Marked, id: string, committed?: string): Promise<null | Refused> {
  const line = committed ? `${id} ${committed}` : id;
  const answers: (Refused | unknown)[] = [];
  if (item.sessionData) answers.push(await call<void>((done) => item.sessionData.setAsync(KEY, line, done)));
  if (item.internetHeaders) {
    const headers: { [name: string]: string } = { [ID_HEADER]: id };
    if (committed) headers[STATE_HEADER] = committed;
    else await call<void>((done) => item.internetHeaders.removeAsync([STATE_HEADER], done));
    answers.push(await call<void>((done) => item.internetHeaders.setAsync(headers, done)));
  }
  const properties = await call<Office.CustomProperties>((done) => item.loadCustomPropertiesAsync(done));
  if (isRefused(properties)) answers.push(properties);
  else {
    properties.set(KEY, line);
    answers.push(await call<void>((done) => properties.saveAsync(done)));
  }
  const bad = answers.filter(isRefused);
  return bad.length === answers.length ? (bad[0] as Refused) : null;
}
