import { CairnError } from '../../../primitives/errors.js';
import { rebuildIndex, type RebuildProgress } from '../../../wire/index-rebuild.js';
import type { Api } from '../serve.js';
import { WorkStream } from '../work-stream.js';

/** Rebuilds an organisation's index; resolves when it is done. */
export type RebuildIndex = (organisation: string, onProgress: (height: number, of: number) => void) => Promise<void>;

export function indexRoutes(api: Api, rebuild: RebuildIndex): void {
  const running = new Set<string>();
  api.serve(rebuildIndex, ({ principal: { organisation }, problemOf }) => {
    if (running.has(organisation)) {
      throw new CairnError('index-rebuild.in-progress', 'The index is being rebuilt already. Wait for it.');
    }
    running.add(organisation);
    const work = new WorkStream<RebuildProgress>(async ({ progress }) => {
      let reached = 0;
      await rebuild(organisation, (height, of) => {
        reached = height;
        progress({ type: 'progress', height, of });
      });
      return { type: 'done', height: reached };
    }, problemOf);
    void work.done.then(() => running.delete(organisation));
    return work.elements();
  });
}
