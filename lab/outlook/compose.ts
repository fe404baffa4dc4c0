/** `Office.context.mailbox.item` of a draft or an invitation being written. */
import { OfficeFailure } from './call.ts';
import { decodedSize, type Item, type ItemAttachment, type ItemPerson, type Line, type PersonStart } from './item.ts';
import type { Host } from './office.ts';
import { customProperties, handlers, internetHeaders, notifications, sessionData } from './properties.ts';

type Args = unknown[];
/** Outlook on the web: 25 MB an attachment, 500 recipients a line read by the add-in. */
const ATTACHMENT_BYTES = 25 * 1024 * 1024;
const RECIPIENTS = 500;

/** Text as Outlook on the web coerces it: blocks end lines, the rest is lost. */
export function htmlToText(html: string): string {
  return html
    .replace(/<(style|script)[\s\S]*?<\/\1>/gi, '')
    .replace(/<br\s*\/?>|<\/(p|div|li|tr|h[1-6]|blockquote|table)>/gi, '\n')
    .replace(/<[^>]*>/g, '')
    .replace(/&nbsp;/g, ' ').replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&quot;/g, '"').replace(/&#39;/g, "'").replace(/&amp;/g, '&')
    .replace(/\n{3,}/g, '\n\n').trim();
}

function textToHtml(text: string): string {
  const safe = text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  return safe.split('\n').map((line) => `<div>${line === '' ? '<br>' : line}</div>`).join('');
}

export function details(person: ItemPerson): object {
  return { displayName: person.name, emailAddress: person.address, recipientType: person.address === '' || person.list ? 'distributionList' : 'externalUser', appointmentResponse: 'none' };
}

function given(entries: unknown): PersonStart[] {
  return (entries as readonly (string | { displayName?: string; emailAddress: string })[]).map((e) =>
    typeof e === 'string' ? e : { ...(e.displayName === undefined ? {} : { name: e.displayName }), address: e.emailAddress });
}

function recipients(host: Host, item: Item, line: Line, name: string): object {
  return {
    getAsync: (...args: Args) => host.call(`item.${name}.getAsync`, args, 0, () => item[line].filter((p) => p.resolved).slice(0, RECIPIENTS).map(details)),
    setAsync: (...args: Args) => host.call(`item.${name}.setAsync`, args, 1, ([entries]) => { host.mailbox.setRecipients(item, line, given(entries)); }),
    addAsync: (...args: Args) => host.call(`item.${name}.addAsync`, args, 1, ([entries]) => { host.mailbox.setRecipients(item, line, [...item[line], ...given(entries)]); }),
  };
}

function body(host: Host, item: Item): object {
  return {
    getAsync: (...args: Args) => host.call('item.body.getAsync', args, 1, ([coercion], _options, struck) => {
      const html = struck?.kind === 'stale' ? item.formerHtml : item.html;
      return coercion === 'html' ? html : htmlToText(html);
    }),
    setAsync: (...args: Args) => host.call('item.body.setAsync', args, 1, ([text], options) => {
      host.mailbox.write(item, { html: options['coercionType'] === 'html' ? String(text) : textToHtml(String(text)) });
    }),
    prependAsync: (...args: Args) => host.call('item.body.prependAsync', args, 1, ([text], options) => {
      host.mailbox.write(item, { html: (options['coercionType'] === 'html' ? String(text) : textToHtml(String(text))) + item.html });
    }),
    getTypeAsync: (...args: Args) => host.call('item.body.getTypeAsync', args, 0, () => 'html'),
  };
}

function listed(a: ItemAttachment): object {
  const attachmentType = a.format === 'url' ? 'cloud' : a.format === 'base64' ? 'file' : 'item';
  return { attachmentType, contentId: a.contentId ?? '', id: a.id, isInline: a.inline, name: a.name, size: a.size, ...(a.format === 'url' ? { url: a.content } : {}) };
}

