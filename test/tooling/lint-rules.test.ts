// Every rule of our own is switched on in the real configuration, flags what it bans and leaves alone what it must.
import { ESLint } from 'eslint';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configFor } from '../../eslint.config.js';
import { determinismRules, encodingRules } from '../../scripts/lint/determinism.js';
import { houseRules } from '../../scripts/lint/house-rules.js';

interface Row {
  rule: string;
  /** Each must be flagged by this rule. */
  flagged: readonly string[];
  /** None may be flagged by this rule. */
  passes: readonly string[];
  /** Folder of the snippets. */
  folder?: string;
}

const TABLE: readonly Row[] = [
  {
    rule: 'determinism/no-clock',
    flagged: ['export const t = Date.now();', 'export const d = new Date(0);', 'export const t = performance.now();'],
    passes: [
      'export const f = (time: number) => time + 1;',
      'export const f = (Date: { now(): number }) => Date.now();',
    ],
  },
  {
    rule: 'determinism/no-timers',
    flagged: ['setTimeout(() => {}, 1);', 'queueMicrotask(() => {});', 'export const later = setImmediate;'],
    passes: ['export const f = (setTimeout: () => void) => setTimeout();'],
  },
  {
    rule: 'determinism/no-host',
    flagged: [
      'export const d = globalThis.Date;',
      "export const d = globalThis['Date'];",
      'export const w = window;',
      'export const s = self;',
      'export const e = process.env;',
      'console.log(1);',
      'export const u = new TextEncoder();',
      'export const r = crypto.subtle;',
      "export const b = Buffer.from('');",
      "export const m = require('node:fs');",
    ],
    passes: [
      'export const f = (crypto: { sha256(): number }) => crypto.sha256();',
      'export const o = { window: 1, process: 2 };',
    ],
  },
  {
    rule: 'determinism/no-randomness',
    flagged: [
      'export const r = Math.random();',
      "export const r = Math['random']();",
      "import { randomBytes } from '@noble/hashes/utils.js';\nexport const r = randomBytes(1);",
      'export const f = (curve: { utils: { randomSecretKey(): number } }) => curve.utils.randomSecretKey();',
    ],
    passes: ['export const f = (nonce: Uint8Array) => nonce.length;'],
  },
  {
    rule: 'determinism/no-inexact-math',
    flagged: [
      'export const s = Math.sin(1);',
      'export const p = Math.pow(2, 3);',
      'export const q = Math.sqrt(2);',
      'export const { log } = Math;',
      'const m = Math;\nexport const s = m;',
      "export const f = (name: 'sin') => Math[name](1);",
      'export const p = (a: number) => a ** 2;',
      'export const p = (a: number) => 2 ** a;',
    ],
    passes: [
      'export const m = Math.max(1, Math.min(2, 3));',
      'export const z = Math.clz32(1) + Math.floor(3) + Math.trunc(4) + Math.abs(-1);',
      'export const p = (a: bigint) => a ** 2n;',
      'export const limit = 2 ** 32;',
    ],
  },
  {
    rule: 'determinism/no-float',
    flagged: [
      'export const f = 0.5;',
      'export const f = 1e-3;',
      'export const f = 1e300;',
      'export const f = 9007199254740993;',
      'export const n = NaN;',
      'export const n = Infinity;',
      'export const n = Number.EPSILON;',
      'export const a = new Float64Array(1);',
      'export const f = (view: DataView) => view.getFloat64(0);',
      'export const f = (n: number) => n.toFixed(2);',
    ],
    passes: [
      'export const i = 1_000_000;',
      'export const i = 0xffff_ffff;',
      'export const i = 1e6;',
      "export const s = '0.5';",
      'export const b = 9007199254740993n;',
      'export const f = (view: DataView) => view.getUint32(0);',
    ],
  },
  {
    rule: 'determinism/no-division',
    flagged: [
      'export const f = (a: number, b: number) => a / b;',
      'export const f = (a: number) => Math.max(a / 2, 1);',
      'export function f(a: number) { a /= 2; return a; }',
      'export const f = (a: any) => a / 2;',
    ],
    passes: [
      'export const f = (a: bigint, b: bigint) => a / b;',
      'export const f = (a: number) => Math.floor(a / 2);',
      'export const f = (a: number) => Math.trunc(a / 2) + Math.ceil(a / 3);',
      'export function f(a: bigint) { a /= 2n; return a; }',
    ],
  },
  {
    rule: 'determinism/no-number-parsing',
    flagged: [
      "export const n = parseFloat('1');",
      "export const n = Number.parseFloat('1');",
      'export const f = (text: string) => Number(text);',
      'export const f = (text: unknown) => Number(text);',
      'export const f = (text: string) => +text;',
      'export const f = (text: string) => parseInt(text);',
    ],
    passes: [
      'export const f = (n: bigint) => Number(n);',
      'export const f = (text: string) => Number.parseInt(text, 10) + parseInt(text, 16);',
      'export const f = (text: string) => BigInt(text);',
    ],
  },
  {
    rule: 'determinism/no-locale',
    flagged: [
      'export const f = (n: number) => n.toLocaleString();',
      'export const f = (s: string) => s.toLocaleLowerCase();',
      "export const f = (a: string) => a.localeCompare('b');",
      'export const c = new Intl.Collator();',
    ],
    passes: ['export const f = (n: number) => n.toString();', 'export const f = (a: string, b: string) => a < b;'],
  },
  {
    rule: 'determinism/no-unicode-tables',
    flagged: [
      "export const f = (s: string) => s.normalize('NFC');",
      'export const f = (s: string) => s.toLowerCase();',
      "export const f = (s: string) => s['toUpperCase']();",
      'export const r = /\\p{L}/u;',
      'export const r = /é/iu;',
    ],
    passes: [
      'export const f = (v: { normalize(): number }) => v.normalize();',
      'export const r = /^[a-z]+$/;',
      'export const r = /^[a-f0-9]+$/i;',
      'export const r = /^.$/u;',
    ],
  },
  {
    rule: 'determinism/no-for-in',
    flagged: ['export function f(o: object) { for (const key in o) return key; return 0; }'],
    passes: ['export function f(o: object) { for (const key of Object.keys(o)) return key; return 0; }'],
  },
  {
    rule: 'determinism/no-default-sort',
    flagged: [
      'export const f = (list: number[]) => list.sort();',
      'export const f = (list: (string | number)[]) => [...list].sort();',
      'export const f = (list: any) => list.sort();',
    ],
    passes: [
      'export const f = (list: number[]) => list.sort((a, b) => a - b);',
      'export const f = (list: string[]) => [...list].sort();',
    ],
  },
  {
    rule: 'determinism/no-host-endianness',
    flagged: [
      'export const f = (b: Uint8Array) => new Uint32Array(b.buffer);',
      'export const f = (b: ArrayBuffer) => new BigUint64Array(b);',
      'export const f = (b: Uint8Array) => new Uint16Array(b.buffer, 0, 1);',
    ],
    passes: [
      'export const a = new Uint32Array(16);',
      'export const f = (b: Uint8Array) => new DataView(b.buffer).getUint32(0);',
      'export const f = (b: Uint8Array) => new Uint8Array(b.buffer, 1, 2);',
    ],
  },
  {
    rule: 'determinism/no-garbage-collection',
    flagged: ['export const r = new WeakRef({});', 'export const r = new FinalizationRegistry(() => {});'],
    passes: ['export const m = new WeakMap();'],
  },
  {
    rule: 'determinism/no-shared-memory',
    flagged: ['export const b = new SharedArrayBuffer(1);', 'export const f = (a: Int32Array) => Atomics.load(a, 0);'],
    passes: ['export const b = new ArrayBuffer(1);'],
  },
  {
    rule: 'determinism/no-race',
    flagged: [
      'export const f = (p: Promise<number>[]) => Promise.race(p);',
      'export const f = (p: Promise<number>[]) => Promise.any(p);',
    ],
    passes: ['export const f = (p: Promise<number>[]) => Promise.all(p);'],
  },
  {
    rule: 'determinism/no-eval',
    flagged: [
      "export const v: unknown = eval('1');",
      "export const f = new Function('return 1');",
      "export const f = Function('return 1');",
    ],
    passes: ['export const f = (call: Function) => call.length;'],
  },
  {
    rule: 'determinism/no-stack-trace',
    flagged: ['export const f = (error: Error) => error.stack;'],
    passes: ['export const f = (error: Error) => error.message;', 'export const stack: number[] = [];'],
  },
  {
    rule: 'determinism/no-impure-import',
    flagged: [
      "import { readFileSync } from 'node:fs';\nexport const r = readFileSync;",
      "import fs from 'fs';\nexport const r = fs;",
      "import { z } from 'fastify';\nexport const r = z;",
      "export { hostname } from 'node:os';",
      "export * from 'node:os';",
      "export const f = () => import('./other.js');",
      'export const here = import.meta.url;',
    ],
    passes: [
      "import { sha256 } from '@noble/hashes/sha2.js';\nexport const r = sha256;",
      "import { other } from '../primitives/other.js';\nexport const r = other;",
    ],
  },
  {
    rule: 'determinism/no-module-state',
    flagged: ['let count = 0;\nexport const next = () => (count += 1);', 'export let current = 0;'],
    passes: ['export const LIMIT = 3;', 'export function f() { let i = 0; i += 1; return i; }'],
  },
  {
    rule: 'determinism/no-json-encoding',
    flagged: [
      'export const f = (v: unknown) => JSON.stringify(v);',
      "export const f = (v: unknown) => JSON['stringify'](v);",
    ],
    passes: ['export const f = (t: string): unknown => JSON.parse(t);'],
  },
  {
    rule: 'cairn/no-bare-error',
    folder: 'src/services',
    flagged: [
      "export function f() { throw new Error('no'); }",
      "export function f() { throw new TypeError('no'); }",
      "export function f() { throw RangeError('no'); }",
      "export const f = () => Promise.reject(new Error('no'));",
    ],
    passes: [
      "class CairnError extends Error {}\nexport function f() { throw new CairnError('no'); }",
      'export const f = (error: unknown) => error instanceof Error;',
    ],
  },
  {
    rule: 'cairn/no-default-export',
    folder: 'src/services',
    flagged: ['export default 1;', 'const a = 1;\nexport { a as default };'],
    passes: ['export const a = 1;'],
  },
  {
    rule: 'cairn/no-ambient-configuration',
    folder: 'src/services',
    flagged: [
      "export const port = process.env['PORT'];",
      'export const args = process.argv;',
      'process.exit(1);',
      'export const here = process.cwd();',
    ],
    passes: ['export const pid = process.pid;'],
  },
  {
    rule: 'cairn/no-console',
    folder: 'src/services',
    flagged: ["console.log('x');", "console.error('x');", "process.stdout.write('x');"],
    passes: ['export const f = (console: { log(): void }) => console.log();'],
  },
  {
    rule: '@typescript-eslint/no-floating-promises',
    folder: 'src/services',
    flagged: ['export function f(p: Promise<void>) { p; }'],
    passes: ['export async function f(p: Promise<void>) { await p; }'],
  },
  {
    rule: '@typescript-eslint/no-misused-promises',
    folder: 'src/services',
    flagged: ['export const f = (p: Promise<boolean>) => { if (p) return 1; return 2; };'],
    passes: ['export const f = async (p: Promise<boolean>) => { if (await p) return 1; return 2; };'],
  },
  {
    rule: '@typescript-eslint/switch-exhaustiveness-check',
    folder: 'src/services',
    flagged: ["export function f(k: 'a' | 'b') { switch (k) { case 'a': return 1; } return 2; }"],
    passes: ["export function f(k: 'a' | 'b') { switch (k) { case 'a': return 1; case 'b': return 2; } }"],
  },
  {
    rule: '@typescript-eslint/consistent-type-imports',
    folder: 'src/services',
    flagged: ["import { Shape } from './shape.js';\nexport const f = (s: Shape) => s;"],
    passes: ["import type { Shape } from './shape.js';\nexport const f = (s: Shape) => s;"],
  },
  {
    rule: '@typescript-eslint/no-explicit-any',
    folder: 'src/services',
    flagged: ['export const f = (v: any) => v as unknown;'],
    passes: ['export const f = (v: unknown) => v;'],
  },
  {
    rule: '@typescript-eslint/no-non-null-assertion',
    folder: 'src/services',
    flagged: ['export const f = (v: number | undefined) => v!;'],
    passes: ['export const f = (v: number | undefined) => v ?? 0;'],
  },
];

