/** Whether the service of this container answers `/healthz`, for the container's own health check. Exit 0 or 1, no word. */
import { get as http } from 'node:http';
import { get as https } from 'node:https';

const { HOST = '127.0.0.1', PORT = '3000', TLS_CERT_FILE } = process.env;
// Listening everywhere is listening here; an address of its own is asked at that address.
const hostname = ['0.0.0.0', '::', ''].includes(HOST) ? '127.0.0.1' : HOST;
// Who answers on this machine is not in doubt, and the certificate names another host.
const ask = TLS_CERT_FILE ? https : http;
const asked = ask({ hostname, port: PORT, path: '/healthz', timeout: 2_000, rejectUnauthorized: false }, (answer) => { process.exit(answer.statusCode === 200 ? 0 : 1); });
asked.on('timeout', () => process.exit(1));
asked.on('error', () => process.exit(1));
