/** What the README promises: every setting is in its table, every command exists, and no path of anybody's machine. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SETTINGS, readSettings } from '../service/config.ts';

const ROOT = join(import.meta.dirname, '..');
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const scripts = (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> }).scripts;

describe('the README', () => {
  it.each(Object.entries(SETTINGS))('lists %s with its meaning', (name, setting) => {
    expect(readme).toContain(`| \`${name}\``);
    expect(readme).toContain(setting.says);
  });

  it('names only commands that exist', () => {
    const named = [...readme.matchAll(/npm run ([a-z:-]+)/g)].map((m) => m[1] ?? '');
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((n) => !(n in scripts))).toEqual([]);
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
