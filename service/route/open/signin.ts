/**
 * The recipient opens a copy by a sign-in at their own provider. The address it proved must be the one written to; every other account, and a
 * link that does not exist, is answered alike.
 */
import { normalAddress } from '../../../shared/draft/address.ts';
import type { Handoff } from '../../handoff/handoff.ts';
import { signInCounts, type Pickup } from '../../pickup/pickup.ts';
import type { SignIn } from '../../pickup/signin/signin.ts';
import { isRefusal, refuse } from '../../refusal.ts';
import type { Open } from '../recipient.ts';
import { ownerOf, type House } from '../house.ts';

export function openOwnSignIn(house: House, { handoff, pickup, signIn }: { readonly handoff: Handoff; readonly pickup: Pickup; readonly signIn: SignIn }): Pick<Open, 'startSignIn' | 'enterBySignIn'> {
  const route = house.store.room<typeof import('../route.sql.ts')>('route');
  return {
    startSignIn: (provider, asked) => signIn.start(provider, asked),

    async enterBySignIn(token, provider, answered, asked) {
      // Asked first, so that it takes as long for a link that does not exist.
      const proved = await signIn.finish(provider, answered, asked);
      const copy = await pickup.find(token);
      const row = copy?.state === 'open' ? await handoff.room.read.message({ id: copy.message }) : undefined;
      if (!copy || !row) return isRefusal(proved) ? proved : refuse('sign-in-other');
      const to = (await handoff.evidenceOf(row)).evidence.recipients[copy.n];
      const key = await handoff.evidenceKey(row);
      const event = (type: string, outcome: 'ok' | 'denied', facts: { [name: string]: string }) =>
        [house.audit.prepare({ type, outcome, actor: { kind: 'recipient', id: copy.item }, message: copy.message, item: copy.item, facts: { ...facts, way: 'sign-in', provider } }, key)];
      const no = isRefusal(proved) ? proved : to === undefined || normalAddress(to.address) !== proved.address || !signInCounts(copy) ? refuse('sign-in-other') : null;
      if (no !== null) {
        await route.write.note({ events: event('portal.access_denied', 'denied', { code: no.code }) });
        return no;
      }
      const { session, args } = pickup.makeEntry(copy, 'sign-in', to === undefined ? '' : ownerOf(house, to.address));
      const entered = await route.write.enterBySignIn({ entry: args, events: event('portal.authenticated', 'ok', copy.purpose === 'answer' ? { purpose: 'answer' } : {}) });
      return entered ? { kind: 'entered', session } : refuse('sign-in-failed');
    },
  };
}
