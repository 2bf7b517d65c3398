import { CairnError } from '../../../primitives/errors.js';
import { dateRange } from './dates.js';
import { anyRows, matchRows, valueTable } from './matching.js';
import type { MatchContext, RowMatch } from './matching.js';
import type { Parameter, SearchParameters, TypeParameters } from './parameters.js';
import { shown } from './request.js';
import type { SearchFilter } from './request.js';
import { alternatives, invalidValue, notSupported, splitPrefix, unescapeValue } from './search-values.js';
import { FALSE, joinSql, sql } from './sql.js';
import type { Sql } from './sql.js';

/** A filter as SQL. */
export interface Condition {
  /** Holds for the record that stands under this name in the statement. */
  readonly test: (record: Sql) => Sql;
  /**
   * Selects, as `rid`, all records that can meet the condition, and perhaps some that do not, through an index.
   * Absent if there is no better way than testing every record.
   */
  readonly candidates?: Sql;
}

export interface ConditionContext {
  readonly parameters: SearchParameters;
  /** Holds for a record that the caller may see. */
  readonly visible: (record: Sql) => Sql;
  readonly nowMs: number;
}

/** Modifiers by kind; `:missing` works on all but composites, and a reference also takes a resource type. */
const MODIFIERS: Readonly<Record<Parameter['kind'], readonly string[]>> = {
  token: ['', 'not', 'text', 'missing'],
  string: ['', 'exact', 'contains', 'missing'],
  date: ['', 'missing'],
  quantity: ['', 'missing'],
  uri: ['', 'below', 'above', 'missing'],
  reference: ['', 'identifier', 'missing'],
  composite: [''],
  unsupported: [''],
};

/** Alternatives of one filter times the slots of its parameter; SQLite joins at most 500 selections. */
const MATCHES_MAX = 400;

/** Types of the target that a chain without type may mean; with more, the client has to say which. */
const CHAIN_TYPES_MAX = 6;

const C = sql`c`;

/** The condition for a filter; undefined for a parameter that the type does not have. */
export function conditionFor(
  type: TypeParameters,
  filter: SearchFilter,
  context: ConditionContext,
): Condition | undefined {
  if (filter.name.startsWith('_has:')) return reverseChain(filter, context);
  const dot = filter.name.indexOf('.');
  if (dot >= 0) return chain(type, filter.name.slice(0, dot), { ...filter, name: filter.name.slice(dot + 1) }, context);
  if (filter.name === '_id') return idCondition(type, filter);
  if (filter.name === '_lastUpdated') return lastUpdatedCondition(type, filter);
  const parameter = type.parameters.get(filter.name);
  return parameter === undefined ? undefined : valueCondition(parameter, filter, context);
}

/** For a parameter that does not exist. */
export function unknownParameter(type: string, name: string): CairnError {
  return new CairnError('fhir.search-parameter-unknown', `${type} has no search parameter ${shown(name)}`);
}

function valueCondition(parameter: Parameter, filter: SearchFilter, context: ConditionContext): Condition {
  const { modifier } = filter;
  const name = shown(filter.name);
  const isType = parameter.kind === 'reference' && context.parameters.types.includes(modifier);
  if (parameter.kind === 'unsupported') throw notSupported(`search parameter ${name}`);
  if (!MODIFIERS[parameter.kind].includes(modifier) && !isType) throw notSupported(shown(`${filter.name}:${modifier}`));
  const match: MatchContext = { name, modifier: modifier === 'not' ? '' : modifier, nowMs: context.nowMs };
  if (modifier === 'missing') {
    if (filter.value !== 'true' && filter.value !== 'false')
      throw invalidValue(`${name}:missing`, 'neither true nor false');
    const any = rowsCondition(anyRows(parameter, match));
    return filter.value === 'false' ? any : negate(any);
  }
  const condition = rowsCondition(
    alternatives(name, filter.value).flatMap((value) => matchRows(parameter, value, match)),
  );
  return modifier === 'not' ? negate(condition) : condition;
}

