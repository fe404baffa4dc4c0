/**
 * What the addressed person wants: language, mobile number, the secure page, a key of their own. What could be turned against them (number, key)
 * takes more than a code in the mailbox, and the mailbox is told of it. A key counts no more than a proved connection until staff confirm it.
 */
import { bytesOf, type Keys } from '../../keys/keys.ts';
import { confirmed } from '../../../shared/plan/capability.ts';
import { Phone } from '../../../shared/wire/contact.ts';
import type { FullMessage } from '../../handoff/content.ts';
import type { Handoff } from '../../handoff/handoff.ts';
import { rankOf, type Pickup, type Session } from '../../pickup/pickup.ts';
import type { Queue } from '../../queue/queue.ts';
import { isRefusal, refuse } from '../../refusal.ts';
import type { Open, Wanted } from '../recipient.ts';
import type { Language } from '../../words/words.ts';
import type { Topic } from '../../../shared/plan/capability.ts';
import type { House } from '../house.ts';
import { changedMail } from '../mail/mail.ts';
import type { Change } from '../route.sql.ts';

/** A code in the mailbox proves that mailbox and nothing else. */
const MORE = 2;

interface Place { readonly copy: Session; readonly full: FullMessage; readonly address: string }

export function openPrefer(house: House & { readonly keys: Pick<Keys, 'capabilities' | 'importKey' | 'prefer'> }, { handoff, pickup, queue }: { readonly handoff: Handoff; readonly pickup: Pickup; readonly queue: Queue }): Pick<Open, 'preferences' | 'prefer'> {
  const route = house.store.room<typeof import('../route.sql.ts')>('route');

  /** The addressed person alone: who stands in reads, and wants nothing for them. */
  async function placeOf(session: string): Promise<Place | null> {
    const copy = await pickup.session(session);
    const loaded = isRefusal(copy) || copy.reader !== '' ? null : await handoff.load(copy.message);
    if (isRefusal(copy) || !loaded?.full) return null;
    const to = loaded.full.evidence.recipients[copy.n];
    return to === undefined ? null : { copy, full: loaded.full, address: to.address };
  }
  const sure = ({ copy }: Place): boolean => rankOf(copy.way.replace(/^passkey\//, '')) >= MORE;
  const by = ({ copy }: Place) => ({ kind: 'recipient', id: copy.item }) as const;

  /** One change with its event and, for what could be turned against them, the mail that tells their mailbox. */
  async function changing(place: Place, what: 'language' | 'way' | 'phone' | 'key' | 'plain'): Promise<(change: Change) => Promise<boolean>> {
    const { copy, full, address } = place;
    const [reached] = await house.contact.of([address]);
    const about = { message: full.id, evidence: full.keys.evidence, to: { address } };
    return async (change) => {
      const changed = await route.write.prefer({
        change, mails: what === 'phone' || what === 'key' || what === 'plain' ? [changedMail(house, about, what, reached?.language ?? 'en')] : [],
        events: [house.audit.prepare({ type: 'portal.preference_changed', outcome: 'ok', actor: by(place), message: full.id, item: copy.item, facts: { what, way: copy.way } }, full.keys.evidence)],
      });
      if (changed) queue.wake();
      return changed;
    };
  }

  return {
    async preferences(session) {
      const place = await placeOf(session);
      if (place === null) return null;
      const [[capability], [reached], [plain]] = [await house.keys.capabilities([place.address]), await house.contact.of([place.address]), await house.choices.of([place.address])];
      const keys = (['smime', 'pgp'] as const).flatMap((kind) => {
        const key = capability?.[kind];
        return key === undefined || key.unusable !== undefined ? [] : [{ kind, confirmed: confirmed(key.trust) }];
      });
      return {
        address: place.address, language: reached?.language ?? null, phoneEnds: reached?.phone?.slice(-2) ?? null, texts: house.contact.gateway !== null,
        prefers: capability?.prefers ?? null, keys, sure: sure(place),
        plain: { topics: plain?.topics ?? [], since: plain?.since ?? null, version: house.choices.warning('en').version, warning: (language) => house.choices.warning(language).text },
      };
    },

    async prefer(session, wanted: Wanted) {
      const place = await placeOf(session);
      if (place === null) return refuse('session-ended');
      // An answer to a question proves nobody: whoever came by it changes nothing.
      if (rankOf(place.copy.way.replace(/^passkey\//, '')) === 0) return refuse('preference-weak');
      const { address } = place;
      const choose = async (topics: readonly Topic[], language: Language) => {
        const write = await changing(place, 'plain');
        await house.choices.choose({ address, topics, language, way: place.copy.way, by: by(place) }, (to) => write({ of: 'choice', to }));
      };
      if ('language' in wanted) {
        const write = await changing(place, 'language');
        await house.contact.record({ address, language: wanted.language, by: by(place) }, (to) => write({ of: 'contact', to }));
      } else if ('prefers' in wanted) {
        const write = await changing(place, 'way');
        await house.keys.prefer({ address, prefers: wanted.prefers, source: 'recipient', by: by(place) }, (to) => write({ of: 'way', to }));
      } else if ('read' in wanted && wanted.topics.length === 0 && wanted.read === '') {
        // Back to protection takes nothing but the mailbox.
        await choose([], wanted.shown);
      } else if (!sure(place)) {
        return refuse('preference-weak');
      } else if ('read' in wanted) {
        if (wanted.topics.length === 0 || wanted.read !== house.choices.warning(wanted.shown).version) return refuse('preference-plain');
        await choose(wanted.topics, wanted.shown);
      } else if ('phone' in wanted) {
        const phone = wanted.phone === null ? null : wanted.phone.replace(/[\s().-]/g, '');
        if (phone !== null && !Phone.safeParse(phone).success) return refuse('preference-phone');
        const write = await changing(place, 'phone');
        await house.contact.record({ address, phone, by: by(place) }, (to) => write({ of: 'contact', to }));
      } else {
        const bytes = bytesOf(wanted.key);
        const write = await changing(place, 'key');
        const taken = bytes === null ? refuse('key-malformed') : await house.keys.importKey({ address, bytes, trust: 'uploaded', source: 'recipient', by: by(place) }, { insert: (to) => write({ of: 'key', to }), again: (to) => write({ of: 'known-key', to }) });
        if (isRefusal(taken)) return refuse('preference-key');
      }
      return { kind: 'changed' };
    },
  };
}
