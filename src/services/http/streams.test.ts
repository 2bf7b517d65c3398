import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { eventText, kept, lineText } from './streams.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('kept', () => {
  it('hands on the elements, after a first sign of life', async () => {
    const source = async function* () {
      yield 1;
      yield 2;
    };
    const text: string[] = [];
    for await (const piece of kept(source(), lineText, '\n', new AbortController().signal)) text.push(piece);
    expect(text).toEqual(['\n', '1\n', '2\n']);
  });

  it('beats while nothing comes, and loses nothing by it', async () => {
    let release: (value: number) => void = () => {};
    const source = async function* () {
      yield await new Promise<number>((resolve) => (release = resolve));
    };
    const stream = kept(source(), lineText, '\n', new AbortController().signal);
    await stream.next();
    const silence = stream.next();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await silence).toMatchObject({ value: '\n' });
    const element = stream.next();
    release(7);
    expect(await element).toMatchObject({ value: '7\n' });
    expect(await stream.next()).toMatchObject({ done: true });
  });

  it('ends at once with the signal, and lets the source go', async () => {
    let isReleased = false;
    const source: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => {}),
        return: () => {
          isReleased = true;
          return Promise.resolve({ done: true, value: undefined });
        },
      }),
    };
    const stop = new AbortController();
    const stream = kept(source, lineText, '\n', stop.signal);
    await stream.next();
    const next = stream.next();
    stop.abort();
    expect(await next).toMatchObject({ done: true });
    expect(isReleased).toBe(true);
  });

  it('holds one element at a time', async () => {
    let made = 0;
    const source = async function* () {
      for (;;) yield (made += 1);
    };
    const stream = kept(source(), lineText, '\n', new AbortController().signal);
    for (let pulled = 1; pulled <= 10; pulled += 1) await stream.next();
    expect(made).toBeLessThanOrEqual(10);
    await stream.return();
  });
});

it('writes an event on one line of data, whatever is in it', () => {
  expect(eventText({ id: '1-0-0-0', data: { text: 'a\nb\r\n' } })).toBe(
    'id: 1-0-0-0\ndata: {"text":"a\\nb\\r\\n"}\n\n',
  );
});
