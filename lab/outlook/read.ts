/** `Office.context.mailbox.item` of a message that came: plain values, nothing to write. */
import { OfficeFailure } from './call.ts';
import { details, htmlToText } from './compose.ts';
import type { Item } from './item.ts';
import type { Host } from './office.ts';
import { customProperties, handlers, notifications } from './properties.ts';

type Args = unknown[];

export function readItem(host: Host, item: Item): object {
  return {
    itemType: item.kind,
    itemClass: 'IPM.Note',
    itemId: item.itemId,
    internetMessageId: item.internetMessageId,
    conversationId: item.conversationId,
    subject: item.subject,
    normalizedSubject: item.subject.replace(/^(?:(?:re|fwd?):\s*)+/i, ''),
    from: details(item.from),
    sender: details(item.from),
    to: item.to.map(details),
    cc: item.cc.map(details),
    dateTimeCreated: new Date(item.at),
    dateTimeModified: new Date(item.at),
    attachments: item.attachments.map((a) => ({ attachmentType: 'file', contentType: a.contentType, id: a.id, isInline: a.inline, name: a.name, size: a.size })),
    body: {
      getAsync: (...args: Args) => host.call('item.body.getAsync', args, 1, ([coercion]) => (coercion === 'html' ? item.html : htmlToText(item.html))),
    },
    getAllInternetHeadersAsync: (...args: Args) => host.call('item.getAllInternetHeadersAsync', args, 0, () => item.rawHeaders),
    getAttachmentContentAsync: (...args: Args) => host.call('item.getAttachmentContentAsync', args, 1, ([id]) => {
      const found = item.attachments.find((a) => a.id === id);
      if (found === undefined) throw new OfficeFailure(9003);
      return { content: found.content, format: found.format };
    }),
    getInitializationContextAsync: (...args: Args) => host.call('item.getInitializationContextAsync', args, 0, () => item.initialContext),
    displayReplyForm: () => { host.mailbox.form({ composeType: 'reply', to: [item.from], subject: `Re: ${item.subject}`, inReplyTo: item.internetMessageId }); },
    notificationMessages: notifications(host, item),
    ...customProperties(host, item),
    ...handlers(host),
  };
}
