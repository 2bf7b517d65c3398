import {
  closeSync,
  cpSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build, cairn, SECRET, temporaryFolder, up, type Up } from './cairn.js';

const folder = temporaryFolder();
const at = (name: string): string => join(folder.path, name);
const env = { CAIRN_SECRET: SECRET };
const data = at('node');
const SUBJECT = '00'.repeat(16);

beforeAll(async () => {
  build();
  mkdirSync(at('empty'));
  writeFileSync(at('not.json'), 'not JSON');
  writeFileSync(at('patients.ndjson'), '{"resourceType":"Patient","id":"p1"}\n');
  expect(await cairn(['--data', data, 'init', '--member', 'st-anna:hospital:St Anna'], { env })).toMatchObject({
    code: 0,
  });
  // A node that has run and holds a patient.
  expect(await cairn(['--data', data, 'import', at('patients.ndjson')], { env })).toMatchObject({ code: 0 });
});
afterAll(() => folder.remove());

/** What was wrong is said in one line, with what to do; a stack is for defects. */
function expectRefusal({ stderr }: { stderr: string }, says: string | RegExp): void {
  if (typeof says === 'string') expect(stderr).toContain(says);
  else expect(stderr).toMatch(says);
  expect(stderr).not.toMatch(/\n\s+at |defect|Error:/);
}

interface Wrong {
  readonly args: readonly string[];
  readonly exit: number;
  readonly says: string | RegExp;
}

const withData = (...args: string[]): string[] => ['--data', data, ...args];

const WITHOUT_NODE: Record<string, Wrong> = {
  'an unknown command': { args: ['imprt'], exit: 2, says: /unknown command 'imprt'.*\n.*import/ },
  'an unknown option': { args: ['status', '--jsn'], exit: 2, says: "unknown option '--jsn'" },
  'a missing argument': { args: ['verify'], exit: 2, says: "missing required argument 'files'" },
  'a folder that holds no node': { args: ['--data', at('empty'), 'status'], exit: 1, says: '[node.not-set-up]' },
  'up without a node': {
    args: ['--data', at('empty'), 'up'],
    exit: 1,
    says: /--demo, or `cairn init`.*node\.not-set-up/,
  },
  'init twice': { args: withData('init', '--member', 'a1:clinic:A'), exit: 1, says: '[node.set-up-already]' },
  'a member without a role': { args: ['init', '--member', 'a1'], exit: 2, says: '[usage.member]' },
  'a member with a bad id': { args: ['init', '--member', 'A!:clinic:A'], exit: 2, says: '[usage.member]' },
  'two members of one id': {
    args: ['--data', at('twice'), 'init', '--member', 'a1:clinic:A', 'a1:clinic:B'],
    exit: 2,
    says: '[usage.member]',
  },
  'a chain id that is none': {
    args: ['--data', at('chain'), 'init', '--chain', 'x'.repeat(80), '--member', 'a1:clinic:A'],
    exit: 2,
    says: '[usage.chain]',
  },
  'a port that is none': { args: withData('up', '--port', '99999'), exit: 2, says: 'port' },
  'a log level that is none': { args: withData('up', '--log-level', 'loud'), exit: 2, says: 'logLevel' },
  'a public address without TLS': { args: withData('up', '--host', '0.0.0.0'), exit: 2, says: '[config.insecure]' },
  'a certificate without a key': { args: withData('up', '--tls-cert', at('not.json')), exit: 2, says: 'tlsKey' },
  'a configuration that is not JSON': { args: ['--config', at('not.json'), 'status'], exit: 2, says: 'is not JSON' },
  'a configuration that is not there': { args: ['--config', at('none'), 'status'], exit: 2, says: 'cannot be read' },
  'a file to verify that is not there': { args: withData('verify', at('none')), exit: 2, says: '[usage.file]' },
  'a receipt that is none': { args: withData('verify', at('not.json')), exit: 4, says: '[receipt.not-valid]' },
  'a trust root that is none': {
    args: ['verify', '--trust', at('not.json'), at('not.json')],
    exit: 4,
    says: '[trust-root.malformed]',
  },
  'a file to import that is not there': {
    args: withData('import', at('none')),
    exit: 2,
    says: 'there is no such file',
  },
  'a folder with nothing to import': {
    args: withData('import', at('empty')),
    exit: 2,
    says: '[usage.nothing-to-import]',
  },
  'a URL without a key': { args: ['--url', 'http://127.0.0.1:1', 'status'], exit: 2, says: '[usage.token]' },
  'a URL that is none': { args: ['--url', 'nonsense', '--token', 'x', 'status'], exit: 2, says: '[usage.url]' },
  'a node that does not answer': {
    args: ['--url', 'http://127.0.0.1:1', '--token', 'x', 'status'],
    exit: 5,
    says: '[client.unreachable]',
  },
};

