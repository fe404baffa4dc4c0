/** What the README and the pages beside it promise: settings, commands, limits, links, files and addresses are those of the code. */
import { existsSync, globSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RULES } from '../service/alert/rule.table.ts';
import { SETTINGS, readSettings } from '../service/config.ts';
import { LIMITS as UPLOADS } from '../service/pickup/upload/upload.sql.ts';
import { BUDGET } from '../shared/extract/extract.ts';
import { LIMITS } from '../shared/wire/handoff.ts';
import { ENDPOINTS } from '../shared/wire/wire.ts';

const ROOT = join(import.meta.dirname, '..');
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const settings = readFileSync(join(ROOT, 'docs/settings.md'), 'utf8');
const scripts = (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> }).scripts;

const pages = [['README.md', readme] as const, ...readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md')).map((name) => [`docs/${name}`, readFileSync(join(ROOT, 'docs', name), 'utf8')] as const)];
const MB = 1024 * 1024;

describe.each(pages)('%s', (path, text) => {
  it('leads nowhere that is not there', () => {
    const links = [...text.matchAll(/\]\((?!https:)([^)#]+)/g)].map((m) => m[1] ?? '');
    expect(links.filter((link) => !existsSync(join(ROOT, path, '..', link)))).toEqual([]);
  });

  it('names only commands, files and addresses that exist', () => {
    const said = [...text.matchAll(/`([^`\n]+)`/g)].map((m) => m[1] ?? '');
    const files = said.flatMap((s) => /^(?:node )?((?:addin|bench|console|docs|lab|service|shared|tests)\/[\w./*-]*)/.exec(s)?.[1] ?? []);
    expect(files.filter((file) => globSync(file.replace(/\/$/, ''), { cwd: ROOT }).length === 0 && globSync(`${file}.ts`, { cwd: ROOT }).length === 0)).toEqual([]);
    expect([...text.matchAll(/npm run (?:--silent )?([a-z:-]+)/g)].map((m) => m[1] ?? '').filter((n) => !(n in scripts))).toEqual([]);
    const edge = globSync('service/http/**/*.ts', { cwd: ROOT }).map((file) => readFileSync(join(ROOT, file), 'utf8')).join('\n');
    const known = new Set(Object.values(ENDPOINTS).map((e) => e.path.replaceAll(/:\w+/g, '{}')));
    const addresses = said.flatMap((s) => /^(?:(?:GET|POST|PUT|DELETE) )?(\/[\w/{}.-]+)$/.exec(s)?.[1]?.replaceAll(/\{\w+\}/g, '{}') ?? []);
    expect(addresses.filter((address) => !known.has(address.replace(/^\/api\/v1/, '')) && !edge.includes(`'${address}`))).toEqual([]);
  });
});

it('the page of alerts says of each what happened and what to do, in the words of the service', () => {
  const page = readFileSync(join(ROOT, 'docs', 'alerts.md'), 'utf8');
  expect(Object.entries(RULES).filter(([kind, { text, advice }]) => !page.includes(`| \`${kind}\` | ${text} | ${advice} |`)).map(([kind]) => kind)).toEqual([]);
});

describe('the README', () => {
  it.each([
    `${LIMITS.recipients} recipients a message`, `${LIMITS.attachments} attachments, ${LIMITS.attachment / MB} MB each, ${LIMITS.message / MB} MB together`, `${LIMITS.oneShot / MB} MB in one request to \`POST /messages\``,
    `${LIMITS.subject} characters of subject, ${LIMITS.body / MB} MB of text`, `a depth of ${BUDGET.depth}, ${BUDGET.entries} entries, ${BUDGET.bytes / 1e6} MB unpacked, a ratio of ${BUDGET.ratio}:1`,
    `each with ${UPLOADS.files === 10 ? 'ten' : UPLOADS.files} files, ${UPLOADS.file / MB} MB each, ${UPLOADS.bytes / MB} MB together`,
  ])('states the limit as it is: %s', (limit) => expect(readme).toContain(limit));

  it('leads to every page of docs/, or one of them does', () => expect(readdirSync(join(ROOT, 'docs')).filter((name) => !pages.some(([path, text]) => path !== `docs/${name}` && text.includes(`${name})`)))).toEqual([]));

  it.each(Object.entries(SETTINGS))('leads to the page that lists %s with its meaning', (name, setting) => {
    expect(settings.split('\n').filter((line) => line.startsWith(`| \`${name}\``)).join()).toContain(`| ${setting.says} `.trimEnd());
  });

  it('comes with an example of the settings that starts the service: what is needed, and nothing unknown', () => {
    const given = Object.fromEntries([...readFileSync(join(ROOT, 'send-secure.env.example'), 'utf8').matchAll(/^(?:# (?=[A-Z_]+=))?([A-Z_]+)=(.*)$/gm)].map((m) => [m[1] ?? '', m[2] ?? '']));
    expect(Object.keys(given).filter((name) => !(name in SETTINGS))).toEqual([]);
    expect(readSettings({ ...given, DATA_DIR: '/data', KEYS_DIR: '/keys' }).PUBLIC_URL).toBe(given['PUBLIC_URL']);
  });

  it('the image takes in no secret that lies beside the Dockerfile', () => {
    const ignored = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n');
    expect(['*.env', '*.password', '*.key', 'data', '.git'].filter((pattern) => !ignored.includes(pattern))).toEqual([]);
  });
});
