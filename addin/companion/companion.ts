/**
 * The companion service, as the add-in calls it: the only folder that does. Typed by `shared/wire`, every answer parsed.
 * It never keeps a draft, never writes one anywhere but into the request, and never repeats a commit whose answer it did not get.
 */
import { Accepted, HandoffState, Plan, type CommitRequest, type HandoffRequest, type PlanRequest } from '../../shared/wire/handoff.ts';
import type { ActivePolicy } from '../../shared/wire/active.ts';
import type { FalsePositiveRequest } from '../../shared/wire/falsepositive.ts';
import { OwnRulesAnswer } from '../../shared/wire/rules.ts';
import type { Reveal } from '../../shared/wire/certificate.ts';
import { Held, MessageContent, MessageList, MessageTimeline, PortalCopy, Recalled, Released, type ReleaseRequest } from '../../shared/wire/timeline.ts';
import { isRefused, refused, type Refused } from '../refusal.ts';
import { openCaller, type Answer, type Send } from './call.ts';
import type { Tokens } from './token.ts';

export interface Companion {
  plan(request: PlanRequest): Promise<Plan | Refused>;
  rules(): Promise<OwnRulesAnswer | Refused>;
  /** `schema`: of the chunk that asks, where it weighs nothing before the pane stands; `met`: with whom its author wrote to before */
  policy(schema: typeof ActivePolicy, met: boolean): Promise<ActivePolicy | Refused>;
  stage(request: HandoffRequest): Promise<HandoffState | Refused>;
  part(id: string, sha256: string, bytes: Uint8Array<ArrayBuffer>, progress: (sent: number) => void): Promise<null | Refused>;
  /** `no-answer`: ask `handoff` */
  commit(id: string, request: CommitRequest): Promise<Answer<Accepted>>;
  /** null when the service knows nothing of it */
  handoff(id: string): Promise<HandoffState | null | Refused>;
  messages(cursor: string | null): Promise<MessageList | Refused>;
  message(id: string): Promise<MessageTimeline | Refused>;
  content(id: string): Promise<MessageContent | Refused>;
  attachment(id: string, n: number): Promise<Blob | Refused>;
  recall(id: string): Promise<Recalled | Refused>;
  held(id: string): Promise<Held | Refused>;
  /** `plan-changed`: look at `held` again */
  release(id: string, request: ReleaseRequest): Promise<Released | Refused>;
  /** a PDF, or the archive that checks itself */
  certificate(id: string, form: 'paper' | 'bundle', reveal: readonly Reveal[]): Promise<Blob | Refused>;
  /** what its author does with recipient `n`'s copy on the secure page */
  copy(id: string, n: number, what: 'extend' | 'resend' | 'stronger' | 'posted', json?: object): Promise<PortalCopy | Refused>;
  decide(id: string, n: number, reader: string, allowed: boolean): Promise<PortalCopy | Refused>;
  /** a finding is called wrong; nothing of the text goes along */
  dispute(finding: FalsePositiveRequest): Promise<null | Refused>;
  signIn(): Promise<null | Refused>;
  /** the browser says that its network came or went: look at once */
  network(up: boolean): void;
  /** told whenever the service starts or stops answering */
  reach(listen: (reached: boolean) => void): void;
}

function plain<T>(answer: Answer<T>): T | Refused {
  return (answer as { kind?: unknown } | undefined)?.kind === 'plan-changed' ? refused('plan-changed') : (answer as T | Refused);
}

const PROBE = [2_000, 5_000, 10_000, 20_000, 30_000];

