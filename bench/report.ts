import { cpus, release, totalmem } from 'node:os';

/** One measured figure. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What is asked for, if anything. */
  readonly target?: { readonly atLeast: number } | { readonly atMost: number };
  /** What it is compared with, in the same run: `raw signature checks: 14000 /s`. */
  readonly beside?: string;
}

/** A benchmark's figures; whoever makes them has checked that the work was done right. */
export interface Suite {
  readonly name: string;
  readonly figures: readonly Figure[];
}

/** Where the figures come from. */
export interface Machine {
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly node: string;
  readonly system: string;
}

export function describeMachine(): Machine {
  const processors = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    system: `${process.platform} ${release()}`,
  };
}

/** `met`, `missed`, or nothing where no target is set. */
export function verdict({ value, target }: Figure): 'met' | 'missed' | '' {
  if (target === undefined) return '';
  return ('atLeast' in target ? value >= target.atLeast : value <= target.atMost) ? 'met' : 'missed';
}

/** A Markdown table, as it stands in the README. */
export function markdown(machine: Machine, suites: readonly Suite[]): string {
  const { date, cpu, cores, memoryGib, node, system } = machine;
  const lines = [
    `${date}, ${cpu}, ${cores} cores, ${memoryGib} GiB, Node.js ${node}, ${system}`,
    '',
    '| what | measured | target | | beside |',
    '| --- | ---: | ---: | --- | --- |',
  ];
  for (const { figures } of suites) {
    for (const figure of figures) {
      const { name, value, unit, target, beside } = figure;
      const wanted =
        target === undefined ? '' : 'atLeast' in target ? `≥ ${format(target.atLeast)}` : `≤ ${format(target.atMost)}`;
      lines.push(`| ${name} | ${format(value)} ${unit} | ${wanted} | ${verdict(figure)} | ${beside ?? ''} |`);
    }
  }
  return lines.join('\n');
}

function format(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString('en-GB').replaceAll(',', ' ');
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
