import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textLines } from './text-lines.js';

function bodyOf(bytes: Uint8Array, cuts: readonly number[] = []): ReadableStream<Uint8Array> {
  const edges = [0, ...[...cuts].sort((a, b) => a - b), bytes.length];
  return new ReadableStream({
    start(controller) {
      for (const [index, edge] of edges.slice(1).entries()) controller.enqueue(bytes.slice(edges[index], edge));
      controller.close();
    },
  });
}

async function linesOf(body: ReadableStream<Uint8Array>): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of textLines(body)) lines.push(line);
  return lines;
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('textLines', () => {
  it.each([
    ['', []],
    ['a', ['a']],
    ['a\n', ['a']],
    ['a\r\n\r\nb', ['a', '', 'b']],
    ['\n\n', ['', '']],
    ['é\r\r\n', ['é\r']],
  ])('splits %j', async (text, lines) => {
    expect(await linesOf(bodyOf(utf8(text)))).toEqual(lines);
  });

  it('gives the same lines wherever the body is cut', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'grapheme' })), fc.array(fc.nat(200)), async (texts, cuts) => {
        const lines = texts.map((text) => text.replace(/[\r\n]/g, ''));
        const bytes = utf8(lines.map((line) => `${line}\n`).join(''));
        const inside = cuts.filter((cut) => cut < bytes.length);
        expect(await linesOf(bodyOf(bytes, inside))).toEqual(lines);
      }),
    ));

  it('ends the request when its reader stops early', async () => {
    let isCancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(utf8('x\n')),
      cancel: () => void (isCancelled = true),
    });
    const lines = textLines(endless);
    expect(await lines.next()).toEqual({ done: false, value: 'x' });
    await lines.return();
    expect(isCancelled).toBe(true);
  });
});
