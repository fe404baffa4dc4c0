/** What an add-in may hang on an item beside its content: notifications, session data, custom properties, internet headers, handlers. */
import { OfficeFailure } from './call.ts';
import type { Item } from './item.ts';
import type { Host } from './office.ts';

type Args = unknown[];
const NOTIFICATIONS = 5;
/** Requirement set 1.11: 50,000 characters per add-in and item. */
const SESSION_CHARS = 50_000;
const HEADER_NAME = /^[\x21-\x39\x3b-\x7e]+$/;

export function handlers(host: Host): object {
  return {
    addHandlerAsync: (...args: Args) => host.call('item.addHandlerAsync', args, 2, ([type, handler]) => { host.on(String(type), handler as (event: never) => unknown); }),
    removeHandlerAsync: (...args: Args) => host.call('item.removeHandlerAsync', args, 1, ([type]) => { host.off(String(type)); }),
  };
}

export function notifications(host: Host, item: Item): object {
  function set(key: string, message: Office.NotificationMessageDetails | null, mustExist: boolean): void {
    if (mustExist && !item.notifications.has(key)) throw new OfficeFailure(9024);
    const now = new Map(item.notifications);
    if (message === null) now.delete(key);
    else now.set(key, structuredClone(message));
    if (now.size > NOTIFICATIONS) throw new OfficeFailure(9025);
    item.notifications = now;
    host.mailbox.tell({ kind: 'item', item, what: 'notifications' });
  }
  return {
    addAsync: (...args: Args) => host.call('item.notificationMessages.addAsync', args, 2, ([key, message]) => { set(String(key), message as Office.NotificationMessageDetails, false); }),
    replaceAsync: (...args: Args) => host.call('item.notificationMessages.replaceAsync', args, 2, ([key, message]) => { set(String(key), message as Office.NotificationMessageDetails, false); }),
    removeAsync: (...args: Args) => host.call('item.notificationMessages.removeAsync', args, 1, ([key]) => { set(String(key), null, true); }),
    getAllAsync: (...args: Args) => host.call('item.notificationMessages.getAllAsync', args, 0, () => [...item.notifications].map(([key, message]) => ({ ...message, key }))),
  };
}

export function sessionData(host: Host, item: Item): object {
  const at = (name: string) => `item.sessionData.${name}`;
  return {
    getAsync: (...args: Args) => host.call(at('getAsync'), args, 1, ([name]) => {
      const value = item.session.get(String(name));
      if (value === undefined) throw new OfficeFailure(9020);
      return value;
    }),
    getAllAsync: (...args: Args) => host.call(at('getAllAsync'), args, 0, () => Object.fromEntries(item.session)),
    setAsync: (...args: Args) => host.call(at('setAsync'), args, 2, ([name, value]) => {
      const others = [...item.session].filter(([n]) => n !== name).reduce((sum, [n, v]) => sum + n.length + v.length, 0);
      if (others + String(name).length + String(value).length > SESSION_CHARS) throw new OfficeFailure(9020);
      item.session.set(String(name), String(value));
    }),
    removeAsync: (...args: Args) => host.call(at('removeAsync'), args, 1, ([name]) => { item.session.delete(String(name)); }),
    clearAsync: (...args: Args) => host.call(at('clearAsync'), args, 0, () => { item.session.clear(); }),
  };
}

/** A copy the caller changes and saves, as Outlook hands it out. */
export function customProperties(host: Host, item: Item): object {
  return {
    loadCustomPropertiesAsync: (...args: Args) => host.call('item.loadCustomPropertiesAsync', args, 0, () => {
      const held = { ...item.custom };
      return {
        get: (name: string) => held[name],
        getAll: () => ({ ...held }),
        set: (name: string, value: unknown) => { held[name] = value; },
        remove: (name: string) => { delete held[name]; },
        saveAsync: (...saving: Args) => host.call('item.customProperties.saveAsync', saving, 0, () => { item.custom = { ...held }; }),
      };
    }),
  };
}

/** Headers set here are seen here at once, elsewhere only after `saveAsync` of the item. */
export function internetHeaders(host: Host, item: Item): object {
  return {
    setAsync: (...args: Args) => host.call('item.internetHeaders.setAsync', args, 1, ([headers]) => {
      for (const [name, value] of Object.entries(headers as { [name: string]: string })) {
        if (!HEADER_NAME.test(name)) throw new OfficeFailure(9043);
        item.stagedHeaders.set(name.toLowerCase(), String(value));
      }
      host.mailbox.tell({ kind: 'item', item, what: 'headers' });
    }),
    getAsync: (...args: Args) => host.call('item.internetHeaders.getAsync', args, 1, ([names]) => {
      const found: { [name: string]: string } = {};
      for (const name of names as readonly string[]) {
        const value = item.stagedHeaders.get(name.toLowerCase()) ?? item.headers.get(name.toLowerCase());
        if (value !== undefined) found[name] = value;
      }
      return found;
    }),
    removeAsync: (...args: Args) => host.call('item.internetHeaders.removeAsync', args, 1, ([names]) => {
      for (const name of names as readonly string[]) {
        item.headers.delete(name.toLowerCase());
        item.stagedHeaders.delete(name.toLowerCase());
      }
      host.mailbox.tell({ kind: 'item', item, what: 'headers' });
    }),
  };
}
