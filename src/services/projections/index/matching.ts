import { assertNever } from '../../../primitives/assert.js';
import { dateRange } from './dates.js';
import { decimalRange } from './decimals.js';
import type { Parameter, SlotUse, ValueKind } from './parameters.js';
import { invalidValue, notSupported, splitEscaped, splitPrefix, unescapeValue } from './search-values.js';
import type { Prefix } from './search-values.js';
import { FALSE, joinSql, sql } from './sql.js';
import type { Sql } from './sql.js';
import { foldText } from './text.js';
import { IMPLIED_SYSTEM, referenceTarget } from './values.js';

/** Rows of one table that a value of a search matches: conditions on the table under the name `v`. */
export interface RowMatch {
  readonly table: ValueKind;
  /** To find rows by, through an index. */
  readonly found: Sql;
  /**
   * The same, to test the rows of one record by. Written so that SQLite does not look for an index for each of its parts, which
   * for hundreds of alternatives takes minutes.
   */
  readonly tested: Sql;
}

export interface MatchContext {
  /** Parameter as the client wrote it, for messages. */
  readonly name: string;
  readonly modifier: string;
  /** The present, for `ap`: milliseconds since the Unix epoch. */
  readonly nowMs: number;
}

/** The rows that one alternative of a parameter matches, for each of its slots. `value` is still escaped. */
export function matchRows(parameter: Parameter, value: string, context: MatchContext): RowMatch[] {
  if (parameter.kind === 'unsupported') throw notSupported(`search parameter ${context.name}`);
  if (parameter.kind === 'composite') return matchComposite(parameter, value, context);
  const { kind, uses } = parameter;
  return uses.map((use) => inBothForms(tableOf(kind, context), (alias) => matchSlot(kind, use, value, context, alias)));
}

/** The rows that show that a parameter has a value at all. A reference may be by identifier only, but it always has a row. */
export function anyRows(parameter: Parameter, context: MatchContext): RowMatch[] {
  if (parameter.kind === 'unsupported' || parameter.kind === 'composite') {
    throw notSupported(`:missing on search parameter ${context.name}`);
  }
  const { kind, uses } = parameter;
  return uses.map((use) => inBothForms(kind, (alias) => inSlot(use, kind, alias)));
}

/** A column with + before it is an expression, which no index serves. */
const V = sql`v`;
const PLUS_V = sql`+v`;
const PLUS_W = sql`+w`;

function inBothForms(table: ValueKind, condition: (alias: Sql) => Sql): RowMatch {
  return { table, found: condition(V), tested: condition(PLUS_V) };
}

/** Texts of tokens and identifiers of references are stored under the same slot in the table of their own kind. */
function tableOf(kind: ValueKind, { modifier }: MatchContext): ValueKind {
  if (kind === 'token' && modifier === 'text') return 'string';
  return kind === 'reference' && modifier === 'identifier' ? 'token' : kind;
}

function matchSlot(kind: ValueKind, use: SlotUse, value: string, context: MatchContext, alias: Sql): Sql {
  const condition = conditionOf(kind, use, value, context, alias);
  return sql`${inSlot(use, tableOf(kind, context), alias)} AND (${condition})`;
}

function inSlot(use: SlotUse, table: ValueKind, alias: Sql): Sql {
  const inside = sql`${alias}.slot = ${use.slot}`;
  return use.target === undefined || table !== 'reference' ? inside : sql`${inside} AND ${alias}.type = ${use.target}`;
}

function conditionOf(kind: ValueKind, use: SlotUse, value: string, context: MatchContext, v: Sql): Sql {
  const { name, modifier } = context;
  switch (kind) {
    case 'token':
      if (modifier === 'text') return startsWith(sql`${v}.folded`, foldText(unescapeValue(value)));
      return tokenCondition(value, context, v);
    case 'string':
      return stringCondition(unescapeValue(value), context, v);
    case 'date':
      return dateCondition(value, context, v);
    case 'quantity':
      return quantityCondition(value, context, v);
    case 'uri':
      return uriCondition(unescapeValue(value), context, v);
    case 'reference':
      if (modifier === 'identifier') {
        if (use.target !== undefined) throw notSupported(`${name}:identifier`);
        return tokenCondition(value, context, v);
      }
      return referenceCondition(unescapeValue(value), context, v);
    default:
      return assertNever(kind);
  }
}

