/**
 * One file out of several of ours: types are taken off, each module becomes a function of its own, `node:` is the only thing left to import.
 * So the verifier in a bundle is the code that is tested, not a copy of it. A module that would need a package is a fault.
 */
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { Fault } from '../../refusal.ts';

const HEAD = '#!/usr/bin/env node\n// Checks the bundle it lies in; Node 20 or later, nothing else. README.txt says the same in sha256sum and openssl.\n';
const IMPORT = /^import\s*(?:\{([^}]*)\}|\*\s*as\s+(\w+))\s*from\s*'([^']+)';[ \t]*$/gm;
const EXPORT = /^export\s+(?=(?:async\s+)?(?:const|function|class)\s+(\w+))/gm;

/** Types off, in silence: the function is marked as experimental, and saying so once a process would help nobody who reads the log. */
function stripped(text: string): string {
  const said = process.emitWarning;
  process.emitWarning = () => undefined;
  try {
    return stripTypeScriptTypes(text);
  } finally {
    process.emitWarning = said;
  }
}

const made = new Map<string, string>();

/** `main(args, here, say)` of that module decides the exit code. */
export function scriptOf(entry: URL): string {
  const known = made.get(entry.href);
  if (known !== undefined) return known;
  const [builtins, names, modules] = [new Map<string, string>(), new Map<string, string>(), [] as string[]];

  function load(url: URL): string {
    const before = names.get(url.href);
    if (before !== undefined) return before;
    names.set(url.href, `m${names.size}`);
    const name = names.get(url.href) ?? '';
    const exported: string[] = [];
    const body = stripped(readFileSync(url, 'utf8'))
      .replace(IMPORT, (_all, wanted: string | undefined, whole: string | undefined, from: string) => {
        const taken = (wanted ?? '').replace(/\bas\b/g, ':').replace(/\s+/g, ' ').trim();
        if (whole === undefined && taken.replaceAll(',', '').trim() === '') return '';
        if (from.startsWith('node:')) builtins.set(from, from.replace(/\W/g, '_'));
        else if (!from.startsWith('.')) throw new Fault('script-package', 'The verifier of a bundle may not need a package.');
        return `const ${whole ?? `{ ${taken} }`} = ${from.startsWith('node:') ? builtins.get(from) : load(new URL(from, url))};`;
      })
      .replace(EXPORT, (_all, what: string) => { exported.push(what); return ''; });
    if (/^(?:import|export)\b/m.test(body)) throw new Fault('script-import', 'A module of the verifier imports or exports in a way that cannot be put into one file.');
    const bare = body.replace(/\/\*\*[\s\S]*?\*\//g, '').replace(/[ \t]+$/gm, '').replace(/\n{2,}/g, '\n').trim();
    modules.push(`const ${name} = (() => {\n${bare}\nreturn { ${exported.join(', ')} };\n})();\n`);
    return name;
  }

  const main = load(entry);
  const script = [HEAD, ...[...builtins].sort().map(([from, as]) => `import * as ${as} from '${from}';\n`), ...modules, `process.exitCode = ${main}.main(process.argv.slice(2), import.meta.dirname, (line) => console.log(line));\n`].join('');
  made.set(entry.href, script);
  return script;
}
