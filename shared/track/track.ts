/**
 * Events of one recipient's copy → its status, in RFC 3464's words. Pure fold; order of events is their order in time.
 */
export type Status = 'queued' | 'relayed' | 'delayed' | 'failed' | 'delivered' | 'opened' | 'held' | 'recalled';
