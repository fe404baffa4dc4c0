/** In the browser: a pretend Outlook for one pane, and a bridge that vouches for its author. Stands where Microsoft's office.js would. */
import { FakeMailbox, type MailboxSettings } from '../../lab/outlook/mailbox.ts';
import type { ItemStart } from '../../lab/outlook/item.ts';

declare global {
  interface Window {
    scene: { start: ItemStart | null; settings: MailboxSettings };
    mailbox: FakeMailbox;
    nestedAppAuthBridge: unknown;
    Office: unknown;
  }
}

const { start, settings } = window.scene;
const mailbox = new FakeMailbox(settings);
if (start) mailbox.create(start);
window.mailbox = mailbox;
window.Office = mailbox.office();

const listeners: ((message: string) => void)[] = [];
const account = { homeAccountId: 'a.t', environment: 'login.microsoftonline.com', tenantId: 't', username: 'ana.ruiz@riverside.test', localAccountId: 'a', name: 'Dr. Ana Ruiz' };
const part = (value: object) => btoa(JSON.stringify(value)).replace(/=+$/, '').replace(/\+/g, '-').replace(/\//g, '_');
const idToken = `${part({ alg: 'RS256' })}.${part({ oid: 'a', tid: 't', iss: 'https://login.microsoftonline.com/t/v2.0', preferred_username: account.username, exp: 4102444800 })}.c2ln`;

/** The protocol MSAL speaks with a host that does nested app authentication. */
window.nestedAppAuthBridge = {
  addEventListener: (_: string, listen: (message: string) => void) => { listeners.push(listen); },
  removeEventListener: () => {},
  postMessage(text: string) {
    const asked = JSON.parse(text) as { method: string; requestId: string; tokenParams?: { scope?: string } };
    const say = (answer: object) => setTimeout(() => {
      for (const listen of listeners) listen(JSON.stringify({ messageType: 'NestedAppAuthResponse', requestId: asked.requestId, ...answer }));
    }, 1);
    if (asked.method === 'GetInitContext') say({ success: true, initContext: { sdkName: 'test', sdkVersion: '1', accountContext: account, capabilities: {} } });
    else say({ success: true, token: { id_token: idToken, access_token: 'the-token', expires_in: 900, scope: asked.tokenParams?.scope ?? '' }, account });
  },
};
