import type { ServerResponse } from 'node:http';

/** Answers that go on until their reader leaves or the server closes. */
export class OpenStreams {
  readonly #controllers = new Set<AbortController>();
  #isClosed = false;

  /** A signal that is aborted when the connection of the response ends, or all streams do. */
  signalFor(response: ServerResponse): AbortSignal {
    const controller = new AbortController();
    this.#controllers.add(controller);
    response.once('close', () => {
      this.#controllers.delete(controller);
      controller.abort();
    });
    if (this.#isClosed) controller.abort();
    return controller.signal;
  }

  endAll(): void {
    this.#isClosed = true;
    for (const controller of this.#controllers) controller.abort();
  }
}
