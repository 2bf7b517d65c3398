import { beforeAll, expect, it } from 'vitest';
import { build, cairn } from './cairn.js';

/** Commands with arguments or options that need an example; the others explain themselves. */
const COMMANDS = [
  'up',
  'init',
  'import',
  'consent grant',
  'access log',
  'receipt',
  'verify',
  'status',
  'key issue',
  'bench',
];

beforeAll(build);

it('lists every command, the exit codes and where to start', async () => {
  const { code, stdout } = await cairn(['--help']);
  expect(code).toBe(0);
  for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command.split(' ')[0] ?? ''}\\b`, 'm'));
  expect(stdout).toContain('Exit codes: 0 done;');
  expect(stdout).toContain('cairn up --demo');
});

it.each(COMMANDS)('gives an example of %s', async (command) => {
  const { code, stdout } = await cairn([...command.split(' '), '--help']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Examples?:\n {2}\S/m);
});

it('is no defect when the reader stops early', async () => {
  const { stderr } = await cairn(['--help'], { onStart: (child) => child.stdout?.destroy() });
  expect(stderr).toBe('');
});
