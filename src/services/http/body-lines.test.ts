import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { jsonLines } from './body-lines.js';

const limits = { linesMax: 3, lengthMax: 20 };

async function read(...chunks: (string | Uint8Array)[]): Promise<unknown[]> {
  const values: unknown[] = [];
  const bytes = chunks.map((chunk) => Buffer.from(chunk as string));
  for await (const value of jsonLines(Readable.from(bytes), limits)) values.push(value);
  return values;
}

describe('jsonLines', () => {
  it('reads a value a line, wherever the body is cut', async () => {
    expect(await read('{"a":1}\n\r\n"b"')).toEqual([{ a: 1 }, 'b']);
    const bytes = Buffer.from('"é"\n[1]\n');
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      expect(await read(bytes.subarray(0, cut), bytes.subarray(cut))).toEqual(['é', [1]]);
    }
    expect(await read()).toEqual([]);
  });

  it.each<[what: string, chunks: string[], code: string]>([
    ['a line that is not JSON', ['1\n{secret\n'], 'request.malformed-line'],
    ['more lines than are allowed', ['1\n2\n3\n4\n'], 'request.lines-too-large'],
    ['a line without end', Array<string>(10).fill('111'), 'request.line-too-large'],
  ])('refuses %s', async (_, chunks, code) => {
    const error = await read(...chunks).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code });
    expect(String(error)).not.toContain('secret');
  });
});
