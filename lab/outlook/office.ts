/**
 * The `Office` global of one surface (a pane or an event runtime): context, enums, actions, events. Items: `compose.ts`, `read.ts`.
 * Shapes follow @types/office-js; numbers and strings follow the real library, checked against it where it could be run.
 */
import { failed, later, OfficeFailure, readCall, succeeded, type OutlookFault } from './call.ts';
import { composeItem } from './compose.ts';
import type { Item, ItemStart, PersonStart } from './item.ts';
import type { FakeMailbox } from './mailbox.ts';
import { readItem } from './read.ts';

type Handler = (event: never) => unknown;

export interface Surface {
  /** true when it shows one item for life, false when it follows the current one */
  readonly bound: boolean;
  gone: boolean;
  item(): Item | null;
  readonly actions: Map<string, (event: unknown) => void>;
  emit(type: string, event: object): void;
}

/** `work` may throw `OfficeFailure`; `struck` is a fault the work itself must act out (`stale`, `empty`). */
type Call = (name: string, args: readonly unknown[], required: number, work: (required: readonly unknown[], options: { readonly [name: string]: unknown }, struck: OutlookFault | null) => unknown) => void;

/** What the items are made of: the mailbox, the manner of calling, and the registry of this surface's handlers. */
export interface Host {
  readonly mailbox: FakeMailbox;
  readonly call: Call;
  on(type: string, handler: Handler): void;
  off(type: string): void;
}

const EVENT_TYPE = {
  ItemChanged: 'olkItemSelectedChanged', RecipientsChanged: 'olkRecipientsChanged', AttachmentsChanged: 'olkAttachmentsChanged', AppointmentTimeChanged: 'olkAppointmentTimeChanged',
  OfficeThemeChanged: 'officeThemeChanged', InfobarClicked: 'olkInfobarClicked', InitializationContextChanged: 'olkInitializationContextChanged', SensitivityLabelChanged: 'olkSensitivityLabelChanged',
};
const MAILBOX_ENUMS = {
  ItemType: { Message: 'message', Appointment: 'appointment' },
  RecipientType: { DistributionList: 'distributionList', ExternalUser: 'externalUser', Other: 'other', User: 'user' },
  AttachmentType: { Base64: 'base64', Cloud: 'cloud', File: 'file', Item: 'item' },
  AttachmentContentFormat: { Base64: 'base64', Eml: 'eml', ICalendar: 'iCalendar', Url: 'url' },
  AttachmentStatus: { Added: 'add', Removed: 'remove' },
  ComposeType: { Forward: 'forward', NewMail: 'newMail', Reply: 'reply' },
  ItemNotificationMessageType: { ErrorMessage: 'errorMessage', InformationalMessage: 'informationalMessage', InsightMessage: 'insightMessage', ProgressIndicator: 'progressIndicator' },
  ActionType: { ShowTaskPane: 'showTaskPane' },
  SendModeOverride: { PromptUser: 'promptUser' },
};

/** The sensitivity labels of the pretend organization; a label may stand under another. */
const SENSITIVITY = [
  { id: '1b6c-general', name: 'General', children: [] },
  { id: '7c1f-confidential', name: 'Confidential', children: [{ id: '7c20-staff', name: 'Staff only', children: [] }] },
];

function atLeast(has: string, wanted: string): boolean {
  const [a = 0, b = 0] = has.split('.').map(Number);
  const [c = 0, d = 0] = wanted.split('.').map(Number);
  return a > c || (a === c && b >= d);
}

/** `MessageForm` as `displayNewMessageForm` takes it. In-Reply-To cannot be given, as in Outlook. */
function formStart(form: Office.MessageForm): ItemStart {
  const people = (list: readonly (string | Office.EmailAddressDetails)[] | undefined): PersonStart[] =>
    (list ?? []).map((p) => (typeof p === 'string' ? p : { name: p.displayName, address: p.emailAddress }));
  const files = (form.attachments ?? []) as { type?: string; name?: string; base64file?: string; url?: string; isInline?: boolean }[];
  return {
    to: people(form.toRecipients), cc: people(form.ccRecipients), bcc: people(form.bccRecipients), subject: form.subject ?? '', html: form.htmlBody ?? '',
    attachments: files.map((f) => ({ name: f.name ?? 'attachment', content: f.base64file ?? f.url ?? '', format: f.base64file === undefined ? 'url' : 'base64', inline: f.isInline ?? false })),
  };
}

