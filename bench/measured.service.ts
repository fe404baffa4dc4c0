/** The service in a process of its own beside the world, which tells its memory and its event loop's pauses when asked (`measured.child.ts`). */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { openBeside } from '../lab/world/beside.ts';

export async function openMeasured() {
  const world = await openBeside('bench');
  const child = fork(join(import.meta.dirname, 'measured.child.ts'), { execArgv: ['--expose-gc'], env: { ...world.settings } });
  const heard = () => new Promise<Record<string, number & string>>((done) => { child.once('message', (m) => done(m as never)); });
  const { url } = await heard();
  return {
    world, url,
    /** begin | peek | end; bytes and milliseconds */
    ask: (what: string) => { const answer = heard(); child.send(what); return answer; },
    async close() {
      const gone = new Promise((r) => { child.once('exit', r); });
      child.send('stop');
      await gone;
      await world.close();
    },
  };
}
