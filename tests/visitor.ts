/** A browser without a screen: keeps cookies, follows nothing by itself, posts the forms it was shown. */

interface Shown { readonly status: number; readonly location: string; readonly text: string }
/** of a form; names may come more than once */
type Fields = { readonly [name: string]: string } | readonly (readonly [name: string, value: string])[];

export interface Visitor {
  readonly cookies: Map<string, string>;
  ask(path: string, init?: RequestInit): Promise<Response>;
  get(path: string): Promise<Shown>;
  /** sends a form as it is */
  send(action: string, fields: Fields): Promise<Shown>;
  /** goes to the page, and sends its form with this action */
  post(page: string, action: string, fields?: Fields): Promise<Shown>;
}

/** What the page put into its form with this action for itself: who may send it, and once. */
export function stampsIn(page: string, action: string): [name: string, value: string][] {
  const form = new RegExp(`<form[^>]* action="${action.replaceAll(/[/?]/g, '\\$&')}"[^>]*>([^]*?)</form>`).exec(page)?.[1] ?? '';
  return ['form', 'key'].flatMap((name): [string, string][] => { const value = new RegExp(`<input type="hidden" name="${name}" value="([^"]*)"`).exec(form)?.[1]; return value === undefined ? [] : [[name, value]]; });
}

export const typed = (fields: Fields): { readonly method: 'POST'; readonly body: string; readonly headers: { readonly [name: string]: string } } => ({
  method: 'POST', body: new URLSearchParams((Array.isArray(fields) ? fields : Object.entries(fields)) as [string, string][]).toString(), headers: { 'content-type': 'application/x-www-form-urlencoded' },
});

/** `at`: where the service is now; it may move */
export function visitor(at: { readonly url: string }, carry: (url: string, init: RequestInit) => Response | Promise<Response> = fetch): Visitor {
  const cookies = new Map<string, string>();
  const shown = async (answer: Response): Promise<Shown> => ({ status: answer.status, location: answer.headers.get('location') ?? '', text: await answer.text() });
  async function ask(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (cookies.size > 0) headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '));
    const answer = await carry(at.url + path, { redirect: 'manual', ...init, headers });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/max-age=0/i.test(line)) cookies.delete(name);
      else cookies.set(name, value);
    }
    return answer;
  }
  const get = async (path: string) => shown(await ask(path));
  const send = async (action: string, fields: Fields) => shown(await ask(action, typed(fields)));
  return {
    cookies, ask, get, send,
    async post(page, action, fields = {}) {
      const given = (Array.isArray(fields) ? fields : Object.entries(fields)) as [string, string][];
      const stamps = stampsIn((await get(page)).text, action).filter(([name]) => !given.some(([other]) => other === name));
      return send(action, [...stamps, ...given]);
    },
  };
}