export function buildOffice(mailbox: FakeMailbox, bound: Item | null): { office: typeof Office; surface: Surface } {
  const handlers = new Map<string, Handler[]>();
  const surface: Surface = {
    bound: bound !== null,
    gone: false,
    item: () => bound ?? mailbox.current,
    actions: new Map(),
    emit: (type, event) => {
      for (const handler of handlers.get(type) ?? []) later(mailbox.settings.latency, () => { if (!surface.gone) handler(event as never); });
    },
  };

  function callOn(item: Item | null): Call {
    return (name, args, required, work) => {
      const asked = readCall(args, required);
      const fault = mailbox.struck(name);
      if (fault?.kind === 'throws') throw new TypeError("Cannot read properties of null (reading 'getAsync')");
      if (fault?.kind === 'silent') return;
      let result: unknown;
      try {
        if (fault?.kind === 'error') throw new OfficeFailure(fault.code);
        // A pinned pane keeps the proxies of the item it showed before: they fail.
        if (item !== null && (item.closed || surface.item() !== item)) throw new OfficeFailure(9030);
        result = succeeded(fault?.kind === 'value' ? fault.value : work(asked.required, asked.options, fault), asked.context);
      } catch (cause) {
        if (!(cause instanceof OfficeFailure)) throw cause;
        result = failed(cause.code, asked.context);
      }
      later(fault?.kind === 'delay' ? fault.ms : mailbox.settings.latency, () => { if (!surface.gone) asked.answer(result); });
    };
  }

  const registry = {
    on: (type: string, handler: Handler) => handlers.set(type, [...(handlers.get(type) ?? []), handler]),
    off: (type: string) => handlers.delete(type),
  };
  const proxies = new Map<Item, unknown>();
  function itemProxy(): unknown {
    const item = surface.item();
    if (item === null || item.closed) return null;
    const host: Host = { mailbox, call: callOn(item), on: registry.on, off: registry.off };
    if (!proxies.has(item)) proxies.set(item, item.mode === 'compose' ? composeItem(host, item) : readItem(host, item));
    return proxies.get(item);
  }

  const call = callOn(null);
  const { settings } = mailbox;
  const isSetSupported = (name: string, version = '1.1') =>
    name.toLowerCase() === 'mailbox' ? atLeast(settings.mailboxSet, version) : name === 'NestedAppAuth' ? settings.nestedAppAuth && atLeast('1.1', version) : false;

  const context = {
    mailbox: {
      get item() { return itemProxy(); },
      userProfile: { displayName: settings.name, emailAddress: settings.address, timeZone: 'UTC', accountType: 'office365' },
      diagnostics: { hostName: 'OutlookWebApp', hostVersion: '20261101.01', OWAView: 'ThreeColumns' },
      addHandlerAsync: (...args: unknown[]) => call('mailbox.addHandlerAsync', args, 2, ([type, handler]) => { registry.on(String(type), handler as Handler); }),
      removeHandlerAsync: (...args: unknown[]) => call('mailbox.removeHandlerAsync', args, 1, ([type]) => { registry.off(String(type)); }),
      displayNewMessageForm: (form: Office.MessageForm) => { mailbox.form(formStart(form)); },
      displayNewMessageFormAsync: (...args: unknown[]) => call('mailbox.displayNewMessageFormAsync', args, 1, ([form]) => { mailbox.form(formStart(form as Office.MessageForm)); }),
    },
    requirements: { isSetSupported },
    sensitivityLabelsCatalog: {
      getIsEnabledAsync: (...args: unknown[]) => call('sensitivityLabelsCatalog.getIsEnabledAsync', args, 0, () => true),
      getAsync: (...args: unknown[]) => call('sensitivityLabelsCatalog.getAsync', args, 0, () => SENSITIVITY),
    },
    get officeTheme() { return mailbox.theme; },
    roamingSettings: {
      get: (name: string) => mailbox.roaming.get(name),
      set: (name: string, value: unknown) => { mailbox.roaming.set(name, value); },
      remove: (name: string) => { mailbox.roaming.delete(name); },
      saveAsync: (...args: unknown[]) => call('roamingSettings.saveAsync', args, 0, () => undefined),
    },
    diagnostics: { host: 'Outlook', platform: 'OfficeOnline', version: '16.0.0.0' },
    host: 'Outlook',
    platform: 'OfficeOnline',
    displayLanguage: 'en-US',
    contentLanguage: 'en-US',
    ui: {
      openBrowserWindow: (url: string) => { (globalThis as { open?: (url: string, target: string, features: string) => void }).open?.(url, '_blank', 'noopener'); },
      closeContainer: () => { surface.gone = true; },
      displayDialogAsync: (...args: unknown[]) => call('ui.displayDialogAsync', args, 1, () => { throw new OfficeFailure(5001); }),
      messageParent: () => undefined,
    },
  };

  const ready = { host: 'Outlook', platform: 'OfficeOnline', addin: null };
  const office = {
    context,
    onReady: (then?: (info: unknown) => unknown) => Promise.resolve(ready).then((info) => { then?.(info); return info; }),
    isSetSupported,
    actions: { associate: (name: string, handler: (event: unknown) => void) => { surface.actions.set(name, handler); } },
    EventType: EVENT_TYPE,
    MailboxEnums: MAILBOX_ENUMS,
    AsyncResultStatus: { Succeeded: 'succeeded', Failed: 'failed' },
    CoercionType: { Text: 'text', Html: 'html' },
    HostType: { Outlook: 'Outlook' },
    PlatformType: { PC: 'PC', OfficeOnline: 'OfficeOnline', Mac: 'Mac', iOS: 'iOS', Android: 'Android' },
  };
  return { office: office as unknown as typeof Office, surface };
}
