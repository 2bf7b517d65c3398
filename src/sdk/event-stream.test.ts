import { expect, it } from 'vitest';
import { serverSentEvents, type ServerSentEvent } from './event-stream.js';

// The examples of WHATWG HTML §9.2.6, and what servers do beside them.
it.each<[name: string, text: string, events: ServerSentEvent[]]>([
  ['data over several lines', 'data: YHOO\ndata: +2\ndata: 10\n\n', [{ id: undefined, data: 'YHOO\n+2\n10' }]],
  [
    'comments, ids that stay, and data without a space',
    ': test stream\n\ndata: first event\nid: 1\n\ndata:second event\n\ndata:  third event\n\n',
    [
      { id: '1', data: 'first event' },
      { id: '1', data: 'second event' },
      { id: '1', data: ' third event' },
    ],
  ],
  [
    'empty data',
    'data\n\ndata\ndata\n\ndata:',
    [
      { id: undefined, data: '' },
      { id: undefined, data: '\n' },
    ],
  ],
  ['an event that is cut off', 'data: whole\n\ndata: half', [{ id: undefined, data: 'whole' }]],
  ['fields that nobody knows', 'event: x\nretry: 5\nfoo\ndata: y\n\n', [{ id: undefined, data: 'y' }]],
  ['CRLF', 'id: 7\r\ndata: y\r\n\r\n', [{ id: '7', data: 'y' }]],
])('reads %s', async (_, text, events) => {
  const read: ServerSentEvent[] = [];
  const body = new Blob([text]).stream() as ReadableStream<Uint8Array>;
  for await (const event of serverSentEvents(body)) read.push(event);
  expect(read).toEqual(events);
});
