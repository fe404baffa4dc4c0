/** As clamd answers INSTREAM (clamd(8)) when the empty piece has come: what says HARMFUL is found. The real one is asked in tests/peers. */
import { createServer, type AddressInfo } from 'node:net';

export async function openClamd(): Promise<{ readonly at: string; readonly looked: string[]; close(): void }> {
  const looked: string[] = [];
  const server = createServer((socket) => {
    let all = Buffer.alloc(0);
    socket.on('error', () => undefined).on('data', (chunk: Buffer) => {
      all = Buffer.concat([all, chunk]);
      if (!all.subarray(-4).equals(Buffer.alloc(4))) return;
      looked.push(all.subarray(0, 10).toString('latin1'));
      socket.end(all.includes('HARMFUL') ? 'stream: Test.Signature FOUND\0' : 'stream: OK\0');
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { at: `127.0.0.1:${(server.address() as AddressInfo).port}`, looked, close: () => { server.close(); } };
}
