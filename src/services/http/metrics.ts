import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { RESULT_OK, RESULT_REJECTED } from '../../ledger/execution/outcome.js';
import type { NodeServices } from '../node-services.js';

export interface RequestObservation {
  readonly method: string;
  /** Pattern of the route, never the URL. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}

export interface Metrics {
  observe(request: RequestObservation): void;
  /** Prometheus text format. */
  text(): Promise<string>;
}

const SECONDS_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** What operators watch. Labels name routes, results and organisations; nobody's id, and nothing of a request. */
export function nodeMetrics(services: NodeServices, feed: { readonly size: number }): Metrics {
  const register = new Registry();
  const registers = [register];
  const { driver, ledgerIndex, vault, organisations, application } = services;

  const requests = new Histogram({
    name: 'cairn_http_request_duration_seconds',
    help: 'Time to answer requests, by route',
    labelNames: ['method', 'route', 'status'],
    buckets: SECONDS_BUCKETS,
    registers,
  });
  const blocks = new Counter({ name: 'cairn_blocks_total', help: 'Blocks committed since the start', registers });
  const transactions = new Counter({
    name: 'cairn_transactions_total',
    help: 'Transactions in committed blocks since the start, by result',
    labelNames: ['result'],
    registers,
  });
  driver.onBlock(({ results }) => {
    blocks.inc();
    for (const { code } of results) {
      transactions.inc({ result: code === RESULT_OK ? 'accepted' : code === RESULT_REJECTED ? 'rejected' : 'refused' });
    }
  });

  const gauge = (name: string, help: string, value: () => number): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  };
  gauge('cairn_ledger_height', 'Height of the last signed header', () => driver.chain.height);
  gauge('cairn_pool_transactions', 'Transactions that wait for a block', () => driver.waiting);
  gauge('cairn_event_streams', 'Event streams that are open', () => feed.size);
  gauge('cairn_vault_objects', 'Ciphertexts in the vault', () => vault.stats().objects);
  gauge('cairn_vault_bytes', 'Bytes of ciphertext in the vault', () => vault.stats().bytes);
  gauge('cairn_vault_erased_objects', 'Erased ciphertexts', () => vault.stats().erased);
  gauge('cairn_ledger_index_lag_blocks', 'Blocks that the ledger index has not seen', () => {
    return application.info().height - ledgerIndex.height;
  });
  gauge('process_resident_memory_bytes', 'Resident memory of the process', () => process.memoryUsage.rss());
  gauge('process_start_time_seconds', 'Start of the process, Unix time', () => Date.now() / 1000 - process.uptime());
  new Gauge({
    name: 'cairn_index_lag_blocks',
    help: 'Blocks that an organisation’s index has not seen',
    labelNames: ['organisation'],
    registers,
    collect() {
      for (const [organisation, { organisation: hosted }] of organisations) {
        this.set({ organisation }, application.info().height - hosted.index.height);
      }
    },
  });

  return {
    observe: ({ seconds, ...labels }) => requests.observe(labels, seconds),
    text: () => register.metrics(),
  };
}