/** Where a rule applies and where it does not. */
const SCOPES: readonly { file: string; code: string; rule: string; applies: boolean }[] = [
  ...['primitives', 'ledger', 'contracts', 'verify'].map((layer) => ({
    file: `src/${layer}/deep/clock.ts`,
    code: 'export const t = Date.now();',
    rule: 'determinism/no-clock',
    applies: true,
  })),
  ...['src/ledger/clock.test.ts', 'src/services/clock.ts', 'bench/clock.ts'].map((file) => ({
    file,
    code: 'export const t = Date.now();',
    rule: 'determinism/no-clock',
    applies: false,
  })),
  ...['ledger', 'contracts', 'primitives', 'verify'].map((layer) => ({
    file: `src/${layer}/json.ts`,
    code: 'export const f = (v: unknown) => JSON.stringify(v);',
    rule: 'determinism/no-json-encoding',
    applies: layer === 'ledger' || layer === 'contracts',
  })),
  ...['src/primitives/other.ts', 'src/primitives/errors.ts', 'src/vault/v.test.ts', 'test/helper.ts'].map((file) => ({
    file,
    code: "export const f = () => new Error('x');",
    rule: 'cairn/no-bare-error',
    applies: file === 'src/primitives/other.ts',
  })),
  ...['src/node/config.ts', 'src/node/config/tls.ts', 'src/cli/c.ts', 'src/node/n.ts', 'src/vault/c.ts'].map(
    (file) => ({
      file,
      code: "export const port = process.env['PORT'];",
      rule: 'cairn/no-ambient-configuration',
      applies: file === 'src/node/n.ts' || file === 'src/vault/c.ts',
    }),
  ),
  ...['src/cli/print.ts', 'bench/print.ts', 'src/node/print.ts'].map((file) => ({
    file,
    code: "console.log('x');",
    rule: 'cairn/no-console',
    applies: file === 'src/node/print.ts',
  })),
];

