/** `fetch` with a voice: XMLHttpRequest is the only way a browser tells how much of a body has left (XHR Standard §4.5). */
import type { Send } from './call.ts';

export const sendFromPane: Send = (url, init, progress) => {
  if (!progress) return fetch(url, { ...init, credentials: 'omit' });
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(init.method, url);
    for (const [name, value] of Object.entries(init.headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => progress(event.loaded);
    request.onload = () => {
      const empty = request.status === 204 || request.responseText === '';
      resolve(new Response(empty ? null : request.responseText, { status: request.status }));
    };
    request.onerror = () => reject(new Error('The request got no answer.'));
    request.ontimeout = request.onerror;
    request.send(init.body ?? null);
  });
};
