/**
 * The floor plan as a test: who may import whom, how large a file and a room may grow, which words are not used.
 * Every rule is a line of the table, with a case that it must catch.
 */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const PARTS = ['shared', 'addin', 'console', 'service', 'lab'];
const VERBS = ['notice', 'handoff', 'queue', 'seal', 'deliver', 'pickup', 'track', 'audit', 'retain', 'dispose'];
const NOUNS = ['alert', 'change', 'falsepositive', 'keys', 'contact', 'doctor', 'tally', 'suppression', 'words', 'paper', 'policy', 'approval', 'people', 'list', 'ldap', 'webhook', 'store', 'vault', 'rules', 'roster'];

interface Source {
  /** path from the root, with forward slashes */
  readonly path: string;
  /** what it imports: packages by name, own files by path from the root */
  readonly imports: readonly { readonly to: string; readonly typeOnly: boolean }[];
  readonly lines: number;
  readonly text: string;
}

const source = (path: string, text: string): Source => ({ path, imports: importsOf(path, text), lines: text.split('\n').length, text });

function importsOf(path: string, text: string): Source['imports'] {
  const found: { to: string; typeOnly: boolean }[] = [];
  for (const m of text.matchAll(/(?:^|\n)\s*(import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?['"]([^'"]+)['"]/g)) found.push({ to: resolved(path, m[3] ?? ''), typeOnly: m[2] !== undefined });
  for (const m of text.matchAll(/(typeof\s+)?\bimport\(\s*(?:\/\*[^*]*\*\/\s*)?['"]([^'"]+)['"]\s*\)/g)) found.push({ to: resolved(path, m[2] ?? ''), typeOnly: m[1] !== undefined });
  return found;
}

const resolved = (from: string, to: string) => (to.startsWith('.') ? relative(ROOT, join(ROOT, dirname(from), to)).split('\\').join('/') : to);
const part = (path: string) => path.split('/')[0] ?? '';
const room = (path: string) => (path.startsWith('service/') && path.split('/').length > 2 ? (path.split('/')[1] ?? '') : '');
const isPackage = (to: string) => !PARTS.includes(part(to)) && !to.startsWith('dist/') && !to.startsWith('tests/');
const named = (to: string, name: string) => to === name || to.startsWith(`${name}/`);

type Rule = { readonly name: string; readonly broken: (s: Source) => string | undefined; readonly mustFail: Source };
const bad = (s: Source, when: (i: Source['imports'][number]) => boolean) => s.imports.find(when)?.to;
const only = (pkg: string, where: (path: string) => boolean) => (s: Source) => (where(s.path) || part(s.path) === 'lab' ? undefined : bad(s, (i) => named(i.to, pkg)));

const RULES: readonly Rule[] = [
  {
    name: 'shared imports nothing of the others, no node:, no package but those named',
    broken: (s) => (part(s.path) !== 'shared' || s.path.endsWith('.build.ts') ? undefined : bad(s, (i) =>
      i.to.startsWith('node:') || (!isPackage(i.to) && part(i.to) !== 'shared')
      || (isPackage(i.to) && !(s.path.startsWith('shared/extract/') && ['fflate', 'postal-mime', 'unpdf'].includes(i.to)) && !(s.path.startsWith('shared/wire/') && i.to === 'zod/mini') && !(s.path.startsWith('shared/rules/') && i.to === 're2js')))),
    mustFail: source('shared/scan/x.ts', `import { readFile } from 'node:fs';`),
  },
  {
    name: 'shared is pure: only wire uses zod/mini, and nobody there needs wire',
    broken: (s) => (s.path.startsWith('shared/') && !s.path.startsWith('shared/wire/') ? bad(s, (i) => named(i.to, 'zod') || i.to.startsWith('shared/wire/')) : undefined),
    mustFail: source('shared/plan/x.ts', `import * as z from 'zod/mini';`),
  },
  {
    name: 'addin, console and service never meet, not even by type',
    broken: (s) => {
      const mine = part(s.path);
      const sides = ['addin', 'console', 'service'];
      if (!sides.includes(mine)) return undefined;
      return bad(s, (i) => sides.includes(part(i.to)) && part(i.to) !== mine);
    },
    mustFail: source('addin/compose/x.ts', `import type { Person } from '../../service/people/people.ts';`),
  },
  { name: 'only http/ imports hono', broken: only('hono', (p) => p.startsWith('service/http/')), mustFail: source('service/queue/x.ts', `import { Hono } from 'hono';`) },
  { name: 'only http/ imports the node server of hono', broken: only('@hono/node-server', (p) => p.startsWith('service/http/')), mustFail: source('service/x.ts', `import { serve } from '@hono/node-server';`) },
  { name: 'only store/ imports node:sqlite', broken: only('node:sqlite', (p) => p.startsWith('service/store/')), mustFail: source('service/audit/x.ts', `import { DatabaseSync } from 'node:sqlite';`) },
  { name: 'only store/ imports pg', broken: only('pg', (p) => p.startsWith('service/store/')), mustFail: source('service/keys/x.ts', `import pg from 'pg';`) },
  { name: 'openpgp only in seal/pgp and keys/', broken: only('openpgp', (p) => p.startsWith('service/seal/pgp') || p.startsWith('service/keys/')), mustFail: source('service/seal/mime.ts', `import * as openpgp from 'openpgp';`) },
  { name: 'pdfkit only in paper/', broken: only('pdfkit', (p) => p.startsWith('service/paper/')), mustFail: source('service/route/x.ts', `import PDFDocument from 'pdfkit';`) },
  { name: '@simplewebauthn/server only in pickup/passkey', broken: only('@simplewebauthn/server', (p) => p.startsWith('service/pickup/passkey/')), mustFail: source('service/http/portal/x.ts', `import { verifyAuthenticationResponse } from '@simplewebauthn/server';`) },
  { name: '@fastify/busboy only in the portal', broken: only('@fastify/busboy', (p) => p.startsWith('service/http/portal/')), mustFail: source('service/pickup/x.ts', `import Busboy from '@fastify/busboy';`) },
  { name: 'shamir-secret-sharing only in vault/', broken: only('shamir-secret-sharing', (p) => p.startsWith('service/vault/')), mustFail: source('service/route/x.ts', `import { split } from 'shamir-secret-sharing';`) },
  { name: 're2js only in shared/rules', broken: only('re2js', (p) => p.startsWith('shared/rules/')), mustFail: source('shared/scan/x.ts', `import { RE2JS } from 're2js';`) },
  { name: 'ldapts only in ldap/ and in what asks it', broken: only('ldapts', (p) => p.startsWith('service/ldap/') || p === 'service/keys/discovery/directory.ts' || p === 'service/list/ldap.ts'), mustFail: source('service/people/x.ts', `import { Client } from 'ldapts';`) },
  ...['asn1js', 'pkijs', '@peculiar/asn1-cms', '@peculiar/asn1-ocsp', '@peculiar/asn1-schema', '@peculiar/asn1-x509'].map((pkg): Rule => ({
    name: `${pkg} only in seal/smime and keys/trust; asn1js for time stamps, too`,
    broken: only(pkg, (p) => p.startsWith('service/seal/smime') || p.startsWith('service/keys/trust') || (pkg === 'asn1js' && p === 'service/audit/anchor/timestamp.ts')),
    mustFail: source('service/deliver/x.ts', `import * as x from '${pkg}';`),
  })),
  ...['node:net', 'node:tls', 'node:dns', 'node:dns/promises'].map((pkg): Rule => ({
    name: `${pkg} only in world`,
    broken: only(pkg, (p) => p === 'service/world.ts' || p.startsWith('service/world.') || p.startsWith('service/world/')),
    mustFail: source('service/deliver/x.ts', `import x from '${pkg}';`),
  })),
  {
    name: 'Office only in addin/outlook and the event entry',
    broken: (s) => (part(s.path) === 'addin' && !s.path.startsWith('addin/outlook/') && s.path !== 'addin/onsend.ts' && /\bOffice\.(?!js\b)/.test(code(s.text)) ? 'Office.' : undefined),
    mustFail: source('addin/compose/x.ts', `export const item = Office.context.mailbox.item;`),
  },
  {
    name: 'only companion/ calls the service',
    broken: (s) => (part(s.path) === 'addin' && !s.path.startsWith('addin/companion/') && !s.path.endsWith('.build.ts') && /\bfetch\(/.test(code(s.text)) ? 'fetch(' : undefined),
    mustFail: source('addin/compose/x.ts', `export const x = () => fetch('/api/v1/plan');`),
  },
  {
    name: 'only wire/ of the console calls the service',
    broken: (s) => (part(s.path) === 'console' && !s.path.startsWith('console/wire/') && /\b(?:fetch|XMLHttpRequest|EventSource|WebSocket)\(/.test(code(s.text)) ? 'fetch(' : undefined),
    mustFail: source('console/policy/x.ts', `export const x = () => fetch('/api/v1/policy');`),
  },
  {
    name: 'the console uses React, Fluent UI and shared words alone',
    broken: (s) => (part(s.path) === 'console' && s.path !== 'console/build.ts' ? bad(s, (i) => isPackage(i.to) && !['react', 'react-dom', '@fluentui/react-components', '@fluentui/react-icons', 'zod/mini'].some((p) => named(i.to, p))) : undefined),
    mustFail: source('console/chart/x.tsx', `import * as d3 from 'd3';`),
  },
  {
    name: 'verbs do not import verbs (types of a door and note of audit.sql excepted)',
    broken: (s) => {
      const mine = room(s.path);
      if (!VERBS.includes(mine)) return undefined;
      return bad(s, (i) => VERBS.includes(room(i.to)) && room(i.to) !== mine && !i.typeOnly && !(s.path.endsWith('.sql.ts') && i.to === 'service/audit/audit.sql.ts'));
    },
    mustFail: source('service/deliver/x.ts', `import { openSeal } from '../seal/seal.ts';`),
  },
  {
    name: 'nouns stand on nouns, the world and the audit note only',
    broken: (s) => {
      if (!NOUNS.includes(room(s.path))) return undefined;
      return bad(s, (i) => !i.typeOnly && (VERBS.includes(room(i.to)) || room(i.to) === 'http' || room(i.to) === 'route') && !(s.path.endsWith('.sql.ts') && i.to === 'service/audit/audit.sql.ts'));
    },
    mustFail: source('service/keys/x.ts', `import { openDeliver } from '../deliver/deliver.ts';`),
  },
  {
    name: 'only the composition root and the edge import http/',
    broken: (s) => (s.path.startsWith('service/http/') || s.path === 'service/service.ts' || part(s.path) === 'lab' ? undefined : bad(s, (i) => room(i.to) === 'http')),
    mustFail: source('service/queue/x.ts', `import { openHttp } from '../http/http.ts';`),
  },
  {
    name: 'nothing but the lab, the start and the tests imports the lab',
    broken: (s) => (part(s.path) === 'lab' ? undefined : bad(s, (i) => part(i.to) === 'lab')),
    mustFail: source('service/x.ts', `import { people } from '../lab/people.ts';`),
  },
  {
    name: 'no file over 300 lines, tables aside',
    broken: (s) => (s.lines > 301 && !/\.table\.ts$|dictionaries?\//.test(s.path) ? `${s.lines} lines` : undefined),
    mustFail: source('service/x.ts', 'x\n'.repeat(400)),
  },
  {
    name: 'no file named after a kind of code',
    broken: (s) => s.path.startsWith('shared/scan/words/') ? undefined : /(^|\/)(utils?|helpers?|types|common|misc|managers?|data|info|impl)(\/|\.|$)/.exec(s.path)?.[0],
    mustFail: source('service/utils.ts', ''),
  },
  {
    name: 'nothing left for later in the code',
    broken: (s) => /\b(TODO|FIXME|XXX|HACK)\b|not implemented/.exec(s.text)?.[0],
    mustFail: source('service/x.ts', ['// TO', 'DO later'].join('')),
  },
  {
    name: 'the product is never called compliant',
    broken: (s) => /HIPAA[- ]compliant/i.exec(s.text)?.[0],
    mustFail: source('addin/words.ts', ['HIPAA', 'compliant'].join('-')),
  },
];

/** Source without comments and strings, roughly: enough to tell a call from a word. */
function code(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|`[^`]*`|'[^'\n]*'|"[^"\n]*"/g, '');
}

function tree(folder: string): string[] {
  let names: string[];
  try { names = readdirSync(join(ROOT, folder)); } catch { return []; }
  return names.flatMap((name) => {
    const path = `${folder}/${name}`;
    return statSync(join(ROOT, path)).isDirectory() ? tree(path) : /\.(ts|tsx|mjs)$/.test(name) ? [path] : [];
  });
}

const SOURCES = PARTS.flatMap(tree).map((path) => source(path, readFileSync(join(ROOT, path), 'utf8')));

describe('the house', () => {
  it('has sources to look at', () => expect(SOURCES.length).toBeGreaterThan(40));

  describe.each(RULES)('$name', (rule) => {
    it('catches its bad case', () => expect(rule.broken(rule.mustFail)).toBeDefined());
    it('holds', () => expect(SOURCES.flatMap((s) => { const why = rule.broken(s); return why ? [`${s.path}: ${why}`] : []; })).toEqual([]));
  });

  it('a room of the service has its door and at most seven files', () => {
    const rooms = [...VERBS, ...NOUNS].filter((name) => SOURCES.some((s) => room(s.path) === name));
    const wrong = rooms.flatMap((name) => {
      const files = SOURCES.filter((s) => s.path.startsWith(`service/${name}/`) && s.path.split('/').length === 3);
      const counted = files.filter((s) => !s.path.endsWith('.worker.ts'));
      return [
        ...(files.some((s) => s.path === `service/${name}/${name}.ts`) ? [] : [`${name} has no door`]),
        ...(counted.length > 7 ? [`${name} has ${counted.length} files`] : []),
      ];
    });
    expect(wrong).toEqual([]);
  });

  it('whoever comes has a folder of the route, with at most seven files', () => {
    const folders = new Map<string, number>();
    for (const { path } of SOURCES) if (path.startsWith('service/route/')) folders.set(dirname(path), (folders.get(dirname(path)) ?? 0) + 1);
    expect([...folders].filter(([, files]) => files > 7)).toEqual([]);
  });

  it('every door says what the room does', () => {
    const doors = SOURCES.filter((s) => /^(service|shared)\/(\w+)\/\2\.ts$/.test(s.path));
    expect(doors.filter((s) => !s.text.startsWith('/**')).map((s) => s.path)).toEqual([]);
  });
});
