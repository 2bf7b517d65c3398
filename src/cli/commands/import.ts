import type { Command } from 'commander';
import { action } from '../action.js';
export function addImportCommand(program: Command): void {
  program.command('import').action(action<[], object>(async () => {}));
}