function rowsCondition(matches: readonly RowMatch[]): Condition {
  if (matches.length > MATCHES_MAX) {
    throw new CairnError('fhir.search-too-complex', 'a search parameter has too many values; divide the search');
  }
  const candidates = matches.map(
    ({ table, found }) => sql`SELECT v.rid FROM ${valueTable(table, 'v', 'byValue')} WHERE ${found}`,
  );
  // One subquery per table, however many alternatives: SQLite takes seconds to compile hundreds of them.
  const tables = [...new Set(matches.map(({ table }) => table))].map((table) => {
    const tested = matches.filter((match) => match.table === table).map((match) => match.tested);
    return { rows: valueTable(table, 'v', 'byRecord'), where: joinSql(tested, ' OR ', FALSE) };
  });
  return {
    test: (record) => {
      const tests = tables.map(
        ({ rows, where }) => sql`EXISTS (SELECT 1 FROM ${rows} WHERE v.rid = ${record}.pk AND (${where}))`,
      );
      return joinSql(tests, ' OR ', FALSE);
    },
    candidates: union(candidates),
  };
}

function union(parts: readonly Sql[]): Sql {
  return {
    text: parts.length === 0 ? 'SELECT NULL AS rid WHERE 0' : parts.map((part) => part.text).join(' UNION ALL '),
    values: parts.flatMap((part) => part.values),
  };
}

/** Also true of records without any value (R4 3.1.1.4.4). */
function negate(condition: Condition): Condition {
  return { test: (record) => sql`NOT (${condition.test(record)})` };
}

function idCondition(type: TypeParameters, { modifier, value }: SearchFilter): Condition {
  if (modifier !== '') throw notSupported(shown(`_id:${modifier}`));
  const ids = alternatives('_id', value).map(unescapeValue);
  return {
    test: (record) =>
      joinSql(
        ids.map((id) => sql`${record}.id = ${id}`),
        ' OR ',
        FALSE,
      ),
    candidates: union(ids.map((id) => sql`SELECT pk AS rid FROM record WHERE type = ${type.type} AND id = ${id}`)),
  };
}

/** The time of an update is one instant, so that the rules for ranges (R4 3.1.1.4.7) come down to comparisons. */
function lastUpdatedCondition(type: TypeParameters, { modifier, value }: SearchFilter): Condition {
  if (modifier !== '') throw notSupported(shown(`_lastUpdated:${modifier}`));
  const ranges = alternatives('_lastUpdated', value).map((alternative) => {
    const { prefix, operand } = splitPrefix(alternative);
    const range = dateRange(operand.replace(' ', '+'));
    if (range === undefined) throw invalidValue('_lastUpdated', 'a value that is not a date');
    return { prefix, ...range };
  });
  const compare = (record: Sql, { prefix, lo, hi }: (typeof ranges)[number]): Sql => {
    const updated = sql`${record}.updated`;
    switch (prefix) {
      case 'gt':
      case 'sa':
        return sql`${updated} >= ${hi}`;
      case 'lt':
      case 'eb':
        return sql`${updated} < ${lo}`;
      case 'ge':
        return sql`${updated} >= ${lo}`;
      case 'le':
        return sql`${updated} < ${hi}`;
      case 'ne':
        return sql`NOT (${updated} >= ${lo} AND ${updated} < ${hi})`;
      default:
        return sql`${updated} >= ${lo} AND ${updated} < ${hi}`;
    }
  };
  const test = (record: Sql): Sql =>
    joinSql(
      ranges.map((range) => compare(record, range)),
      ' OR ',
      FALSE,
    );
  return { test, candidates: sql`SELECT c.pk AS rid FROM record c WHERE c.type = ${type.type} AND (${test(C)})` };
}

/** `subject:Patient.name=…`: one level. Only targets that the caller may see count. */
function chain(
  type: TypeParameters,
  link: string,
  filter: SearchFilter,
  context: ConditionContext,
): Condition | undefined {
  const [code = '', targetType] = link.split(':', 2);
  const parameter = type.parameters.get(code);
  if (parameter === undefined) return undefined;
  if (parameter.kind !== 'reference') throw notSupported(`a chain through ${shown(code)}, which is no reference`);
  if (filter.name.includes('.'))
    throw notSupported(`a chain of more than one link (${shown(`${code}.${filter.name}`)})`);
  const limited = parameter.uses.every((use) => use.target !== undefined)
    ? parameter.uses.map((use) => use.target ?? '')
    : [];
  const possible = limited.length > 0 ? limited : parameter.targets;
  const targets = (targetType === undefined ? possible : [targetType]).flatMap((target) => {
    const targetParameters = context.parameters.forType(target);
    const condition = targetParameters && conditionFor(targetParameters, filter, context);
    return condition === undefined ? [] : [{ target, condition }];
  });
  if (targets.length === 0) return undefined;
  if (targets.length > CHAIN_TYPES_MAX)
    throw notSupported(`${shown(code)} without the type of its target (${shown(code)}:Type.…)`);
  return anyOf(targets.map(({ target, condition }) => chainTo(parameter, target, condition, context)));
}

