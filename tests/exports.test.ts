/** Nothing is exported that no other file imports: what only its own file uses is not anybody's word, and what nobody uses goes. */
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const FOLDERS = ['shared', 'addin', 'console', 'service', 'lab', 'tests', 'bench'];
/** The store and `npm run bench` look these up themselves. */
const ASKED_FOR = (path: string) => (path.endsWith('.sql.ts') ? ['migrations', 'statements', 'unaudited', 'writes', 'relaxed', 'reads'] : path.startsWith('bench/') ? ['run'] : path === 'service/audit/certificate/verifier.ts' ? ['main'] : []);

type Sources = ReadonlyMap<string, string>;
const listed = (names: string) => names.split(',').map((n) => n.trim().replace(/^type\s+/, '')).filter((n) => n !== '');
const target = (from: string, to: string) => (to.startsWith('.') ? relative(ROOT, join(ROOT, dirname(from), to)).replaceAll('\\', '/') : to);

function exported(text: string): string[] {
  const own = [...text.matchAll(/^export (?:async )?(?:const|let|function\*?|class|interface|type|enum) (\w+)/gm)].map((m) => m[1] ?? '');
  const passed = [...text.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap((m) => listed(m[1] ?? '')).map((n) => n.split(' as ').at(-1) ?? '');
  return [...own, ...passed];
}

/** What this file takes of others, as `path name`; of a module that it takes whole, every word it says. */
function taken(path: string, text: string): string[] {
  const words = () => [...new Set(text.match(/\w+/g))];
  return [
    ...[...text.matchAll(/^\s*(?:import|export) (?:type )?(?:\w+, )?\{([^}]*)\} from '([^']+)'/gm)].flatMap((m) => listed(m[1] ?? '').map((n) => `${target(path, m[2] ?? '')} ${n.split(' as ')[0] ?? ''}`)),
    ...[...text.matchAll(/(?:^\s*import (?:type )?\* as \w+ from |\bimport\(\s*(?:\/\*.*?\*\/\s*)?)'([^']+)'/gm)].flatMap((m) => words().map((word) => `${target(path, m[1] ?? '')} ${word}`)),
  ];
}

function unasked(sources: Sources): string[] {
  const used = new Set([...sources].flatMap(([path, text]) => taken(path, text)));
  return [...sources].flatMap(([path, text]) => exported(text).filter((name) => !used.has(`${path} ${name}`) && !ASKED_FOR(path).includes(name)).map((name) => `${path} ${name}`));
}

const sources = new Map([...FOLDERS.flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name.replaceAll('\\', '/')}`)), ...readdirSync(ROOT)]
  .filter((path) => /\.tsx?$/.test(path)).map((path) => [path, readFileSync(join(ROOT, path), 'utf8')]));

it('finds what nobody imports, and nothing that somebody does', () => {
  const planted = new Map([
    ['a/a.ts', `export const one = 1;\nexport interface Two {}\nexport async function three() {}\nexport { four, type Five } from './b.ts';`],
    ['a/b.ts', `export const four = 4;\nexport type Five = 5;\nexport const six = 6;\nexport class Seven {}`],
    ['a/c.ts', `import { four, type Two as Second } from './a.ts';\nimport * as all from './b.ts';\nconst { three } = await import('./a.ts');\nall.six;`],
  ]);
  expect(unasked(planted)).toEqual(['a/a.ts one', 'a/a.ts Five', 'a/b.ts Seven']);
});

it('everything that is exported somebody imports', () => {
  expect(sources.size).toBeGreaterThan(800);
  expect(unasked(sources), 'take off the word export, or take away what nobody uses').toEqual([]);
});
