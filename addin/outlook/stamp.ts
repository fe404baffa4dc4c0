/**
 * The mark on a draft: which hand-over it belongs to, and whether that one was committed. Three places, because none of them
 * crosses every runtime and every reopening (office-js#4303): sessionData lives as long as this compose window, custom properties
 * and the `x-` header travel with the item, also into copies of it. Marks are hints; what is true the service says.
 * ES2016 library only.
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
