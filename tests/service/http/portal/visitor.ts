/** A browser without a screen: keeps cookies, follows nothing by itself, posts the forms it was shown. */
import type { Ground } from '../ground.ts';

export interface Visitor {
  readonly cookies: Map<string, string>;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  /** posts the form with this action as the page showed it */
  submit(page: string, action: string, fields?: Record<string, string>, headers?: Record<string, string>): Promise<Response>;
  post(path: string, fields: Record<string, string>, headers?: Record<string, string>): Promise<Response>;
}

export function visitor(app: Ground['app'], origin = 'http://localhost:3000'): Visitor {
  const cookies = new Map<string, string>();
  const host = new URL(origin).host;
  async function ask(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('host', host);
    if (cookies.size > 0) headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '));
    const answer = await app.request(path, { ...init, headers });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/max-age=0/i.test(line)) cookies.delete(name);
      else cookies.set(name, value);
    }
    return answer;
  }
  return {
    cookies,
    get: (path, headers = {}) => ask(path, { headers }),
    post: (path, fields, headers = {}) => ask(path, { method: 'POST', body: new URLSearchParams(fields).toString(), headers: { 'content-type': 'application/x-www-form-urlencoded', origin, 'sec-fetch-site': 'same-origin', ...headers } }),
    submit(page, action, fields = {}, headers = {}) {
      const stamp = new RegExp(`action="${action.replaceAll('/', '\\/')}"[^>]*><input type="hidden" name="form" value="([^"]*)"`).exec(page)?.[1];
      if (stamp === undefined) throw new Error('the page shows no such form');
      return this.post(action, { form: stamp, ...fields }, headers);
    },
  };
}