function tokenCondition(value: string, { name }: MatchContext, v: Sql): Sql {
  const [first = '', second, ...rest] = splitEscaped(value, '|').map(unescapeValue);
  if (rest.length > 0) throw invalidValue(name, 'more than one | in a token');
  if (second === undefined) return sql`${v}.code = ${first}`;
  if (first === '' && second === '') throw invalidValue(name, 'an empty value');
  // Codes and booleans match under any system, for theirs is implied; and they may be said to have none.
  const system = sql`${v}.system IN (${first}, ${IMPLIED_SYSTEM})`;
  return second === '' ? sql`${v}.system = ${first}` : sql`${v}.code = ${second} AND ${system}`;
}

function stringCondition(text: string, { name, modifier }: MatchContext, v: Sql): Sql {
  const folded = foldText(text);
  if (folded === '') throw invalidValue(name, 'a value without letters or digits');
  if (modifier === 'exact') {
    return sql`${v}.folded = ${folded} AND ${v}.exact = ${text === folded ? '' : text}`;
  }
  if (modifier === 'contains') return sql`instr(${v}.folded, ${folded}) > 0`;
  return startsWith(sql`${v}.folded`, folded);
}

/** A range of the index instead of LIKE, whose wildcards would have to be escaped. */
function startsWith(column: Sql, prefix: string): Sql {
  return sql`${column} >= ${prefix} AND ${column} < ${prefix + LAST_CHARACTER}`;
}

const LAST_CHARACTER = '\u{10FFFF}';

function dateCondition(value: string, { name, nowMs }: MatchContext, v: Sql): Sql {
  const { prefix, operand } = splitPrefix(value);
  // A "+" that was not percent-encoded arrives as a space.
  const range = dateRange(operand.replace(' ', '+'));
  if (range === undefined) throw invalidValue(name, 'a value that is not a date');
  const { lo, hi } = range;
  if (prefix === 'ap') {
    const slack = Math.round(Math.abs(nowMs - (lo + hi) / 2) / 10);
    return overlaps(v, lo - slack, hi + slack);
  }
  return compare(prefix, v, lo, hi);
}

/** R4 3.1.1.4.7, on half open ranges: what a search names is `lo` to `hi`, what is stored is `v.lo` to `v.hi`. */
function compare(prefix: Exclude<Prefix, 'ap'>, v: Sql, lo: number, hi: number): Sql {
  const within = sql`${v}.lo >= ${lo} AND ${v}.lo < ${hi} AND ${v}.hi <= ${hi}`;
  switch (prefix) {
    case 'eq':
      return within;
    case 'ne':
      return sql`NOT (${within})`;
    case 'gt':
      return sql`${v}.hi > ${hi}`;
    case 'lt':
      return sql`${v}.lo < ${lo}`;
    case 'ge':
      return sql`${v}.hi > ${hi} OR (${within})`;
    case 'le':
      return sql`${v}.lo < ${lo} OR (${within})`;
    case 'sa':
      return sql`${v}.lo >= ${hi}`;
    case 'eb':
      return sql`${v}.hi <= ${lo}`;
    default:
      return assertNever(prefix);
  }
}

function overlaps(v: Sql, lo: number, hi: number): Sql {
  return sql`${v}.lo < ${hi} AND ${v}.hi > ${lo}`;
}

function quantityCondition(value: string, { name }: MatchContext, v: Sql): Sql {
  const [amount = '', first, second, ...rest] = splitEscaped(value, '|').map(unescapeValue);
  if (rest.length > 0) throw invalidValue(name, 'more than two | in a quantity');
  const unit = second === undefined ? first : second;
  const conditions = [amountCondition(amount, name, v)];
  if (second !== undefined && first !== undefined && first !== '') conditions.push(sql`${v}.system = ${first}`);
  // Without a system, what is asked for may be the code or the unit as it is shown.
  if (unit !== undefined && unit !== '') {
    const coded = second !== undefined && first !== '';
    conditions.push(coded ? sql`${v}.code = ${unit}` : sql`${v}.code = ${unit} OR ${v}.unit = ${unit}`);
  }
  return joinSql(conditions, ' AND ', FALSE);
}

