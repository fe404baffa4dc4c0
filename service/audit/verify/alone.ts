/**
 * The verifier as one file without dependencies, for Node 20 or later: what `service/audit/verify/build.ts` puts into `dist/verify.mjs`.
 * It reads files and writes its answer; it opens no connection. `--help` says what may be asked.
 */
import { answer } from './offline.ts';
import { run } from './command.ts';

const USAGE = `Usage: node verify.mjs <what> <path> [options]

  log <folder or log.ndjson>     the log's copy: every hash, signature and rule
      --from <file or size> --to <file or size>   checkpoints that must be in it
      --checkpoint <file>        one you kept earlier must be part of it
      --witness <vkey>           a witness that must have signed it
      --tsa <roots.pem>          the time-stamp authority whose tokens count
      --hashes                   hashes and signatures only
  bundle <folder or bundle.zip>  a certificate with all it rests on
  certificate <file>             a certificate as the service answered it
  report <file>                  rows with proofs, or a .proof.json (--file <the report>)

  --vkey <text or file>          the log's verifier key as you were given it; else the one found beside
  --json                         the answer as JSON

Exit 0 valid, 1 invalid (the place is named), 2 cannot be decided, 3 wrong usage.`;

await run(process.argv.slice(2), USAGE, (question) => answer(question));
