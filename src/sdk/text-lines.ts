import { CairnApiError } from './api-error.js';

/** Longest line that a client takes from a node, in UTF-16 units. */
const LINE_LENGTH_MAX = 64 * 1024 * 1024;

/**
 * Lines of a body as they come in, without their ends (LF or CRLF); a last line without an end counts.
 * @throws CairnApiError `client.unexpected-reply` for a line that never ends.
 */
export async function* textLines(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void, void> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
      const lines = rest.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line;
      if (rest.length > LINE_LENGTH_MAX) {
        throw new CairnApiError('client.unexpected-reply', 'The node sent a line without end.', { status: null });
      }
      if (done) break;
    }
    if (rest !== '') yield rest;
  } finally {
    // Whoever stops reading early ends the request with it.
    await reader.cancel().catch(() => {});
  }
}
