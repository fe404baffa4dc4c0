/** What a domain's channel has proved, for the plan and for the delivery. RFC 7672, RFC 8461 are proved elsewhere; here it is remembered, and never goes down unseen. */
import type { Capability } from '../../../shared/plan/capability.ts';
import type { EventDraft, PreparedEvent } from '../../audit/audit.ts';
import type { Store } from '../../store/store.ts';
import type { World } from '../../world.ts';
import type { ChannelRow } from './channel.sql.ts';

export interface Channels {
  /** this MX host has served this domain unchanged for thirty days, in our own records of at least three of them */
  served(domain: string, host: string): Promise<boolean>;
  /** the best its channel has proved, which never goes down without a hold and an alert */
  provedBefore(domain: string): Promise<'A' | 'B' | null>;
  /** an administrator takes what the domain shows now for the new level; false where nothing was proved before */
  lower(ask: { readonly domain: string; readonly by: EventDraft['actor'] }): Promise<boolean>;
}

export interface Road {
  /** outside mail goes through a smart host, and what that proves of the way beyond it */
  readonly relay?: 'none' | 'first-hop' | 'declared' | 'requiretls';
  /** domains whose mail does not go through it */
  readonly direct?: readonly string[];
}

interface ChannelParts extends Road {
  readonly store: Store;
  readonly world: Pick<World, 'now'>;
  readonly events: (draft: EventDraft) => Promise<PreparedEvent[]>;
}

/** Seen on so many days between: who forges an answer once and again a month later has not stood there unchanged. */
const SETTLED_DAYS = 3;
const DAY = 86_400_000;
const SETTLED = 30 * DAY;

export function openChannels({ store, world, events, relay = 'none', direct = [] }: ChannelParts): Channels & { readonly before: (domain: string, channel: ChannelRow | null) => Capability['tls'] } {
  const room = store.room<typeof import('../keys.sql.ts')>('keys');
  return {
    /** A channel that failed is tried again after a day: servers are mended. */
    before(domain, channel) {
      if (relay === 'first-hop' && !direct.includes(domain)) return 'first-hop-only';
      if (relay !== 'none' && !direct.includes(domain)) return relay === 'declared' ? 'relay-declared' : 'relay-asked';
      if (channel === null) return 'unknown';
      if (channel.proved === 1) return 'proved-before';
      return world.now() - channel.seen < DAY ? 'failed-before' : 'unknown';
    },
    async served(domain, host) {
      const known = (await room.read.hosts({ domain: domain.toLowerCase() })).find((row) => row.host === host.toLowerCase());
      return known !== undefined && known.days >= SETTLED_DAYS && world.now() - known.since >= SETTLED;
    },
    async provedBefore(domain) {
      return (await room.read.channel({ domain: domain.toLowerCase() }))?.best || null;
    },
    async lower({ domain, by }) {
      return room.write.lower({ domain, events: await events({ type: 'channel.level_accepted', outcome: 'ok', actor: by, facts: {}, sealed: { domain } }) });
    },
  };
}
