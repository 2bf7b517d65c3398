import { defineConfig } from 'vitest/config';
import { PlainSummaryReporter } from './test/support/plain-summary-reporter.js';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'testkit/**/*.test.ts', 'sim/**/*.test.ts'],
    setupFiles: ['test/support/replay-seed.ts'],
    reporters: ['default', new PlainSummaryReporter()],
    // Processes, not threads: the native modules (SQLite, LevelDB) are unloaded with their process. Files share one
    // process, which saves loading everything again for each.
    pool: 'forks',
    isolate: false,
    maxWorkers: 2,
    // Bounds for the slow suites (kills, crashes); no test asserts a time.
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
});
