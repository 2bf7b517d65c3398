/*
 * A client in a thread of its own: keeps so many requests under way on as many connections, each kept alive, and counts
 * answers. Speaks just enough HTTP/1.1 (Content-Length) to cost less than the server.
 */
import { connect, type Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';

export interface LoadOptions {
  readonly host: string;
  readonly port: number;
  /** Whole requests, sent in turn. */
  readonly requests: readonly string[];
  readonly connections: number;
  readonly total: number;
  /** Status line that every answer has to begin with. */
  readonly expected: string;
}

export interface LoadResult {
  readonly seconds: number;
  readonly wrong: number;
}

const { host, port, requests, connections, total, expected } = workerData as LoadOptions;
let sent = 0;
let wrong = 0;

const sockets = await Promise.all(Array.from({ length: connections }, open));
const start = performance.now();
await Promise.all(sockets.map(run));
const seconds = (performance.now() - start) / 1000;
for (const socket of sockets) socket.destroy();
parentPort?.postMessage({ seconds, wrong } satisfies LoadResult);

function open(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true }, () => resolve(socket));
    socket.once('error', reject);
  });
}

function run(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    let buffered: Buffer = Buffer.alloc(0);
    const next = (): void => {
      if (sent >= total) return resolve();
      socket.write(requests[sent % requests.length] ?? '');
      sent += 1;
    };
    socket.on('error', reject);
    socket.on('data', (data) => {
      buffered = buffered.length === 0 ? data : Buffer.concat([buffered, data]);
      const end = buffered.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = buffered.toString('latin1', 0, end);
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
      if (buffered.length < end + 4 + length) return;
      if (!head.startsWith(expected)) wrong += 1;
      buffered = buffered.subarray(end + 4 + length);
      next();
    });
    next();
  });
}
