/**
 * Runs a witness. For another person than the log's owner, on another machine, with a key and a folder of its own:
 *
 *   npm run witness -- --name <name> --folder <folder> --log <the log's vkey> [--log …] [--port 7070] [--host 127.0.0.1]
 *
 * Prints its verifier key; put its address and that key into WITNESS_URL and WITNESS_KEY of the service. Plain HTTP: put it behind TLS.
 */
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { openWitness } from './witness.ts';

const LARGEST = 64 * 1024;

const { values } = parseArgs({ options: { name: { type: 'string' }, folder: { type: 'string' }, log: { type: 'string', multiple: true }, port: { type: 'string' }, host: { type: 'string' } } });
if (values.name === undefined || values.folder === undefined || values.log === undefined || !/^\d{0,5}$/.test(values.port ?? '')) {
  process.stderr.write('Usage: npm run witness -- --name <name> --folder <folder> --log <vkey> [--log <vkey>] [--port 7070] [--host 127.0.0.1]\n');
  process.exit(3);
}
const witness = openWitness({ folder: values.folder, name: values.name, logs: values.log, now: Date.now });

const server = createServer((request, response) => {
  if (request.method !== 'POST' || !(request.url ?? '').endsWith('/add-checkpoint')) {
    response.writeHead(404).end();
    return;
  }
  const chunks: Buffer[] = [];
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > LARGEST) request.destroy();
    else chunks.push(chunk);
  });
  request.on('end', () => {
    try {
      const { status, text, type } = witness.add(Buffer.concat(chunks).toString('utf8'));
      response.writeHead(status, { 'content-type': type }).end(text);
    } catch {
      // What was seen cannot be remembered: then nothing is signed.
      response.writeHead(500).end();
    }
  });
});
server.requestTimeout = 15_000;
server.listen(Number(values.port ?? 7070), values.host ?? '127.0.0.1', () => {
  const at = server.address();
  process.stdout.write(`witness ${witness.vkey}\nlistens ${typeof at === 'object' && at !== null ? at.port : ''}\n`);
});
