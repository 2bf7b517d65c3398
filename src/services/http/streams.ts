/** An element of an event stream with the position that resumes after it. */
export interface StreamedEvent<Data> {
  readonly id: string;
  readonly data: Data;
}

/** Silence after which a sign of life is sent, so that neither side nor a proxy takes the connection for dead. */
const HEARTBEAT_MS = 10_000;

export function lineText(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}

export function eventText({ id, data }: StreamedEvent<unknown>): string {
  return `id: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
}

/**
 * The elements as text, with a heartbeat between them whenever nothing comes. Holds one element at a time: a slow reader slows
 * the source. Ends when the signal does.
 */
export async function* kept<Element>(
  elements: AsyncIterable<Element>,
  toText: (element: Element) => string,
  heartbeat: string,
  signal?: AbortSignal,
): AsyncGenerator<string, void, void> {
  const iterator = elements[Symbol.asyncIterator]();
  const stopped = new Promise<'stopped'>((resolve) => {
    if (signal?.aborted === true) resolve('stopped');
    signal?.addEventListener('abort', () => resolve('stopped'), { once: true });
  });
  try {
    // The headers go out with the first bytes: a reader learns at once that it is connected.
    yield heartbeat;
    let next = iterator.next();
    for (;;) {
      let timer: NodeJS.Timeout | undefined;
      const silence = new Promise<'silence'>((resolve) => {
        timer = setTimeout(() => resolve('silence'), HEARTBEAT_MS);
      });
      const first = await Promise.race([next, silence, stopped]);
      clearTimeout(timer);
      if (first === 'stopped') {
        next.catch(() => {});
        return;
      }
      if (first === 'silence') {
        yield heartbeat;
        continue;
      }
      if (first.done === true) return;
      yield toText(first.value);
      next = iterator.next();
    }
  } finally {
    // Not awaited: a source that waits for something else ends when that comes.
    void Promise.resolve(iterator.return?.()).catch(() => {});
  }
}
