import { SingleBar } from 'cli-progress';

/** Where a command writes: results to standard output, everything else to standard error. */
export interface Output {
  /** Whether results are JSON. */
  readonly json: boolean;
  /** The result: the value as JSON, or the text for people. */
  result(value: unknown, text: () => string): void;
  /** One line of what is going on; silent with `--json`. */
  note(line: string): void;
  /** A bar with rate and time left, where a person watches. */
  progress(unit: string): Progress;
}

export interface Progress {
  update(done: number, total: number): void;
  stop(): void;
}

export function createOutput(json: boolean): Output {
  return {
    json,
    result: (value, text) => {
      process.stdout.write(`${json ? JSON.stringify(value, null, 2) : text()}\n`);
    },
    note: (line) => {
      if (!json) process.stderr.write(`${line}\n`);
    },
    progress: (unit) => (json || !process.stderr.isTTY ? silent : bar(unit)),
  };
}

const silent: Progress = { update: () => {}, stop: () => {} };

function bar(unit: string): Progress {
  const single = new SingleBar({
    format: `{bar} {percentage}%  {value}/{total} ${unit}  {rate} ${unit}/s  {left} left`,
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
  });
  const started = performance.now();
  let isStarted = false;
  return {
    update: (done, total) => {
      const seconds = (performance.now() - started) / 1000;
      const rate = seconds > 0 ? done / seconds : 0;
      const left = rate > 0 ? `${Math.ceil((total - done) / rate)} s` : '?';
      if (!isStarted) single.start(total, 0, { rate: '?', left: '?' });
      isStarted = true;
      single.setTotal(total);
      single.update(done, { rate: Math.round(rate), left });
    },
    stop: () => {
      if (isStarted) single.stop();
    },
  };
}

/** Columns, as wide as they need to be. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(header), line(widths.map((width) => '─'.repeat(width))), ...rows.map(line)].join('\n');
}
