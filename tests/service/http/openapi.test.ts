import { describe, expect, test } from 'vitest';
import { codesOf, openapi } from '../../../service/http/api/openapi.ts';
import { PROBLEMS } from '../../../shared/wire/problem.ts';
import { ENDPOINTS, type Endpoint, type EndpointName } from '../../../shared/wire/wire.ts';
import { openGround } from './ground.ts';

interface Operation {
  readonly operationId: string; readonly security: readonly object[]; readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema?: object }> }; readonly responses: Record<string, { readonly content?: Record<string, unknown> }>;
}
const described = openapi({ publicUrl: 'https://mail.riverside.test' }) as unknown as { readonly openapi: string; readonly servers: readonly { readonly url: string }[]; readonly paths: Record<string, Record<string, Operation>>; readonly components: { readonly schemas: Record<string, object> } };
const NAMES = Object.keys(ENDPOINTS) as EndpointName[];

test('is OpenAPI 3.1 at this deployment\'s address, with as many operations as the table', () => {
  expect([described.openapi, described.servers[0]?.url]).toEqual(['3.1.1', 'https://mail.riverside.test/api/v1']);
  expect(Object.values(described.paths).flatMap((path) => Object.values(path)).map((o) => o.operationId).sort()).toEqual([...NAMES].sort());
});

describe.each(NAMES)('%s', (name) => {
  const endpoint: Endpoint = ENDPOINTS[name];
  const operation = described.paths[endpoint.path.replace(/:(\w+)/g, '{$1}')]?.[endpoint.method] as Operation;

  test('says who, what in and what out', () => {
    expect(operation.security).toEqual(endpoint.who === 'public' ? [] : [{ token: [] }]);
    expect((operation.parameters ?? []).filter((p) => p.in === 'path').map((p) => p.name)).toEqual([...endpoint.path.matchAll(/:(\w+)/g)].map((m) => m[1]));
    expect(Object.keys(operation.requestBody?.content ?? {})).toEqual(endpoint.body ? ['application/json', ...(name === 'send' ? ['multipart/form-data'] : [])] : endpoint.raw === 'in' ? ['application/octet-stream'] : []);
    for (const status of Object.keys(endpoint.answers)) expect(operation.responses).toHaveProperty(status);
    expect((operation.parameters ?? []).some((p) => p.name === 'Idempotency-Key' && p.required)).toBe(name === 'send');
  });

  test('lists problems of the closed list only, each under its status', () => {
    for (const code of codesOf(name)) expect(operation.responses[String(PROBLEMS[code].status)]?.content).toHaveProperty('application/problem+json');
  });

  test('refers to nothing that is not there', () => {
    for (const [, ref = ''] of JSON.stringify(operation).matchAll(/"\$ref":"([^"]+)"/g)) {
      const [root, ...steps] = ref.split('/');
      const target = root === '#' ? steps.reduce<unknown>((at, step) => (at as Record<string, unknown> | undefined)?.[step], described) : undefined;
      expect(target, ref).toBeDefined();
    }
  });
});

test('describes what a problem carries beside its own members, and closes none against more', () => {
  const conflict = described.paths['/handoffs/{id}/commit']?.['post']?.responses['409']?.content?.['application/problem+json'];
  expect(conflict).toMatchObject({ schema: { properties: { plan: { type: 'object' }, accepted: { type: 'object' } } } });
  expect(described.components.schemas['Problem']).not.toHaveProperty('additionalProperties');
});

test('does not promise one type for attachments, which keep their own', () => {
  expect(Object.keys(described.paths['/messages/{id}/attachments/{n}']?.['get']?.responses['200']?.content ?? {})).toEqual(['*/*']);
});

test('is served, and the page shows every call without a script', async () => {
  const { app } = await openGround();
  expect(await (await app.request('/openapi.json')).json()).toMatchObject({ openapi: '3.1.1' });
  const page = await (await app.request('/docs')).text();
  for (const { method, path } of Object.values(ENDPOINTS)) expect(page).toContain(`<code>${method.toUpperCase()} ${path}</code>`);
  expect(page).not.toMatch(/<script|<link/);
});
