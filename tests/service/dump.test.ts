import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { noDumps, withoutCore } from '../../service/dump.ts';

const base = mkdtempSync(join(tmpdir(), 'dump-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));
const module_ = join(import.meta.dirname, '../../service/dump.ts');

describe('a crash', () => {
  // Each way a process of ours can die, with the flags that would have Node write a report of it, and the core limit the image sets.
  it.each([
    ['killed for its memory', 'const held = []; for (;;) held.push(new Array(1e5).fill(word + held.length));'],
    ['aborted', 'process.abort();'],
    ['by an error nobody caught', 'throw new Error("x");'],
    ['by a signal', 'process.kill(process.pid, "SIGSEGV"); setInterval(() => {}, 1000);'],
  ])('%s leaves no dump of what was in memory', (how, death) => {
    const folder = mkdtempSync(join(base, 'run-'));
    const script = join(folder, 'script.mjs');
    writeFileSync(script, `import { noDumps } from ${JSON.stringify(module_)}; noDumps([]); const word = process.env.SECRET + 'canary'; ${death}`);
    const run = (protect: boolean) => spawnSync('sh', ['-c', 'ulimit -c 0 && exec "$0" "$@"', process.execPath, '--max-old-space-size=30', '--report-on-fatalerror', '--report-uncaught-exception', protect ? script : join(folder, 'bare.mjs')], { cwd: folder, env: { ...process.env, SECRET: 'quokka' }, encoding: 'utf8', timeout: 60_000 });
    const ended = run(true);
    expect(ended.status).not.toBe(0);
    expect(readdirSync(folder)).toEqual(['script.mjs']);
    expect(ended.stdout + ended.stderr).not.toContain('quokkacanary');
    // That Node would have written one, or the test shows nothing.
    if (how !== 'by an error nobody caught') return;
    writeFileSync(join(folder, 'bare.mjs'), death);
    run(false);
    expect(readdirSync(folder).some((name) => name.startsWith('report.'))).toBe(true);
  });

  it.each(['--heapsnapshot-near-heap-limit=2', '--heapsnapshot-signal=SIGUSR2', '--abort-on-uncaught-exception', '--abort_on_uncaught_exception', '--inspect', '--inspect=0.0.0.0:9229', '--inspect-brk', '--heap-prof', '--report-on-signal'])('%s is refused at the start', (flag) => {
    expect(() => noDumps([flag])).toThrow(expect.objectContaining({ code: 'dumps-on' }));
    expect(() => noDumps([], `--max-old-space-size=4096 ${flag}`)).toThrow(expect.objectContaining({ code: 'dumps-on' }));
  });

  it('the program refuses to start so, and says why', () => {
    const { status, stderr } = spawnSync(process.execPath, ['--heap-prof', '--diagnostic-dir', base, join(import.meta.dirname, '../../service/main.ts')], { encoding: 'utf8', env: { PATH: process.env['PATH'] } });
    expect(status).toBe(1);
    expect(stderr).toMatch(/\(dumps-on\)[^]*Node was started with --heap-prof, which writes/);
  });

  it.each([['0', true], ['unlimited', false], ['1024', false]])('a core limit of %s is seen', (limit, without) => {
    const limits = join(base, `limits-${limit}`);
    writeFileSync(limits, `Limit                     Soft Limit           Hard Limit           Units\nMax stack size            8388608              unlimited            bytes\nMax core file size        ${limit}                    unlimited            bytes\n`);
    expect(withoutCore(limits)).toBe(without);
    expect(withoutCore(join(base, 'none'))).toBeNull();
  });
});
