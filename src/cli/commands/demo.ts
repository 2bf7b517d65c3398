import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { openDataFolder } from '../../node/data-folder.js';
import { findOpener } from '../../node/secrets.js';
import { action } from '../action.js';
import { loadNode } from '../load-node.js';

interface DemoOptions {
  readonly keep?: string;
}

export function addDemoCommand(program: Command): void {
  program
    .command('demo')
    .description('walk the main job in a fresh consortium: import, grant, read, revoke, and verify each step offline')
    .option('--keep <folder>', 'keep the node’s data and the receipts in this (new) folder')
    .action(
      action<[], DemoOptions>(async ({ output }, { keep }) => {
        const path = keep ?? mkdtempSync(join(tmpdir(), 'cairn-demo-'));
        const folder = openDataFolder(path);
        try {
          const { pino, serve, prepareDemo } = await loadNode();
          const { walkMainJob } = await import('../demo/main-job.js');
          await prepareDemo(folder);
          const opener = await findOpener(folder, { environment: {} });
          const config = { host: '127.0.0.1', port: 0 };
          const running = await serve({ folder, opener, logger: pino({ level: 'warn' }, pino.destination(2)), config });
          try {
            const steps = await walkMainJob(running, { receipts: path, onStep: (line) => output.note(line) });
            output.result(steps, () => '\nEvery step was verified offline, from its file alone.');
          } finally {
            await running.close();
          }
        } finally {
          if (keep === undefined) rmSync(path, { recursive: true, force: true });
        }
      }),
    );
}
