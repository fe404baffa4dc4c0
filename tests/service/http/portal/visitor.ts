/** A visitor of the app itself, without a port in between; its forms go out as a browser sends them. */
import { stampsIn, typed, visitor as openVisitor } from '../../../visitor.ts';
import type { Ground } from '../ground.ts';

export interface Visitor {
  readonly cookies: Map<string, string>;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  /** posts the form with this action as the page showed it */
  submit(page: string, action: string, fields?: Record<string, string>, headers?: Record<string, string>): Promise<Response>;
  post(path: string, fields: Record<string, string>, headers?: Record<string, string>): Promise<Response>;
}

export function visitor(app: Ground['app'], origin = 'http://localhost:3000'): Visitor {
  const { cookies, ask } = openVisitor({ url: '' }, (path, init) => {
    const headers = new Headers(init.headers);
    headers.set('host', new URL(origin).host);
    return app.request(path, { ...init, headers });
  });
  return {
    cookies,
    get: (path, headers = {}) => ask(path, { headers }),
    post: (path, fields, headers = {}) => ask(path, { ...typed(fields), headers: { ...typed(fields).headers, origin, 'sec-fetch-site': 'same-origin', ...headers } }),
    submit(page, action, fields = {}, headers = {}) {
      const stamps = stampsIn(page, action);
      if (stamps.length === 0) throw new Error('the page shows no such form');
      return this.post(action, { ...Object.fromEntries(stamps), ...fields }, headers);
    },
  };
}
