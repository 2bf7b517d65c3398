import { textLines } from './text-lines.js';

/** An event of a `text/event-stream` (WHATWG HTML §9.2.6). */
export interface ServerSentEvent {
  readonly id: string | undefined;
  readonly data: string;
}

/** Events as they come in; comments, which keep the connection alive, are passed over. */
export async function* serverSentEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerSentEvent, void, void> {
  let id: string | undefined;
  let data: string[] = [];
  for await (const line of textLines(body)) {
    if (line === '') {
      if (data.length > 0) yield { id, data: data.join('\n') };
      data = [];
      continue;
    }
    const colon = line.indexOf(':');
    if (colon === 0) continue;
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') data.push(value);
    if (field === 'id') id = value;
  }
}
