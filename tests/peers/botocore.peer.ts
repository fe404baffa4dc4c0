/**
 * botocore, the core of the AWS SDK for Python: signs the requests that we send to a write-once bucket byte for byte as we do, and as a client of the
 * lab's bucket finds that its lock is the one it knows.
 * Debian: python3 python3-botocore
 */
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLabBucket, type Bucket } from '../../lab/bucket.ts';
import { openBucket, signRequest } from '../../service/audit/anchor/bucket.ts';
import { openWorld } from '../../service/world.ts';
import { tool } from '../tools.ts';

const there = tool('python3', 'whether the AWS SDK signs as we do');
// Debian's own, which sees Debian's packages, whatever else is on the path.
const PYTHON = '/usr/bin/python3';
const KEYS = { id: 'AKLABLABLABLAB', secret: 'a secret/that+stays here', region: 'eu-central-1' };

const SCRIPT = `
import json, sys
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.config import Config
from botocore.exceptions import ClientError
import botocore.session
ask = json.load(sys.stdin)
keys = Credentials(ask['id'], ask['secret'])
def sign(one):
    request = AWSRequest(method=one['method'], url=one['url'], headers=one['headers'], data=one['body'].encode())
    S3SigV4Auth(keys, 's3', ask['region']).add_auth(request)
    return {name.lower(): value for name, value in request.headers.items()}
said = {'signed': [sign(one) for one in ask['requests']]}
client = botocore.session.get_session().create_client('s3', region_name=ask['region'], endpoint_url=ask['endpoint'], aws_access_key_id=ask['id'], aws_secret_access_key=ask['secret'],
    config=Config(s3={'addressing_style': 'path', 'payload_signing_enabled': True}, retries={'max_attempts': 1}, signature_version='s3v4'))
ours = client.get_object(Bucket='locked', Key=ask['ours'])
said['ours'] = {'text': ours['Body'].read().decode(), 'mode': ours.get('ObjectLockMode'), 'until': ours['ObjectLockRetainUntilDate'].isoformat()}
def refused(call):
    try:
        call()
        return 'done'
    except ClientError as error:
        return error.response['Error']['Code']
said['deleted'] = refused(lambda: client.delete_object(Bucket='locked', Key=ask['ours'], VersionId=ours['VersionId']))
said['put'] = client.put_object(Bucket='locked', Key='theirs.txt', Body=b'theirs', ObjectLockMode='COMPLIANCE', ObjectLockRetainUntilDate=ask['until'])['VersionId']
json.dump(said, sys.stdout)
`;

describe.skipIf(!there)('botocore', () => {
  let bucket: Bucket;
  const note = 'audit.riverside.test/v1\n7\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n\n— audit.riverside.test/v1 AAAA\n';
  const requests = [
    { method: 'PUT', url: 'https://copies.s3.eu-central-1.amazonaws.com/audit/checkpoint-0000000000000007.txt', headers: { 'content-type': 'text/plain; charset=utf-8', 'if-none-match': '*', 'content-md5': '1B2M2Y8AsgTpgAmY7PhCfg==', 'x-amz-object-lock-mode': 'COMPLIANCE', 'x-amz-object-lock-retain-until-date': '2033-01-01T00:00:00Z' }, body: note },
    { method: 'GET', url: 'https://minio.riverside.test:9000/copies/audit/checkpoint-0000000000000007.txt', headers: {}, body: '' },
    { method: 'GET', url: 'https://copies.s3.eu-central-1.amazonaws.com/a%20b/%C3%BC~x.txt?prefix=a%2Fb&list-type=2', headers: { 'x-odd': '  two   words ' }, body: '' },
  ];
  interface Said { signed: { [name: string]: string }[]; ours: { text: string; mode: string; until: string }; deleted: string; put: string }
  let said: Said;

  beforeAll(async () => {
    bucket = await openLabBucket(KEYS);
    const world = openWorld({ resolver: '', resolverTrusted: false, allowedNetworks: ['127.0.0.0/8'] });
    await openBucket({ url: bucket.url, ...KEYS, years: 7 }, world, true).keep('audit/one.txt', note);
    const python = spawn(PYTHON, ['-c', SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, AWS_EC2_METADATA_DISABLED: 'true', NO_PROXY: '*' } });
    python.stdin.end(JSON.stringify({ ...KEYS, requests, endpoint: new URL(bucket.url).origin, ours: 'audit/one.txt', until: '2033-01-01T00:00:00Z' }));
    let out = '';
    python.stdout.on('data', (chunk: Buffer) => { out += chunk.toString(); });
    await new Promise((ended) => { python.once('close', ended); });
    said = JSON.parse(out) as Said;
  });
  afterAll(() => bucket?.close());

  it.each(requests.map((r, n) => [`${r.method} ${r.url}`, n] as const))('signs as we do: %s', (_, n) => {
    const [ask, theirs] = [requests[n]!, said.signed[n]!];
    const at = Date.parse(theirs['x-amz-date']!.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
    const ours = signRequest({ ...ask, body: Buffer.from(ask.body) }, KEYS, at);
    expect(ours['authorization']!.split(/, ?/)).toEqual(theirs['authorization']!.split(/, ?/));
  });

  it('reads back what we put, with its lock, and may not delete it', () => {
    expect(said.ours).toMatchObject({ text: note, mode: 'COMPLIANCE' });
    expect(Date.parse(said.ours.until) - Date.now()).toBeGreaterThan(6.9 * 365 * 86_400_000);
    expect(said.deleted).toBe('AccessDenied');
    expect(bucket.versions('audit/one.txt')).toEqual([note]);
  });

  it('is taken by the lab\'s bucket as we are', () => {
    expect(said.put).toBe('v1');
    expect(bucket.surprises).toEqual(['DELETE AccessDenied']);
  });
});