function anyOf(conditions: readonly Condition[]): Condition {
  const candidates = conditions.map((condition) => condition.candidates);
  const all = candidates.filter((part) => part !== undefined);
  return {
    test: (record) =>
      joinSql(
        conditions.map((condition) => condition.test(record)),
        ' OR ',
        FALSE,
      ),
    ...(all.length === candidates.length ? { candidates: union(all) } : {}),
  };
}

/** That a row of `reference`, under the name `x`, is a value of a parameter. */
export function links(parameter: Parameter): Sql {
  const slots = parameter.uses.map(({ slot, target }) =>
    target === undefined ? sql`x.slot = ${slot}` : sql`x.slot = ${slot} AND x.type = ${target}`,
  );
  return sql`(${joinSql(slots, ' OR ', FALSE)})`;
}

function chainTo(parameter: Parameter, target: string, condition: Condition, context: ConditionContext): Condition {
  const visibleTarget = sql`c.type = ${target} AND c.current = 1 AND c.deleted = 0 AND (${context.visible(C)})`;
  const candidates =
    condition.candidates &&
    sql`SELECT x.rid FROM record c CROSS JOIN reference x ON x.id = c.id AND x.type = c.type
        WHERE c.pk IN (${condition.candidates}) AND ${visibleTarget} AND ${links(parameter)}`;
  return {
    test: (record) =>
      sql`EXISTS (SELECT 1 FROM ${valueTable('reference', 'x', 'byRecord')} CROSS JOIN record c ON c.type = x.type AND c.id = x.id
          WHERE x.rid = ${record}.pk AND ${links(parameter)} AND ${visibleTarget} AND (${resolves(record, C, context)})
          AND (${condition.test(C)}))`,
    ...(candidates === undefined ? {} : { candidates }),
  };
}

/**
 * Holds if a reference from one record to the type and id of another means that other one: ids are only unique within
 * a subject, so that one of the same subject goes before those of others.
 */
export function resolves(from: Sql, to: Sql, context: ConditionContext): Sql {
  return sql`${to}.subject = ${from}.subject OR NOT EXISTS (
    SELECT 1 FROM record s WHERE s.type = ${to}.type AND s.id = ${to}.id AND s.subject = ${from}.subject
    AND s.current = 1 AND s.deleted = 0 AND (${context.visible(sql`s`)}))`;
}

/** `_has:Observation:patient:code=…`: records that some Observation with that code refers to. */
function reverseChain({ name, value }: SearchFilter, context: ConditionContext): Condition {
  const [, source = '', code = '', ...rest] = name.split(':');
  const [innerName, modifier = '', ...more] = rest;
  const sourceType = context.parameters.forType(source);
  const parameter = sourceType?.parameters.get(code);
  if (sourceType === undefined || parameter?.kind !== 'reference' || innerName === undefined || more.length > 0) {
    throw invalidValue(shown(name), 'a form other than _has:Type:reference:parameter');
  }
  if (innerName.includes('.') || innerName === '_has') throw notSupported(`a longer chain (${shown(name)})`);
  const condition = conditionFor(sourceType, { name: innerName, modifier, value }, context);
  if (condition === undefined) throw unknownParameter(source, innerName);
  return {
    test: (record) =>
      sql`EXISTS (SELECT 1 FROM reference x CROSS JOIN record c ON c.pk = x.rid
          WHERE x.id = ${record}.id AND x.type = ${record}.type AND ${links(parameter)}
          AND c.current = 1 AND (${context.visible(C)}) AND (${resolves(C, record, context)}) AND (${condition.test(C)}))`,
  };
}
