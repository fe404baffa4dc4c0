/**
 * Stands in for `https://appsforoffice.microsoft.com/lib/1/hosted/office.js` in the lab: `window.Office` comes from the window around the frame,
 * the nested-app-authentication bridge answers with tokens of the lab's issuer, and the network fails when the lab is "offline".
 */
import type { OutlookHost } from './host.ts';

interface BridgeRequest {
  readonly method: string;
  readonly requestId: string;
  readonly tokenParams?: { readonly scope?: string };
}

type Listener = (message: string) => void;

const host = (window.parent as Window & { outlookHost?: OutlookHost }).outlookHost;
const office = host?.attach(window.frameElement) ?? null;

if (host !== undefined && office !== null) {
  (window as unknown as { Office: unknown }).Office = office;
  // As the real library does it in a host: no router, no native dialogs.
  for (const name of ['alert', 'confirm', 'prompt'] as const) window[name] = () => { throw new Error('Dialogs are not available in Outlook.'); };
  (window as unknown as { nestedAppAuthBridge: unknown }).nestedAppAuthBridge = bridge(host);
  cutNetwork(host);
}

/** Nested app authentication as msal-browser speaks it: JSON strings both ways, answers matched by `requestId`. */
function bridge(to: OutlookHost): object {
  const listeners: Listener[] = [];
  const { person } = to;
  const account = {
    homeAccountId: `${person.id}.riverside`, localAccountId: person.id, environment: 'riverside.test', tenantId: 'riverside',
    username: person.address, name: person.name, idTokenClaims: {},
  };
  async function answer(request: BridgeRequest): Promise<object> {
    if (request.method === 'GetInitContext') return { success: true, initContext: { sdkName: 'lab', sdkVersion: '1', accountContext: account, capabilities: {} } };
    if (request.method !== 'GetToken' && request.method !== 'GetTokenPopup') return { success: false, error: { status: 'DISABLED', code: '', description: '', subError: '' } };
    if (to.offline) return { success: false, error: { status: 'NO_NETWORK', code: '', description: '', subError: '' } };
    const token = await to.mint();
    return { success: true, token: { id_token: token.id_token, access_token: token.access_token, expires_in: token.expires_in, scope: request.tokenParams?.scope ?? '' }, account: { ...account, idToken: token.id_token } };
  }
  return {
    addEventListener: (_type: string, listener: Listener) => { listeners.push(listener); },
    removeEventListener: (_type: string, listener: Listener) => { listeners.splice(listeners.indexOf(listener), 1); },
    postMessage(text: string) {
      const request = JSON.parse(text) as BridgeRequest;
      const failed = { success: false, error: { status: 'TRANSIENT_ERROR', code: '', description: '', subError: '' } };
      void answer(request).catch(() => failed).then((said) => {
        const message = JSON.stringify({ messageType: 'NestedAppAuthResponse', requestId: request.requestId, ...said });
        for (const listener of [...listeners]) listener(message);
      });
    },
  };
}

function cutNetwork(from: OutlookHost): void {
  const real = window.fetch.bind(window);
  window.fetch = (input, init) => (from.offline ? Promise.reject(new TypeError('Failed to fetch')) : real(input, init));
  const send = XMLHttpRequest.prototype.send;
  XMLHttpRequest.prototype.send = function cut(body) {
    if (!from.offline) return send.call(this, body);
    queueMicrotask(() => this.dispatchEvent(new ProgressEvent('error')));
    return undefined;
  };
  Object.defineProperty(navigator, 'onLine', { get: () => !from.offline });
  from.onNetwork((offline) => window.dispatchEvent(new Event(offline ? 'offline' : 'online')));
}
