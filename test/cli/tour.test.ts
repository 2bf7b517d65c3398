import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateOrganisations } from '../../src/services/demo-data/organisations.js';
import { generatePatient } from '../../src/services/demo-data/generate-patient.js';
import { build, cairn, SECRET, temporaryFolder, up, type Run, type Up } from './cairn.js';

const env = { CAIRN_SECRET: SECRET };
const folder = temporaryFolder();
const data = join(folder.path, 'node');
const files = join(folder.path, 'files');
const file = (name: string): string => join(files, name);
const HEX16 = /^[0-9a-f]{32}$/;

/** Resolves when the node has committed something more. */
async function heightAbove(height: number): Promise<void> {
  for (;;) {
    const response = await fetch(new URL('/api/v1/status', node.url));
    const { chain } = (await response.json()) as { chain: { height: number } };
    if (chain.height > height) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Runs the command for the data folder and expects that it succeeds. */
async function ok(...args: string[]): Promise<Run> {
  const run = await cairn(['--data', data, ...args], { env });
  expect(run, args.join(' ')).toMatchObject({ code: 0 });
  return run;
}

async function json<Result>(...args: string[]): Promise<Result> {
  return JSON.parse((await ok('--json', ...args)).stdout) as Result;
}

interface Imported {
  accepted: number;
  unchanged: number;
  refused: number;
  notReached: number;
  files: { name: string; unreadable: unknown }[];
}

const { bundle, summary } = generatePatient(3, { home: 'alder-valley-hospital', scale: 0 });
let node: Up;
let subject: string;

beforeAll(async () => {
  build();
  mkdirSync(files);
  writeFileSync(file('patient.json'), JSON.stringify(bundle));
  writeFileSync(file('consortium.json'), JSON.stringify(generateOrganisations().bundle));
  const members = ['st-anna:hospital:St Anna Hospital', 'north-clinic:clinic:North Clinic'];
  const founded = await json<{ organisations: object[] }>('init', '--chain', 'tour-1', '--member', ...members);
  expect(founded.organisations).toEqual([
    { id: 'st-anna', name: 'St Anna Hospital', roles: ['hospital'] },
    { id: 'north-clinic', name: 'North Clinic', roles: ['clinic'] },
  ]);
  node = await up(data, { env });
});
afterAll(async () => {
  await node.stop();
  folder.remove();
});

describe('with a running node', () => {
  it('tells its status', async () => {
    const status = await json<{ url: string; ready: boolean; chain: { id: string } }>('status');
    expect(status).toMatchObject({ url: node.url, ready: true, chain: { id: 'tour-1' } });
    expect((await ok('status')).stdout).toContain('st-anna');
  });

  it('imports a folder in an order in which links are found', async () => {
    const report = await json<Imported>('import', files);
    expect(report).toMatchObject({ refused: 0, unchanged: 0, notReached: 0 });
    expect(report.accepted).toBeGreaterThan(summary.resourceCount);
    expect(report.files.map(({ name }) => name)).toEqual([file('consortium.json'), file('patient.json')]);
  });

  it('imports the same again without changing anything', async () => {
    const before = await json<{ chain: { height: number } }>('status');
    const { stdout } = await ok('import', file('patient.json'), file('consortium.json'));
    expect(stdout).toMatch(/^2 files: 0 accepted, \d+ unchanged, 0 refused$/m);
    expect(await json('status')).toMatchObject({ chain: { height: before.chain.height } });
  });

  it('imports what comes in on standard input, a resource a line', async () => {
    const input = '{"resourceType":"Patient","id":"line-1"}\n{"resourceType":"Patient","id":"line-2"}\n';
    const { code, stdout } = await cairn(['--data', data, '--json', 'import', '-'], { env, input });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ accepted: 2, files: [{ name: 'standard-input.ndjson' }] });
  });

  it('says what of a file was refused and why, never what it says, and imports the rest', async () => {
    const lines = [
      '{"resourceType":"Patient","id":"good"}',
      '{"resourceType":"Patient","id":"x","gender":"Kunigunde"}',
    ];
    writeFileSync(file('some.ndjson'), lines.join('\n'));
    writeFileSync(file('junk.json'), 'Kunigunde');
    writeFileSync(file('binary.json'), Uint8Array.of(0xff, 0xfe));
    const files = ['some.ndjson', 'junk.json', 'binary.json'].map(file);
    const { code, stdout, stderr } = await cairn(['--data', data, 'import', ...files], { env });
    expect(code).toBe(3);
    expect(stdout).toContain('some.ndjson: 1 accepted, 0 unchanged, 1 refused\n  2. Patient: Patient.gender: ');
    expect(stdout).toMatch(/junk\.json: refused\n {2}.*not JSON/);
    expect(stdout).toMatch(/binary\.json: refused\n {2}.*not text in UTF-8/);
    expect(stderr).toContain('[import.refused]');
    expect(stdout + stderr).not.toContain('Kunigunde');
  });

  it('shows the subjects', async () => {
    const subjects = await json<{ subject: string; kind: string }[]>('subject', 'list');
    expect(subjects.filter(({ kind }) => kind === 'patient')).toHaveLength(4);
    subject = (await json<{ subject: string }>('subject', 'show', 'Patient/line-1')).subject;
    expect(subjects.map((one) => one.subject)).toContain(subject);
    expect((await ok('subject', 'show', subject)).stdout).toMatch(/^general +[0-9a-f]{32} +1 +1 +\d+$/m);
    expect((await json<{ subject: string }>('subject', 'create')).subject).toMatch(HEX16);
  });

  it('grants, lists and revokes; each decision has a receipt that is verified offline', async () => {
    const [grant] = await json<{ grant: string; transaction: string }[]>(
      ...['consent', 'grant', 'Patient/line-1', '--to', 'north-clinic', '--for', '30d'],
    );
    expect(grant?.grant).toMatch(HEX16);
    const grants = await json<{ grant: string }[]>('consent', 'list', subject);
    expect(grants.find((one) => one.grant === grant?.grant)).toMatchObject({ grantee: 'north-clinic', status: 'live' });
    const granted = await json<{ subject: string }[]>('-o', 'north-clinic', 'subject', 'list', '--relation', 'grantee');
    expect(granted.map((one) => one.subject)).toContain(subject);

    await ok('consent', 'revoke', grant?.grant ?? '');
    expect((await ok('consent', 'list', subject)).stdout).toMatch(/north-clinic .* revoked$/m);

    await ok('receipt', grant?.transaction ?? '', '0', '-f', file('grant.receipt'));
    const { stdout } = await ok('verify', file('grant.receipt'));
    expect(stdout).toContain('grant.receipt: valid\nconsent.grant (call 1 of 1) took effect: chain tour-1');
  });

  it('proves that an access log is complete', async () => {
    const args = ['access', 'log', 'Patient/line-1', '--evidence', file('log.evidence')];
    const log = await json<{ total: number; accesses: unknown[] }>(...args);
    expect(log.accesses).toHaveLength(log.total);
    expect((await ok('verify', file('log.evidence'))).stdout).toMatch(/access\/logs: all \d+ entries, none missing/);
    await ok('access', 'log', subject);
  });

  it('verifies for anybody who has the trust root, without the data folder', async () => {
    const trust = await ok('status', '--trust');
    writeFileSync(file('trust.json'), trust.stdout);
    const args = ['verify', '--trust', file('trust.json'), file('grant.receipt'), file('log.evidence')];
    const { code, stdout } = await cairn(['--json', ...args]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([{ valid: true }, { valid: true }]);
  });

  it('refuses a receipt with one bit changed, with exit code 4', async () => {
    const bytes = readFileSync(file('grant.receipt'));
    bytes[bytes.length - 40] = (bytes[bytes.length - 40] ?? 0) ^ 1;
    writeFileSync(file('tampered.receipt'), bytes);
    const run = await cairn(['--data', data, 'verify', file('grant.receipt'), file('tampered.receipt')]);
    expect(run.code).toBe(4);
    expect(run.stdout).toMatch(/grant\.receipt: valid[^]*tampered\.receipt: NOT valid/);
    expect(run.stderr).toMatch(/^cairn: .*tampered\.receipt is not valid\. \[receipt\.not-valid\]\n$/);
  });

  it('issues keys that open what they may, until they are revoked', async () => {
    const { key, token } = await json<{ key: { id: string }; token: string }>('key', 'issue', '--label', 'Dr A');
    expect(await json('key', 'list')).toMatchObject([{}, { id: key.id, label: 'Dr A', revokedAt: null }]);
    const withKey = ['--url', node.url, '--token', token];
    expect(await cairn([...withKey, 'subject', 'show', subject])).toMatchObject({ code: 0 });
    const write = await cairn([...withKey, 'subject', 'create']);
    expect(write).toMatchObject({ code: 3, stdout: '' });
    expect(write.stderr).toContain('[auth.insufficient-scope]');
    await ok('key', 'revoke', key.id);
    expect(await cairn([...withKey, 'subject', 'show', subject])).toMatchObject({ code: 3 });
  });

  it('rebuilds the index', async () => {
    expect(await json('index', 'rebuild')).toMatchObject({ type: 'done' });
    expect(await json('subject', 'show', 'Patient/line-1')).toMatchObject({ subject });
  });

  it('stops cleanly at an interrupt, and a repeated import completes', async () => {
    const patients = [11, 12, 13, 14].map((seed) => {
      const path = file(`interrupted-${seed}.json`);
      writeFileSync(path, JSON.stringify(generatePatient(seed, { home: 'alder-valley-hospital', scale: 1 }).bundle));
      return path;
    });
    const { chain } = await json<{ chain: { height: number } }>('status');
    const interrupted = await cairn(['--data', data, '--json', 'import', ...patients], {
      env,
      onStart: (child) => void heightAbove(chain.height).then(() => child.kill('SIGINT')),
    });
    // Where the machine was fast enough, there was nothing left to interrupt.
    expect([130, 0]).toContain(interrupted.code);
    expect(interrupted.stderr).not.toContain('defect');
    const report = await json<Imported>('import', ...patients);
    expect(report.files).toHaveLength(4);
    expect(report).toMatchObject({ refused: 0, notReached: 0 });
  });

  it('refuses a second node on the same folder', async () => {
    const run = await cairn(['--data', data, 'up', '--port', '0'], { env });
    expect(run).toMatchObject({ code: 5, stdout: '' });
    expect(run.stderr).toMatch(/^cairn: .* \[database\.locked\]\n$/m);
  });

  it('refuses a port that is in use', async () => {
    const other = temporaryFolder();
    const port = new URL(node.url).port;
    await cairn(['--data', other.path, 'init', '--member', 'a1:clinic:A'], { env });
    const run = await cairn(['--data', other.path, 'up', '--port', port], { env });
    expect(run.code).toBe(1);
    expect(run.stderr).toContain(`Port ${port} on 127.0.0.1: another program listens there.`);
    other.remove();
  });
});

describe('after a kill', () => {
  it('starts again and has everything', async () => {
    expect(await node.stop('SIGKILL')).toBe(null);
    node = await up(data, { env });
    expect(await json('subject', 'show', 'Patient/line-1')).toMatchObject({ subject });
  });
});

describe('without a running node', () => {
  beforeAll(async () => {
    expect(await node.stop('SIGTERM')).toBe(0);
  });

  it('starts one for the command alone', async () => {
    expect(await json('subject', 'show', 'Patient/line-1')).toMatchObject({ subject });
    expect(await json('import', file('patient.json'))).toMatchObject({ accepted: 0, refused: 0 });
    expect(await json('consent', 'grant', subject, '--to', 'north-clinic')).toMatchObject([{ code: 'general' }]);
  });

  it('verifies without any', async () => {
    expect(await cairn(['--data', data, 'verify', file('grant.receipt')])).toMatchObject({ code: 0 });
  });

  it('opens the key stores with the right secret only', async () => {
    const wrong = { CAIRN_SECRET: SECRET.replace('d', 'e') };
    const run = await cairn(['--data', data, 'status'], { env: wrong });
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toMatch(/^cairn: .* \[custody\.[a-z-]+\]\n$/);
    const none = await cairn(['--data', data, 'status']);
    expect(none.stderr).toContain('[node.no-secret]');
  });
});