const WITH_NODE: Record<string, Wrong> = {
  'an organisation that is not here': { args: ['-o', 'elsewhere', 'status'], exit: 2, says: 'It serves: st-anna.' },
  'a subject that nobody knows': { args: ['subject', 'show', SUBJECT], exit: 3, says: /\[\S+unknown\S*\]/ },
  'a subject name that is none': { args: ['subject', 'show', 'someone'], exit: 2, says: '[request.invalid]' },
  'a relation that is none': { args: ['subject', 'list', '--relation', 'x'], exit: 2, says: /relation/ },
  'a grantee that is no member': {
    args: ['consent', 'grant', 'Patient/p1', '--to', 'nobody-here'],
    exit: 3,
    says: '[consent.unknown-grantee]',
  },
  'a duration that is none': {
    args: ['consent', 'grant', 'Patient/p1', '--to', 'st-anna', '--for', 'ages'],
    exit: 2,
    says: '[time.malformed]',
  },
  'a grant that nobody knows': { args: ['consent', 'revoke', SUBJECT], exit: 3, says: '[consent.unknown-grant]' },
  'a transaction that nobody knows': {
    args: ['receipt', '00'.repeat(32)],
    exit: 3,
    says: '[receipt.unknown-transaction]',
  },
  'a compartment that is not there': {
    args: ['access', 'log', 'Patient/p1', '--evidence', at('evidence'), '--compartment', 'nonsense'],
    exit: 2,
    says: '[usage.compartment]',
  },
  'a key that nobody knows': { args: ['key', 'revoke', '00'.repeat(8)], exit: 3, says: /\[\S+unknown\S*\]/ },
  'a token that is none': { args: ['--token', 'cairn_x', 'subject', 'list'], exit: 3, says: '[auth.invalid]' },
};

describe('is refused without a node:', () => {
  it.each(Object.entries(WITHOUT_NODE))('%s', async (_name, { args, exit, says }) => {
    const run = await cairn(args, { env });
    expectRefusal(run, says);
    expect(run.code).toBe(exit);
  });
});

describe('is refused by a node:', () => {
  let node: Up;
  beforeAll(async () => {
    node = await up(data, { env });
  });
  afterAll(async () => {
    expect(await node.stop()).toBe(0);
  });

  it.each(Object.entries(WITH_NODE))('%s', async (_name, { args, exit, says }) => {
    const run = await cairn(['--data', data, ...args], { env });
    expectRefusal(run, says);
    expect(run.code).toBe(exit);
  });
});

describe('a damaged data folder', () => {
  const damaged = at('damaged');
  const halve = (path: string): void => {
    const file = openSync(path, 'r+');
    ftruncateSync(file, Math.floor(statSync(path).size / 2));
    closeSync(file);
  };
  const inLedger = (pattern: RegExp) => (): void => {
    for (const name of readdirSync(join(damaged, 'ledger')))
      if (pattern.test(name)) halve(join(damaged, 'ledger', name));
  };

  const DAMAGE: Record<string, { readonly damage: () => void; readonly says: RegExp }> = {
    'genesis that is not JSON': {
      damage: () => writeFileSync(join(damaged, 'genesis.json'), '{'),
      says: /genesis file .* is not JSON.*\[genesis\.malformed\]/,
    },
    'genesis of another chain': {
      damage: () => {
        rmSync(join(damaged, 'genesis.json'));
        cpSync(join(at('other'), 'genesis.json'), join(damaged, 'genesis.json'));
      },
      says: /\[genesis\.wrong-keys\]/,
    },
    'a truncated ledger': { damage: inLedger(/^(MANIFEST|CURRENT)/), says: /\[database\.corrupt\]/ },
    'a truncated vault': { damage: () => halve(join(damaged, 'vault.sqlite')), says: /\[vault\.corrupt\]/ },
    'a truncated ledger index': {
      damage: () => halve(join(damaged, 'ledger-index.sqlite')),
      says: /\[ledger-index\.corrupt\]/,
    },
    'a truncated FHIR index': {
      damage: () => halve(join(damaged, 'index', 'st-anna.sqlite')),
      says: /\[index\.(corrupt|wrong-key)\]/,
    },
    'a truncated key store': {
      damage: () => halve(join(damaged, 'keys', 'st-anna.keys')),
      says: /\[custody\.[a-z-]+\]/,
    },
    'credentials that are not JSON': {
      damage: () => writeFileSync(join(damaged, 'credentials.json'), '{'),
      says: /\[node\.credentials\]/,
    },
  };

  beforeAll(async () => {
    await cairn(['--data', at('other'), 'init', '--member', 'st-anna:hospital:Other'], { env });
  });

  it.each(Object.entries(DAMAGE))('%s', async (_name, { damage, says }) => {
    rmSync(damaged, { recursive: true, force: true });
    cpSync(data, damaged, { recursive: true });
    damage();
    const run = await cairn(['--data', damaged, 'up', '--port', '0', '--log-level', 'silent'], {
      env,
      onStart: (child) => child.stdout?.once('data', () => child.kill()),
    });
    expectRefusal(run, says);
    expect(run.code).toBe(1);
  });
});
