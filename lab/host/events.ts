/**
 * Outlook's event runtime: a hidden page per open item that runs the add-in's handlers, and the rules of Smart Alerts around it
 * (Microsoft Learn, "Handle OnMessageSend and OnAppointmentSend events"). A handler that is missing or late never silently blocks or allows.
 */
import type { Item } from '../outlook/item.ts';
import type { Completed, FakeMailbox } from '../outlook/mailbox.ts';
import { askAlert } from './alert.ts';
import type { Frame, Host } from './host.ts';
import type { Manifest } from './manifest.ts';

export interface Events {
  raise(type: string, facts?: { readonly [name: string]: unknown }): void;
  /** true when the message may go by Outlook's own Send */
  maySend(): Promise<boolean>;
  drop(): void;
}

/** After this Outlook says that the add-in takes longer than expected. */
const PATIENCE = 5_000;

export function openEvents({ host, manifest, mailbox, item, openPane, say }: {
  readonly host: Host;
  readonly manifest: Manifest;
  readonly mailbox: FakeMailbox;
  readonly item: Item;
  /** `commandId` of a Smart Alert's or a notification's button */
  readonly openPane: (commandId: string, contextData: string) => void;
  readonly say: (text: string | null) => void;
}): Events {
  let frame: Frame | null = null;

  function runtime(): Frame {
    if (frame === null) {
      frame = host.frame(mailbox, item, manifest.eventPage, 'Event runtime');
      frame.element.hidden = true;
      document.body.append(frame.element);
    }
    return frame;
  }

  async function dispatch(type: string, facts: { readonly [name: string]: unknown }): Promise<Completed | null> {
    const launch = manifest.events[type];
    if (launch === undefined) return null;
    const { loaded, office } = runtime();
    if (!(await loaded)) return null;
    return mailbox.fire(office, launch.functionName, { type, ...facts });
  }

  async function unavailable(sendMode: string): Promise<boolean> {
    const may = sendMode !== 'Block';
    const choice = await askAlert(manifest.label, `${manifest.label} is not available and could not check this item.`, [
      { id: 'dont', label: 'Don\'t Send', primary: true }, ...(may ? [{ id: 'send' as const, label: 'Send Anyway' }] : []),
    ], 'dont');
    return choice === 'send';
  }

  return {
    raise(type, facts = {}) {
      void dispatch(type, facts).catch(() => null);
    },
    async maySend() {
      const type = item.kind === 'appointment' ? 'OnAppointmentSend' : 'OnMessageSend';
      const launch = manifest.events[type];
      if (launch === undefined) return true;
      // Outlook saves before it asks, so that the handler sees the item as it will leave.
      mailbox.save(item);
      say(`${manifest.label} is checking your ${item.kind === 'appointment' ? 'invitation' : 'message'}…`);
      const late = setTimeout(() => say(`${manifest.label} is taking longer than expected…`), PATIENCE);
      const said = await dispatch(type, {}).catch(() => null);
      clearTimeout(late);
      say(null);
      if (said === null) return unavailable(launch.sendMode);
      if (said.allowEvent === true) return true;
      const anyway = said.sendModeOverride === 'promptUser' || launch.sendMode === 'PromptUser';
      const action = said.commandId === undefined || said.commandId === '' ? null : said.commandId;
      const choice = await askAlert(manifest.label, said.errorMessage ?? 'This item cannot be sent.', [
        ...(action === null ? [] : [{ id: 'action' as const, label: said.cancelLabel ?? 'Take Action', primary: true }]),
        ...(anyway ? [{ id: 'send' as const, label: 'Send Anyway' }] : []),
        { id: 'dont' as const, label: action === null ? (said.cancelLabel ?? 'Don\'t Send') : 'Don\'t Send', primary: action === null },
      ], 'dont');
      if (choice === 'action' && action !== null) openPane(action, said.contextData ?? '');
      return choice === 'send';
    },
    drop() {
      frame?.drop();
      frame = null;
    },
  };
}
