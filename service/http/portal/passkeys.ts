/** Passkeys at the door: open with one, keep one, forget them. What the authenticator says comes in a form like every other, behind the same stamp. */
import type { Context } from 'hono';
import { isRefusal } from '../../refusal.ts';
import type { Open } from '../../route.ts';
import type { Edge } from '../guard.ts';
import type { Forms } from './form.ts';

export interface Door {
  post(tail: string, answer: (c: Context<Edge>, token: string, form: URLSearchParams) => Promise<Response>): void;
  readonly forms: Forms;
  readonly open: Open;
  /** 303 to a page of this link */
  again(c: Context<Edge>, to: string): Response;
  /** a refusal is not heard of sooner for a link that nobody has */
  judged<T extends object>(judge: () => Promise<T>): Promise<T>;
}

export function passkeys({ post, forms, open, again, judged }: Door): void {
  const placeOf = (c: Context<Edge>, token: string) => {
    const origin = forms.origin(c);
    return origin === null ? null : { origin, host: new URL(origin).hostname, ours: (challenge: string) => forms.challenged(c, token, challenge) };
  };

  post('/passkey', async (c, token, form) => {
    const place = placeOf(c, token);
    const entered = place === null ? null : await judged(() => open.enterByPasskey(token, form.get('answer') ?? '', place));
    if (entered === null || isRefusal(entered)) return again(c, entered?.code === 'passkey-weak' ? '?weak' : '?wrong');
    forms.keep(c, token, entered.session);
    forms.keepsPasskeys(c, [entered.passkey, ...forms.passkeys(c)]);
    return again(c, '/message');
  });

  post('/keep', async (c, token, form) => {
    const [place, session] = [placeOf(c, token), forms.session(c, token)];
    const kept = place === null || session === null ? null : await open.keepPasskey(session, form.get('answer') ?? '', place);
    if (kept === null || isRefusal(kept)) return again(c, '/message?wrong');
    forms.keepsPasskeys(c, [kept.passkey, ...forms.passkeys(c)]);
    return again(c, '/message?kept');
  });

  post('/forget', async (c, token) => {
    const session = forms.session(c, token);
    const all = session !== null && (await open.dropPasskeys(session));
    if (all) forms.keepsPasskeys(c, []);
    return again(c, `/message?${all ? 'dropped' : 'stronger'}`);
  });
}
