import { StringDecoder } from 'node:string_decoder';
import { CairnError } from '../../primitives/errors.js';

export interface LineLimits {
  readonly linesMax: number;
  /** In UTF-16 units. */
  readonly lengthMax: number;
}

/**
 * The JSON values of a body with one a line, each as soon as it has come; empty lines are passed over.
 * @throws CairnError `request.malformed-line`, `request.line-too-large`, `request.lines-too-large` naming the line, never quoting it.
 */
export async function* jsonLines(
  body: AsyncIterable<Uint8Array>,
  limits: LineLimits,
): AsyncGenerator<unknown, void, void> {
  let number = 0;
  for await (const line of bodyLines(body, limits)) {
    number += 1;
    if (number > limits.linesMax) {
      throw new CairnError(
        'request.lines-too-large',
        `A request has at most ${limits.linesMax} lines. Send the rest in another.`,
      );
    }
    if (line.trim() !== '') yield parseLine(line, number);
  }
}

async function* bodyLines(
  body: AsyncIterable<Uint8Array>,
  { lengthMax }: LineLimits,
): AsyncGenerator<string, void, void> {
  const decoder = new StringDecoder('utf8');
  let parts: string[] = [];
  let length = 0;
  for await (const chunk of body) {
    const [first = '', ...rest] = decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)).split('\n');
    parts.push(first);
    length += first.length;
    for (const next of rest) {
      yield parts.join('');
      parts = [next];
      length = next.length;
    }
    if (length > lengthMax) {
      throw new CairnError('request.line-too-large', `A line has at most ${lengthMax} characters. Split the file.`);
    }
  }
  parts.push(decoder.end());
  yield parts.join('');
}

function parseLine(line: string, number: number): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    // Without the parser's error, which quotes the line.
    throw new CairnError('request.malformed-line', `Line ${number} is not JSON.`);
  }
}
