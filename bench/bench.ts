/** `npm run bench -- <name> …`: each benchmark prints ratios against a floor or a peer measured in the same run. Without a name: all; the long run is `npm run soak`. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const all = readdirSync(import.meta.dirname).filter((f) => f.endsWith('.ts') && f !== 'bench.ts' && f !== 'soak.ts' && !f.slice(0, -3).includes('.')).map((f) => f.slice(0, -3)).sort();
const wanted = process.argv.slice(2).filter((a) => !a.startsWith('-'));
const unknown = wanted.filter((w) => !all.includes(w));
if (unknown.length > 0) {
  process.stderr.write(`There is no such benchmark. Known: ${all.join(', ')}\n`);
  process.exit(3);
}
for (const name of wanted.length > 0 ? wanted : all) {
  process.stdout.write(`\n== ${name}\n`);
  const { run } = (await import(join(import.meta.dirname, `${name}.ts`))) as { run: () => Promise<void> };
  await run();
}
process.exit(0);
