// Plain JavaScript that any Node since 20 can run: finds Node 26, builds what is stale, starts the lab or, when configured, the service.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const major = Number(process.versions.node.split('.')[0]);

if (major < 26) {
  const node = here('node_modules/.bin/node');
  if (!existsSync(node)) {
    process.stderr.write('Node 26 is needed. Run "npm ci" (it brings Node 26), then "npm start".\n');
    process.exit(1);
  }
  // The ipc channel lets the child notice that this parent was killed.
  const child = spawn(node, [here('start.mjs'), ...process.argv.slice(2)], { stdio: ['inherit', 'inherit', 'inherit', 'ipc'], env: { ...process.env, SEND_SECURE_PARENT: '1' } });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
} else {
  if (process.env.SEND_SECURE_PARENT && process.channel) {
    process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
    process.channel.unref();
  }
  const { configured } = await import('./service/config.ts');
  const { buildAddin } = await import('./addin/build.ts');
  const { buildConsole } = await import('./console/build.ts');
  const building = (what) => () => process.stdout.write(`Building ${what}, once after each change …\n`);
  await buildAddin({ begun: building('the add-in') });
  await buildConsole({ begun: building('the console') });
  if (configured(process.env)) await import('./service/main.ts');
  else await import('./lab/main.ts');
}
