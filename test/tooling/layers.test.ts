// Plants every kind of forbidden import into a small tree that has a file in each layer, and sees the checker name it.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { IMPORTS_ONLY, LAYERS, PLATFORM_USERS, RANDOM_PRIMITIVES } from '../../scripts/layers.js';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'cairn-layers-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const PLANTS: readonly { file: string; code: string; rule: string }[] = [
  ...LAYERS.slice(0, -1).map((layer, index) => ({
    file: `src/${layer}/plant-up.ts`,
    code: `import { cli } from '../cli/index.js';\nexport const up = cli + ${index};`,
    rule: `no-upward-import-from-${layer}`,
  })),
  {
    file: 'src/primitives/plant-type.ts',
    code: "import type { ledger } from '../ledger/index.js';\nexport type Up = typeof ledger;",
    rule: 'no-upward-import-from-primitives',
  },
  {
    file: 'src/contracts/plant.test.ts',
    code: "import '../vault/index.js';",
    rule: 'no-upward-import-from-tests-of-contracts',
  },
  ...Object.keys(IMPORTS_ONLY).map((layer) => ({
    file: `src/${layer}/plant-only.ts`,
    code: `import '../${layer === 'wire' ? 'vault' : 'consensus'}/index.js';`,
    rule: `${layer}-imports-only`,
  })),
  { file: 'src/vault/plant-a.ts', code: "import './plant-b.js';\nexport const a = 1;", rule: 'no-cycle' },
  { file: 'src/services/plant.ts', code: "import '../platform/index.js';", rule: 'platform-is-a-parameter' },
  { file: 'src/ledger/plant-node.ts', code: "import 'node:fs';", rule: 'no-node-module-in-browser-layers' },
  { file: 'src/sdk/plant-node.ts', code: "import type {} from 'fs';", rule: 'no-node-module-in-browser-layers' },
  { file: 'src/ledger/plant-package.ts', code: "import 'fastify';", rule: 'pure-packages-only' },
  ...Object.keys(RANDOM_PRIMITIVES).map((file) => ({
    file,
    code: "import 'fastify';",
    rule: `packages-of-${basename(file, '.ts')}`,
  })),
  {
    file: 'src/ledger/plant-random.ts',
    code: `import '../../${Object.keys(RANDOM_PRIMITIVES)[0]?.replace('.ts', '.js') ?? ''}';`,
    rule: 'no-random-primitive-in-pure-code',
  },
  { file: 'src/cli/plant-test-code.ts', code: "import '../../test/helper.js';", rule: 'no-test-code-in-source' },
  { file: 'src/cli/plant-test.ts', code: "import '../contracts/fine.test.js';", rule: 'no-test-code-in-source' },
  { file: 'test/plant.ts', code: "import '../src/contracts/fine.test.js';", rule: 'no-import-of-a-test' },
  { file: 'src/services/fhir/plant.ts', code: "import '../http/index.js';", rule: 'http-is-outermost' },
  { file: 'src/services/projections/plant.ts', code: "import '../fhir/index.js';", rule: 'projections-stand-alone' },
  { file: 'src/cli/plant-dev.ts', code: "import 'fast-check';", rule: 'no-dev-dependency-in-source' },
  { file: 'test/plant-undeclared.ts', code: "import 'undeclared';", rule: 'no-undeclared-package' },
  { file: 'src/cli/plant-unresolved.ts', code: "import './nowhere.js';", rule: 'no-unresolved-import' },
];

/** Other half of the cycle, which is reported once. */
const CYCLE = {
  file: 'src/vault/plant-b.ts',
  code: "import type { a } from './plant-a.js';\nexport type B = typeof a;",
};