function attachments(host: Host, item: Item): object {
  return {
    getAttachmentsAsync: (...args: Args) => host.call('item.getAttachmentsAsync', args, 0, () => item.attachments.map(listed)),
    getAttachmentContentAsync: (...args: Args) => host.call('item.getAttachmentContentAsync', args, 1, ([id], _options, struck) => {
      const found = item.attachments.find((a) => a.id === id);
      if (found === undefined) throw new OfficeFailure(9003);
      return { content: struck?.kind === 'empty' ? '' : found.content, format: found.format };
    }),
    removeAttachmentAsync: (...args: Args) => host.call('item.removeAttachmentAsync', args, 1, ([id]) => {
      if (!host.mailbox.detach(item, String(id))) throw new OfficeFailure(9008);
    }),
    addFileAttachmentFromBase64Async: (...args: Args) => host.call('item.addFileAttachmentFromBase64Async', args, 2, ([content, name], options) => {
      if (decodedSize(String(content)) > ATTACHMENT_BYTES) throw new OfficeFailure(9000);
      return host.mailbox.attach(item, { name: String(name), content: String(content), inline: options['isInline'] === true }).id;
    }),
  };
}

export function composeItem(host: Host, item: Item): object {
  const { mailbox } = host;
  const shared = {
    itemType: item.kind,
    conversationId: item.conversationId,
    subject: {
      getAsync: (...args: Args) => host.call('item.subject.getAsync', args, 0, () => item.subject),
      setAsync: (...args: Args) => host.call('item.subject.setAsync', args, 1, ([subject]) => {
        if (String(subject).length > 255) throw new OfficeFailure(9002);
        mailbox.write(item, { subject: String(subject) });
      }),
    },
    body: body(host, item),
    ...attachments(host, item),
    saveAsync: (...args: Args) => host.call('item.saveAsync', args, 0, () => mailbox.save(item)),
    // Success may never be heard: the surface goes away with its item.
    closeAsync: (...args: Args) => host.call('item.closeAsync', args, 0, (_required, options) => { mailbox.close(item, options['discardItem'] === true); }),
    close: () => { mailbox.close(item, false); },
    getItemIdAsync: (...args: Args) => host.call('item.getItemIdAsync', args, 0, () => {
      if (item.itemId === null) throw new OfficeFailure(9020);
      return item.itemId;
    }),
    getInitializationContextAsync: (...args: Args) => host.call('item.getInitializationContextAsync', args, 0, () => item.initialContext),
    notificationMessages: notifications(host, item),
    sessionData: sessionData(host, item),
    categories: { getAsync: (...args: Args) => host.call('item.categories.getAsync', args, 0, () => item.categories.map((displayName) => ({ displayName, color: 'Preset0' }))) },
    sensitivityLabel: { getAsync: (...args: Args) => host.call('item.sensitivityLabel.getAsync', args, 0, () => item.label) },
    ...customProperties(host, item),
    ...handlers(host),
  };
  if (item.kind === 'appointment') {
    const time = (name: 'start' | 'end') => ({
      getAsync: (...args: Args) => host.call(`item.${name}.getAsync`, args, 0, () => new Date(item[name])),
      setAsync: (...args: Args) => host.call(`item.${name}.setAsync`, args, 1, ([at]) => { mailbox.write(item, { [name]: (at as Date).getTime() }); }),
    });
    return {
      ...shared,
      requiredAttendees: recipients(host, item, 'to', 'requiredAttendees'),
      optionalAttendees: recipients(host, item, 'cc', 'optionalAttendees'),
      organizer: { getAsync: (...args: Args) => host.call('item.organizer.getAsync', args, 0, () => details(item.from)) },
      location: { getAsync: (...args: Args) => host.call('item.location.getAsync', args, 0, () => item.location), setAsync: (...args: Args) => host.call('item.location.setAsync', args, 1, ([place]) => { mailbox.write(item, { location: String(place) }); }) },
      start: time('start'),
      end: time('end'),
    };
  }
  return {
    ...shared,
    to: recipients(host, item, 'to', 'to'),
    cc: recipients(host, item, 'cc', 'cc'),
    bcc: recipients(host, item, 'bcc', 'bcc'),
    from: {
      getAsync: (...args: Args) => host.call('item.from.getAsync', args, 0, () => details(item.from)),
      setAsync: (...args: Args) => host.call('item.from.setAsync', args, 1, ([from]) => { mailbox.write(item, { from: given([from])[0] ?? item.from }); }),
    },
    inReplyTo: item.inReplyTo,
    internetHeaders: internetHeaders(host, item),
    getComposeTypeAsync: (...args: Args) => host.call('item.getComposeTypeAsync', args, 0, () => ({ composeType: item.composeType, coercionType: 'html' })),
    getConversationIndexAsync: (...args: Args) => host.call('item.getConversationIndexAsync', args, 0, () => item.conversationId),
    getItemClassAsync: (...args: Args) => host.call('item.getItemClassAsync', args, 0, () => 'IPM.Note'),
  };
}
