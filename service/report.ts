/**
 * The quiet twin of `route.ts`: looks into several rooms, never writes.
 */
import type { Readable } from 'node:stream';
import type { AttachmentFact } from '../shared/draft/draft.ts';
import type { MessageContent, MessageList, MessageTimeline } from '../shared/wire/timeline.ts';
import type { Person } from './people/people.ts';
import type { WireRefusal } from './route.ts';

export interface Report {
  /** newest first; an author sees the own, compliance all (without subjects and addresses) */
  messages(reader: Person, cursor: string | null, limit: number): Promise<MessageList | WireRefusal>;
  message(reader: Person, id: string): Promise<MessageTimeline | WireRefusal>;
  content(author: Person, id: string): Promise<MessageContent | WireRefusal>;
  attachment(author: Person, id: string, n: number): Promise<{ readonly fact: AttachmentFact; readonly bytes: Readable } | WireRefusal>;
}