describe('the layers checker', () => {
  it('passes a tree that keeps to the layers', { timeout: 120_000 }, () => {
    writeCleanTree();
    expect(violations()).toEqual([]);
  });

  it('names the rule that each planted import breaks', { timeout: 120_000 }, () => {
    for (const { file, code } of [...PLANTS, CYCLE]) write(file, code);
    const found = violations();
    const names = new Set(found.map(({ file, rule }) => `${file}: ${rule}`));
    expect(PLANTS.map(({ file, rule }) => `${file}: ${rule}`).filter((name) => !names.has(name))).toEqual([]);
    const planted = new Set([...PLANTS, CYCLE].map(({ file }) => file));
    expect(found.filter(({ file }) => !planted.has(file))).toEqual([]);
  });

  it('fails the command', { timeout: 120_000 }, () => {
    expect(() => execFileSync(process.execPath, command('err'), { cwd: root, stdio: 'pipe' })).toThrow();
  });

  it('tests every rule of the configuration', async () => {
    const { default: config } = await import('../../.dependency-cruiser.mjs');
    const tested = new Set(PLANTS.map(({ rule }) => rule));
    const perLayer = config.forbidden.filter(({ name }) => name.startsWith('no-upward-import-from-tests-of-'));
    expect(perLayer).toHaveLength(LAYERS.length - 1);
    expect(config.forbidden.filter((rule) => !perLayer.includes(rule) && !tested.has(rule.name))).toEqual([]);
  });
});

describe('src/', () => {
  it('holds nothing but layers', () => {
    expect(readdirSync(join(REPOSITORY, 'src')).filter((name) => !LAYERS.includes(name))).toEqual([]);
  });
});

/** Each layer imports every layer that it may. */
function writeCleanTree(): void {
  const allowed: Record<string, readonly string[]> = IMPORTS_ONLY;
  LAYERS.forEach((layer, index) => {
    const below = (allowed[layer] ?? LAYERS.slice(0, index)).filter(
      (name) => name !== 'platform' || PLATFORM_USERS.includes(layer),
    );
    const imports = below.map((name) => `import '../${name}/index.js';`);
    write(`src/${layer}/index.ts`, [...imports, `export const ${layer} = 1;`].join('\n'));
  });
  write('src/services/fhir/index.ts', "import '../projections/index.js';");
  write('src/services/http/index.ts', "import '../fhir/index.js';");
  write('src/services/projections/index.ts', "import '../../vault/index.js';\nimport 'fastify';");
  write(
    'src/contracts/fine.test.ts',
    "import './index.js';\nimport '../platform/index.js';\nimport 'fast-check';\nimport 'node:fs';",
  );
  write('src/primitives/fine.ts', "import 'cborg';");
  for (const [file, packages] of Object.entries(RANDOM_PRIMITIVES)) {
    write(file, [...packages, 'cborg'].map((name) => `import '${name}';`).join('\n'));
  }
  write('src/custody/fine.ts', "import '../primitives/sealing.js';");
  write('test/helper.ts', "import '../src/cli/index.js';");
  write('bench/main.ts', "import '../src/cli/index.js';");

  write('testkit/main.ts', "import '../src/platform/index.js';");
  const dependencies = ['cborg', 'fastify', ...Object.values(RANDOM_PRIMITIVES).flat()];
  write('tsconfig.json', '{"compilerOptions":{"module":"nodenext"}}');
  write(
    'package.json',
    JSON.stringify({
      type: 'module',
      dependencies: Object.fromEntries(dependencies.map((name) => [name, '1'])),
      devDependencies: { 'fast-check': '1' },
    }),
  );
  for (const name of [...dependencies, 'fast-check', 'undeclared']) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
    write(`node_modules/${name}/index.js`, '');
  }
}

function violations(): { file: string; rule: string }[] {
  const { stdout, stderr } = spawnSync(process.execPath, command('json'), {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  expect(stderr.replace(/^npm warn.*\n/gm, '')).toBe('');
  const { summary } = JSON.parse(stdout) as { summary: { violations: { from: string; rule: { name: string } }[] } };
  return summary.violations.map(({ from, rule }) => ({ file: from, rule: rule.name }));
}

function command(output: string): string[] {
  const bin = join(REPOSITORY, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const config = join(REPOSITORY, '.dependency-cruiser.mjs');
  return [bin, '--config', config, '--output-type', output, '{src,bench,sim,test,testkit}/**/*.ts'];
}

function write(file: string, content: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), `${content}\n`);
}
