/** The verifier of a bundle can be put into one file; what would need more than Node cannot. */
import { expect, it } from 'vitest';
import { scriptOf } from '../../../../service/audit/certificate/script.ts';

const of = (name: string) => scriptOf(new URL(`../../../../service/audit/certificate/${name}`, import.meta.url));

it('holds the verifier, and imports nothing but Node', () => {
  const script = of('verifier.ts');
  expect(script.match(/^import .*$/gm)?.filter((line) => !/from 'node:[a-z]+';$/.test(line))).toEqual([]);
  expect(script).toContain('is not in the log that the checkpoint signs');
  expect(script).not.toMatch(/node:(?:net|tls|dns|http|https|child_process)'/);
});

it('a module that needs a package is no part of it', () => {
  expect(() => of('archive.ts')).toThrow(expect.objectContaining({ code: 'script-package' }));
});
