import { describe, expect, it } from 'vitest';
import { WorkStream, type Reporter } from './work-stream.js';

const problemOf = (error: unknown) => ({ status: 500, code: 'x.y', message: String(error), requestId: null });

async function all<Element>(elements: AsyncIterable<Element>): Promise<Element[]> {
  const list: Element[] = [];
  for await (const element of elements) list.push(element);
  return list;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('WorkStream', () => {
  it('hands on all that must not be lost, and the last element', async () => {
    const work = new WorkStream<string>(async ({ add }) => {
      for (const name of ['a', 'b', 'c']) {
        add(name);
        await turn();
      }
      return 'end';
    }, problemOf);
    expect(await all(work.elements())).toEqual(['a', 'b', 'c', 'end']);
  });

  it('tells of progress sparingly', async () => {
    const work = new WorkStream<number>(async ({ progress }) => {
      for (let step = 1; step <= 1000; step += 1) {
        progress(step);
        if (step % 100 === 0) await turn();
      }
      return -1;
    }, problemOf);
    const told = await all(work.elements());
    expect(told.at(-1)).toBe(-1);
    expect(told.length).toBeLessThan(12);
  });

  it('goes on although nobody listens', async () => {
    let isFinished = false;
    const work = new WorkStream<number>(async ({ add }: Reporter<number>) => {
      for (let step = 1; step <= 10; step += 1) {
        add(step);
        await turn();
      }
      isFinished = true;
      return 0;
    }, problemOf);
    const elements = work.elements();
    expect(await elements.next()).toEqual({ done: false, value: 1 });
    await elements.return();
    await work.done;
    expect(isFinished).toBe(true);
  });

  it('ends with the problem of what failed', async () => {
    const work = new WorkStream<string>(async ({ add }) => {
      add('a');
      throw new RangeError('broken');
    }, problemOf);
    expect(await all(work.elements())).toEqual([
      'a',
      { type: 'failed', problem: expect.objectContaining({ message: 'RangeError: broken' }) as unknown },
    ]);
    await work.done;
  });
});
