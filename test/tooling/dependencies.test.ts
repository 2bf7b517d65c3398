// docs/dependencies.md has one line for each dependency, and it is true of what is installed.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

interface Manifest {
  version: string;
  license: string;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
}

const COLUMNS = 6;
const { dependencies, devDependencies } = manifest('package.json');
const [runtime = '', development = ''] = read('docs/dependencies.md').split('## Development');

describe.each([
  ['runtime', dependencies, runtime],
  ['development', devDependencies, development],
] as const)('%s dependencies', (_kind, declared, section) => {
  const rows = section
    .split('\n')
    .filter((line) => /^\| [@a-z]/.test(line) && !line.startsWith('| package '))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

  it('has a line for each, in order, and for no other', () => {
    const expected = Object.entries(declared).map(([name, version]) => `${name} ${version}`);
    expect(rows.map(([name]) => name)).toEqual(expected);
  });

  it.each(rows.map((row) => [row[0] ?? '', row] as const))(
    '%s: every cell is filled and the licence is right',
    (name, row) => {
      expect(row).toHaveLength(COLUMNS);
      expect(row.filter((cell) => cell === '')).toEqual([]);
      expect(row[4]).toBe(manifest(`node_modules/${name.split(' ')[0] ?? ''}/package.json`).license);
      expect(row[5]).toMatch(/^20\d\d-\d\d-\d\d$/);
    },
  );
});

it('pins every version exactly', () => {
  const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(
    ([, version]) => !/^\d+\.\d+\.\d+/.test(version),
  );
  expect(loose).toEqual([]);
});

function manifest(path: string): Manifest {
  return JSON.parse(read(path)) as Manifest;
}

function read(path: string): string {
  return readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');
}
