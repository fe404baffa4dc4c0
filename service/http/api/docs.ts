/** `/docs`: the same table as OpenAPI, for reading. */
import { html } from 'hono/html';
import { PROBLEMS } from '../../../shared/wire/problem.ts';
import { ENDPOINTS, type Endpoint, type EndpointName } from '../../../shared/wire/wire.ts';
import { sheet, type Markup } from '../page.ts';
import { codesOf, openapi } from './openapi.ts';

const EXAMPLE = (url: string) => `curl ${url}/api/v1/messages \\
  -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" -H "Idempotency-Key: $(uuidgen)" \\
  -d '{"from": {"address": "results@example.org"}, "to": [{"address": "someone@example.net"}],
       "subject": "Your results", "text": "Dear …"}'`;

interface Described {
  readonly requestBody?: { readonly content: { readonly [type: string]: { readonly schema?: unknown } } };
  readonly responses: { readonly [status: string]: { readonly content?: { readonly [type: string]: { readonly schema?: unknown } } } };
}

export function docs(settings: { readonly publicUrl: string; readonly organisation: { readonly name: string } }): Markup {
  const { paths } = openapi(settings) as { paths: { [path: string]: { [method: string]: Described } } };
  const all = Object.entries(ENDPOINTS) as [EndpointName, Endpoint][];
  return sheet({
    title: 'Send Secure API', name: `Send Secure · ${settings.organisation.name}`, wide: true,
    main: html`<div class="paper"><h1>API</h1>
<p>Base <code>${settings.publicUrl}/api/v1</code>. JSON, a bearer token of your organisation's issuer, problems as in RFC 9457. Machine-readable: <a href="/openapi.json">openapi.json</a>.</p>
<p>The whole of it in one call, for systems that are not Outlook:</p>
<pre>${EXAMPLE(settings.publicUrl)}</pre>
<p>The answer comes when the message is durable, and says for every recipient how it will be protected. <code>GET /messages/{id}</code> tells what became of it.</p>
<table><thead><tr><th scope="col">Call</th><th scope="col">What it does</th></tr></thead><tbody>
${all.map(([name, e]) => html`<tr><td><a href="#${name}"><code>${e.method.toUpperCase()} ${e.path}</code></a></td><td>${e.summary}</td></tr>`)}
</tbody></table></div>
${all.map(([name, e]) => section(name, e, paths[e.path.replace(/:(\w+)/g, '{$1}')]?.[e.method]))}
<div class="paper" id="problems"><h2>Problem codes</h2><table><thead><tr><th scope="col">Code</th><th scope="col">Status</th><th scope="col">Meaning</th></tr></thead><tbody>
${Object.entries(PROBLEMS).map(([code, { status, title }]) => html`<tr><td><code>${code}</code></td><td>${status}</td><td>${title}</td></tr>`)}
</tbody></table></div>`,
  });
}

function section(name: EndpointName, endpoint: Endpoint, described: Described | undefined): Markup {
  const schemas = (content: Described['requestBody'] | undefined) => Object.values(content?.content ?? {}).map((c) => c.schema).filter((s) => s !== undefined);
  const asked = schemas(described?.requestBody);
  const answered = Object.keys(endpoint.answers).map((status) => ({ status, schema: schemas(described?.responses[status] as never)[0] }));
  return html`<section class="paper" id="${name}" aria-labelledby="${name}-title"><h2 id="${name}-title"><code>${endpoint.method.toUpperCase()} ${endpoint.path}</code></h2>
<p>${endpoint.summary}.</p>
<p class="soft">For: ${endpoint.who === 'public' ? 'anyone' : endpoint.who.join(', ')}.${endpoint.stepUp ? ' Needs a fresh, strong sign-in: an answer 401 says which in WWW-Authenticate.' : ''}${name === 'send' ? ' Needs an Idempotency-Key header.' : ''}</p>
${asked.map((schema) => html`<details><summary>Request body</summary><pre>${JSON.stringify(schema, null, 2)}</pre></details>`)}
${endpoint.raw === 'in' ? html`<p>Request body: the raw bytes.</p>` : ''}
${answered.map(({ status, schema }) => schema === undefined ? html`<p>Answers <code>${status}</code>.</p>` : html`<details><summary>Answer <code>${status}</code></summary><pre>${JSON.stringify(schema, null, 2)}</pre></details>`)}
<p>Problems: ${codesOf(name).map((code, i) => html`${i > 0 ? ', ' : ''}<code>${code}</code>`)}. <a href="#problems">All codes</a></p></section>`;
}
