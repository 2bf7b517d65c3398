import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';

/** Asks for a passphrase without showing it; undefined where nobody sits at a terminal. */
export const askPassphrase: (() => Promise<string>) | undefined = process.stdin.isTTY ? ask : undefined;

async function ask(): Promise<string> {
  process.stderr.write('Passphrase of the key stores: ');
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  try {
    return await new Promise((resolve) => reader.question('', resolve));
  } finally {
    reader.close();
    process.stderr.write('\n');
  }
}