export function openCompanion({ origin, send, tokens, wait, uuid }: {
  origin: string; send: Send; tokens: Tokens; wait: (ms: number) => Promise<void>; uuid: () => string;
}): Companion {
  const road = { reached: true };
  let probing = false;
  let hurry: () => void = () => {};
  const listeners: ((reached: boolean) => void)[] = [];
  const up = () => send(`${origin}/healthz`, { method: 'GET', headers: {} }).then((a) => a.ok, () => false);
  const tell = (now: boolean) => {
    if (now !== road.reached) {
      road.reached = now;
      for (const listen of listeners) listen(now);
    }
    if (!now) void probe();
  };
  /** Asks the way to the service, not the service about anything; slower and slower while there is none. */
  async function probe(): Promise<void> {
    if (probing) return;
    probing = true;
    for (let turn = 0; !road.reached; turn += 1) {
      await Promise.race([wait(PROBE[Math.min(turn, PROBE.length - 1)] as number), new Promise<void>((now) => { hurry = now; })]);
      if (await up()) tell(true);
    }
    probing = false;
  }
  const { ask, raw } = openCaller({ base: `${origin}/api/v1`, send, tokens, wait, up, onReach: tell });
  const at = (id: string) => encodeURIComponent(id);
  return {
    plan: async (json) => plain(await ask({ method: 'POST', path: '/plan', schema: Plan, json, key: uuid() })),
    rules: async () => plain(await ask({ method: 'GET', path: '/rules', schema: OwnRulesAnswer })),
    policy: async (schema, met) => plain(await ask({ method: 'GET', path: met ? '/policy?met=1' : '/policy', schema })),
    stage: async (json) => plain(await ask({ method: 'POST', path: '/handoffs', schema: HandoffState, json, key: uuid() })),
    async part(id, sha256, bytes, progress) {
      const answer = await ask({ method: 'PUT', path: `/handoffs/${at(id)}/parts/${sha256}`, schema: null, bytes, progress });
      return isRefused(answer) ? answer : null;
    },
    commit: (id, json) => ask({ method: 'POST', path: `/handoffs/${at(id)}/commit`, schema: Accepted, json, key: uuid(), repeat: false }),
    async handoff(id) {
      const answer = plain(await ask({ method: 'GET', path: `/handoffs/${at(id)}`, schema: HandoffState }));
      return isRefused(answer) && answer.code === 'not-found' ? null : answer;
    },
    messages: async (cursor) => plain(await ask({ method: 'GET', path: `/messages${cursor ? `?cursor=${at(cursor)}` : ''}`, schema: MessageList })),
    message: async (id) => plain(await ask({ method: 'GET', path: `/messages/${at(id)}`, schema: MessageTimeline })),
    content: async (id) => plain(await ask({ method: 'GET', path: `/messages/${at(id)}/content`, schema: MessageContent })),
    async attachment(id, n) {
      const answer = await raw(`/messages/${at(id)}/attachments/${n}`);
      return isRefused(answer) ? answer : answer.blob();
    },
    recall: async (id) => plain(await ask({ method: 'POST', path: `/messages/${at(id)}/recall`, schema: Recalled, key: uuid() })),
    held: async (id) => plain(await ask({ method: 'GET', path: `/messages/${at(id)}/held`, schema: Held })),
    release: async (id, json) => plain(await ask({ method: 'POST', path: `/messages/${at(id)}/release`, schema: Released, json, key: uuid(), repeat: false })),
    async certificate(id, form, reveal) {
      const answer = await raw(`/messages/${at(id)}/certificate/${form}${reveal.length === 0 ? '' : `?reveal=${reveal.join(',')}`}`, 'POST');
      return isRefused(answer) ? answer : answer.blob();
    },
    copy: async (id, n, what, json = {}) => plain(await ask({ method: 'POST', path: `/messages/${at(id)}/recipients/${n}/${what}`, schema: PortalCopy, json, key: uuid() })),
    decide: async (id, n, reader, allowed) => plain(await ask({ method: 'POST', path: `/messages/${at(id)}/recipients/${n}/readers/${at(reader)}`, schema: PortalCopy, json: { allowed }, key: uuid() })),
    async dispute(json) {
      const answer = await ask({ method: 'POST', path: '/false-positives', schema: null, json, key: uuid() });
      return isRefused(answer) ? answer : null;
    },
    async signIn() {
      const token = await tokens.ask();
      return isRefused(token) ? token : null;
    },
    network: (up) => { if (up) hurry(); else tell(false); },
    reach: (listen) => { listeners.push(listen); },
  };
}