const root = mkdtempSync(join(tmpdir(), 'cairn-lint-'));
const rulesByFile = new Map<string, Set<string | null>>();
const snippets = TABLE.flatMap((row, index) => [
  ...row.flagged.map((code, n) => ({ row, code, file: fileOf(row, `r${index}-flagged-${n}.ts`), applies: true })),
  ...row.passes.map((code, n) => ({ row, code, file: fileOf(row, `r${index}-passes-${n}.ts`), applies: false })),
]);

beforeAll(async () => {
  for (const { file, code } of [...snippets, ...SCOPES]) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), `${code}\n`);
  }
  const compilerOptions = { target: 'es2022', lib: ['es2022'], types: [], module: 'nodenext', strict: true };
  writeFileSync(join(root, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['src', 'bench', 'test'] }));
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  const eslint = new ESLint({ cwd: root, overrideConfigFile: true, baseConfig: configFor(root) });
  for (const { filePath, messages } of await eslint.lintFiles(['src', 'bench', 'test'])) {
    const fatal = messages.find((message) => message.fatal);
    expect(fatal?.message, filePath).toBeUndefined();
    rulesByFile.set(filePath.slice(root.length + 1), new Set(messages.map(({ ruleId }) => ruleId)));
  }
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('every rule of our own', () => {
  const rows = new Set(TABLE.map(({ rule }) => rule));
  const ours = [
    ...Object.keys({ ...determinismRules, ...encodingRules }).map((name) => `determinism/${name}`),
    ...Object.keys(houseRules).map((name) => `cairn/${name}`),
  ];

  it.each(ours)('%s has a row', (rule) => {
    expect(rows).toContain(rule);
  });

  it.each(TABLE.map((row) => [row.rule, row] as const))('%s has snippets for both verdicts', (_rule, row) => {
    expect(row.flagged).not.toHaveLength(0);
    expect(row.passes).not.toHaveLength(0);
  });
});

describe.each(TABLE.map(({ rule }) => rule))('%s', (rule) => {
  it.each(snippets.filter(({ row }) => row.rule === rule))('$code → $applies', ({ file, applies }) => {
    expect(rulesByFile.get(file)?.has(rule), basename(file)).toBe(applies);
  });
});

describe('where rules apply', () => {
  it.each(SCOPES)('$rule in $file: $applies', ({ file, rule, applies }) => {
    expect(rulesByFile.get(file)?.has(rule)).toBe(applies);
  });
});

function fileOf(row: Row, name: string): string {
  return `${row.folder ?? 'src/contracts'}/${name}`;
}
