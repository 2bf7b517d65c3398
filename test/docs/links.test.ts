// What the documents name exists: links, source files, decisions, settings, error codes.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { contracts } from '../../src/contracts/contracts.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const IGNORED = new Set(['node_modules', 'dist', 'coverage', '.git']);

const pages = filesBelow('').filter((file) => file.endsWith('.md'));
const sources = filesBelow('src').filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
const operate = read('docs/guide/operate.md');

describe('the documents', () => {
  it.each(pages)('%s: links lead somewhere', (page) => {
    const broken = [...withoutCode(read(page)).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) =>
      /^(https?|mailto):/.test(target) || leadsSomewhere(page, target) ? [] : [target],
    );
    expect(broken).toEqual([]);
  });

  it.each(pages)('%s: the files that it names are there', (page) => {
    // A folder may end in a slash; ‹name› stands for whatever it says.
    const named = [...read(page).matchAll(/`((?:src|test|testkit|bench|sim|scripts|docs)\/[\w./-]+)`/g)];
    const missing = named.flatMap(([, path = '']) => (existsSync(join(root, path)) ? [] : [path]));
    expect(missing).toEqual([]);
  });

  it('list every decision, with its title', () => {
    const index = read('docs/adr/README.md');
    const decisions = readdirSync(join(root, 'docs/adr')).filter(
      (name) => /^\d{4}-/.test(name) && !name.startsWith('0000'),
    );
    const missing = decisions.filter((name) => {
      const title = /^# \d{4}\. (.+)$/m.exec(read(`docs/adr/${name}`))?.[1] ?? '(no title)';
      return !index.includes(`](${name})`) || !index.includes(` ${title} `);
    });
    expect(decisions.length).toBeGreaterThan(0);
    expect(missing).toEqual([]);
  });

  it('explain every setting, with its variable', () => {
    const table = /const ENVIRONMENT[^{]*\{[^{]*\{([^}]*)\}/.exec(read('src/node/config.ts'))?.[1] ?? '';
    const settings = [...table.matchAll(/(\w+): '(CAIRN_\w+)'/g)].map(([, name = '', variable = '']) => [
      name,
      variable,
    ]);
    const unexplained = settings.filter(
      ([name, variable]) =>
        !rowsOf(operate).some(([first, ...rest]) => {
          return first === `\`${name}\`` && rest.includes(`\`${variable}\``);
        }),
    );
    expect(settings.length).toBeGreaterThan(5);
    expect(unexplained).toEqual([]);
  });

  it('have a row for every family of error codes, and for no other', () => {
    const thrown = sources.flatMap((file) =>
      [...read(file).matchAll(/(?:Error|failWith|ejection)\(\s*['`]([a-z][a-z-]*)\.[a-z$]/g)].map(
        ([, family = '']) => family,
      ),
    );
    const families = new Set([...thrown, ...Object.keys(contracts)]);
    const explained = rowsOf(operate).flatMap(([first = '']) =>
      [...first.matchAll(/`([a-z-]+)\.\*`/g)].map(([, family = '']) => family),
    );
    expect([...explained].sort()).toEqual([...families].sort());
  });
});

function leadsSomewhere(page: string, target: string): boolean {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? page : join(dirname(page), decodeURIComponent(path));
  if (!existsSync(join(root, file))) return false;
  return anchor === undefined || !file.endsWith('.md') || anchorsOf(file).has(anchor);
}

/** As GitHub makes them of headings. */
function anchorsOf(page: string): Set<string> {
  const headings = [...withoutCode(read(page)).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replace(/ /g, '-'),
    ),
  );
}

/** Cells of all table rows of a page. */
function rowsOf(text: string): string[][] {
  const rows = text.split('\n').filter((line) => line.startsWith('|'));
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

function withoutCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '');
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

/** Paths from the root, of files at any depth. */
function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return IGNORED.has(entry.name) ? [] : filesBelow(path);
    return [path];
  });
}