/** Stored values count as exact and searched ones at their precision, which only `eq` and `ne` regard (R4 3.1.1.4.6). */
function amountCondition(amount: string, name: string, v: Sql): Sql {
  const { prefix, operand } = splitPrefix(amount);
  const range = decimalRange(operand);
  if (range === undefined) throw invalidValue(name, 'a value that is not a number');
  const { value, lo, hi } = range;
  // A closed lower and an open upper bound; a stored range has to lie between them.
  const within = sql`${v}.lo >= ${lo} AND ${v}.lo < ${hi} AND ${v}.hi < ${hi}`;
  switch (prefix) {
    case 'eq':
      return within;
    case 'ne':
      return sql`NOT (${within})`;
    case 'gt':
      return sql`${v}.hi > ${value}`;
    case 'lt':
      return sql`${v}.lo < ${value}`;
    case 'ge':
      return sql`${v}.hi >= ${value}`;
    case 'le':
      return sql`${v}.lo <= ${value}`;
    case 'sa':
      return sql`${v}.lo > ${value}`;
    case 'eb':
      return sql`${v}.hi < ${value}`;
    case 'ap': {
      const slack = Math.abs(value) / 10;
      return sql`${v}.lo <= ${value + slack} AND ${v}.hi >= ${value - slack}`;
    }
    default:
      return assertNever(prefix);
  }
}

function uriCondition(uri: string, { modifier }: MatchContext, v: Sql): Sql {
  if (modifier === 'below') {
    const folder = uri.replace(/\/*$/, '/');
    return sql`${v}.value = ${uri} OR (${startsWith(sql`${v}.value`, folder)})`;
  }
  if (modifier === 'above') {
    const parents = [uri];
    for (let end = uri.lastIndexOf('/'); end > 0; end = uri.lastIndexOf('/', end - 1)) {
      parents.push(uri.slice(0, end), uri.slice(0, end + 1));
    }
    return joinSql(
      parents.map((parent) => sql`${v}.value = ${parent}`),
      ' OR ',
      FALSE,
    );
  }
  return sql`${v}.value = ${uri}`;
}

function referenceCondition(value: string, { modifier }: MatchContext, v: Sql): Sql {
  const { id, type } = referenceTarget(value);
  const isLogicalId = type === '' && /^[A-Za-z0-9.-]{1,64}$/.test(value);
  // A modifier is the type of the target: `subject:Patient=23`.
  if (modifier !== '') {
    const fits = isLogicalId || type === modifier;
    return fits ? sql`${v}.id = ${id} AND ${v}.type = ${modifier}` : FALSE;
  }
  if (isLogicalId) return sql`${v}.id = ${id} AND ${v}.type <> ''`;
  // A URL may stand without a type that a reference adds, and the other way round.
  return id === value || type === '' ? sql`${v}.id = ${id}` : sql`${v}.id = ${id} AND ${v}.type = ${type}`;
}

/** Values of the components, joined by $, that have to stand in the same element. */
function matchComposite(parameter: Parameter, value: string, context: MatchContext): RowMatch[] {
  const { name } = context;
  if (context.modifier !== '') throw notSupported(`${name}:${context.modifier}`);
  const values = splitEscaped(value, '$');
  return parameter.composite.flatMap(({ repeats, components }) => {
    if (values.length !== components.length)
      throw invalidValue(name, `other than ${components.length} values joined by $`);
    if (values.includes('')) throw invalidValue(name, 'an empty value');
    const matches = (i: number, alias: Sql): Sql[] => {
      const { kind, uses } = components[i] ?? { kind: 'token', uses: [] };
      return uses.map((use) => matchSlot(kind, use, values[i] ?? '', context, alias));
    };
    const samePart = repeats ? sql` AND w.part = v.part` : sql``;
    const rest = components.slice(1).map(({ kind }, i) => {
      const any = joinSql(matches(i + 1, PLUS_W), ' OR ', FALSE);
      return sql`EXISTS (SELECT 1 FROM ${valueTable(kind, 'w', 'byRecord')} WHERE w.rid = v.rid${samePart} AND (${any}))`;
    });
    const [first] = components;
    if (first === undefined) return [];
    return inBothForms(first.kind, (alias) =>
      joinSql([joinSql(matches(0, alias), ' OR ', FALSE), ...rest], ' AND ', FALSE),
    );
  });
}

/**
 * A table of search values, for a FROM clause. `byRecord` reads it from the record's side: left to itself, SQLite would go through
 * all rows with the value for each record that it tests.
 */
export function valueTable(table: ValueKind, alias: 'v' | 'w' | 'x', access: 'byValue' | 'byRecord'): Sql {
  const index = access === 'byRecord' ? ` INDEXED BY sqlite_autoindex_${table}_1` : '';
  return { text: `${table} ${alias}${index}`, values: [] };
}
