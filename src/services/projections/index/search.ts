import type { IncludeTarget } from '@medplum/core';
import { CairnError } from '../../../primitives/errors.js';
import { conditionFor, links, resolves, unknownParameter } from './conditions.js';
import type { Condition, ConditionContext } from './conditions.js';
import { guarded } from './database.js';
import { valueTable } from './matching.js';
import type { SearchParameters, TypeParameters } from './parameters.js';
import { readRecord } from './reader.js';
import { scopeCandidates, visibility } from './queries.js';
import type { Queries } from './queries.js';
import type { IndexedRecord } from './record.js';
import { parseSearch, shown } from './request.js';
import type { ParsedSearch, SearchQuery } from './request.js';
import { notSupported } from './search-values.js';
import { FALSE, joinSql, sql, TRUE } from './sql.js';
import type { Sql } from './sql.js';

/** One page of a search. */
export interface SearchResult {
  readonly matches: readonly IndexedRecord[];
  /** What `_include` and `_revinclude` add, without repetitions, in the order of discovery. */
  readonly included: readonly IndexedRecord[];
  /** Number of matches on all pages, if asked for. */
  readonly total: number | undefined;
  readonly offset: number;
  readonly count: number;
  /** There is another page, at `offset + count`. */
  readonly hasMore: boolean;
  /** Unknown parameters that were left out (lenient handling only). */
  readonly ignored: readonly string[];
  /** What the client wants of each resource: to be done by whoever renders it. */
  readonly elements: ParsedSearch['elements'];
  readonly summary: ParsedSearch['summary'];
}

/** Beyond this many candidates one condition is as good as another to start from. */
const ESTIMATE_MAX = 5000;
const INCLUDED_MAX = 5000;
/** SQLite could bind more, but takes seconds to compile such statements. */
const BOUND_VALUES_MAX = 4000;

const R = sql`r`;

/**
 * Searches. The page, its total and its includes are of one state of the index.
 * Errors: `fhir.type-unknown`, `fhir.search-parameter-unknown`, `fhir.search-value-invalid`, `fhir.search-not-supported`,
 * `fhir.search-too-complex`, `fhir.search-too-many-includes`.
 */
export function search(queries: Queries, parameters: SearchParameters, query: SearchQuery): SearchResult {
  const type = parameters.forType(query.type);
  if (type === undefined)
    throw new CairnError('fhir.type-unknown', `${shown(query.type)} is not a resource type of FHIR R4`);
  const request = parseSearch(query);
  const context: ConditionContext = {
    parameters,
    visible: visibility(queries, query.scope),
    nowMs: query.nowMs ?? Date.now(),
  };
  const ignored: string[] = [];
  const missing = (name: string): void => {
    if (query.handling !== 'lenient') throw unknownParameter(query.type, name);
    ignored.push(shown(name));
  };
  const conditions: Condition[] = [];
  for (const filter of request.filters) {
    const condition = conditionFor(type, filter, context);
    if (condition === undefined) missing(filter.name);
    else conditions.push(condition);
  }
  const scoped = scopeConditions(queries, query.scope, context);
  const order = sortOrder(type, request, missing);
  const includes = request.include.map((target) => forwardInclude(parameters, target));
  const reverseIncludes = request.revInclude.map((target) => reverseInclude(parameters, target, query.type));
  return guarded(() =>
    queries.atOneState(() => {
      const select = selection(queries, type, [...conditions, ...scoped], request.sort.length === 0);
      const total = request.withTotal ? (queries.value(sql`SELECT count(*) ${select}`) as number) : undefined;
      const page = sql`SELECT r.pk ${select} ORDER BY ${order} LIMIT ${request.count + 1} OFFSET ${request.offset}`;
      // No page is asked for, as by _summary=count.
      const pks = request.count === 0 ? [] : (queries.column(page) as number[]);
      const hasMore = pks.length > request.count;
      const matches = pks.slice(0, request.count);
      const included = includePks(queries, matches, [...includes, ...reverseIncludes], context);
      return {
        matches: matches.map((pk) => readRecord(queries, pk)),
        included: included.map((pk) => readRecord(queries, pk)),
        total,
        offset: request.offset,
        count: request.count,
        hasMore,
        ignored,
        elements: request.elements,
        summary: request.summary,
      };
    }),
  );
}

/** A scope of few compartments is also a place to start from. */
function scopeConditions(queries: Queries, scope: SearchQuery['scope'], { visible }: ConditionContext): Condition[] {
  if (scope === 'all') return [];
  const candidates = scopeCandidates(queries, scope);
  return [{ test: visible, ...(candidates !== undefined && { candidates }) }];
}

/** `FROM record r WHERE …`: starts from the candidates of the condition that has the fewest, and tests the others on each. */
function selection(
  queries: Queries,
  type: TypeParameters,
  conditions: readonly Condition[],
  inOrderOfId: boolean,
): Sql {
  const live = sql`r.current = 1 AND r.deleted = 0`;
  const tests = joinSql([live, ...conditions.map((condition) => condition.test(R))], ' AND ', TRUE);
  if (tests.values.length > BOUND_VALUES_MAX) {
    throw new CairnError('fhir.search-too-complex', 'the search has too many values; divide it');
  }
  const start = fewestCandidates(queries, conditions, inOrderOfId);
  // The + keeps SQLite from starting with the index on the type instead.
  return start === undefined
    ? sql`FROM record r WHERE r.type = ${type.type} AND ${tests}`
    : sql`FROM record r WHERE r.pk IN (${start}) AND +r.type = ${type.type} AND ${tests}`;
}

/**
 * Undefined if it is better to go through all records in the order of their ids: then a page is full after a few of them, where any
 * condition alone leaves thousands to sort.
 */
function fewestCandidates(queries: Queries, conditions: readonly Condition[], inOrderOfId: boolean): Sql | undefined {
  let best: Sql | undefined;
  let fewest = Infinity;
  for (const { candidates } of conditions) {
    if (candidates === undefined) continue;
    const count = queries.value(
      sql`SELECT count(*) FROM (SELECT 1 FROM (${candidates}) LIMIT ${ESTIMATE_MAX})`,
    ) as number;
    if (count < fewest) [best, fewest] = [candidates, count];
  }
  return fewest >= ESTIMATE_MAX && inOrderOfId ? undefined : best;
}

/**
 * Ascending by the lowest value, descending by the highest, of dates by their start; records without value last. What is
 * equal, and everything where no order is asked for, goes by id, then subject, record and author: the same in every copy of an index.
 */
function sortOrder(type: TypeParameters, { sort }: ParsedSearch, missing: (name: string) => void): Sql {
  const keys: string[] = [];
  const values: (string | number)[] = [];
  for (const { code, descending } of sort) {
    const direction = descending ? 'DESC' : 'ASC';
    const key = sortKey(type, code, descending);
    if (key === undefined) missing(`_sort=${code}`);
    else {
      keys.push(`${key.text} ${direction} NULLS LAST`);
      values.push(...key.values);
    }
  }
  keys.push('r.id', '(SELECT hex FROM subject WHERE id = r.subject)', 'r.record_id', 'r.author');
  return { text: keys.join(', '), values };
}

function sortKey(type: TypeParameters, code: string, descending: boolean): Sql | undefined {
  if (code === '_id') return sql`r.id`;
  if (code === '_lastUpdated') return sql`r.updated`;
  const parameter = type.parameters.get(code);
  if (parameter === undefined) return undefined;
  if (parameter.kind === 'composite' || parameter.kind === 'unsupported') throw notSupported(`_sort by ${shown(code)}`);
  const column = SORT_COLUMN[parameter.kind];
  const slots = joinSql(
    parameter.uses.map(({ slot }) => sql`v.slot = ${slot}`),
    ' OR ',
    FALSE,
  );
  const value = descending ? sql`max(v.${column})` : sql`min(v.${column})`;
  return sql`(SELECT ${value} FROM ${valueTable(parameter.kind, 'v', 'byRecord')} WHERE v.rid = r.pk AND (${slots}))`;
}

const SORT_COLUMN = {
  token: sql`code`,
  string: sql`folded`,
  date: sql`lo`,
  reference: sql`id`,
  quantity: sql`lo`,
  uri: sql`value`,
} as const;

/** Selects, as `pk`, what one include adds for the record with the given key. */
type Include = (pk: number, context: ConditionContext) => Sql;

function forwardInclude(parameters: SearchParameters, target: IncludeTarget): Include {
  const { parameter, targetType } = includeParameter(parameters, target);
  const ofType = targetType === undefined ? TRUE : sql`x.type = ${targetType}`;
  return (pk, context) =>
    sql`SELECT t.pk FROM record f CROSS JOIN ${valueTable('reference', 'x', 'byRecord')} ON x.rid = f.pk
        CROSS JOIN record t ON t.type = x.type AND t.id = x.id AND t.current = 1 AND t.deleted = 0
        WHERE f.pk = ${pk} AND f.type = ${target.resourceType} AND ${links(parameter)} AND ${ofType}
        AND (${context.visible(sql`t`)}) AND (${resolves(sql`f`, sql`t`, context)})`;
}

function reverseInclude(parameters: SearchParameters, target: IncludeTarget, searched: string): Include {
  const { parameter, targetType } = includeParameter(parameters, target);
  const fits = targetType === undefined || targetType === searched ? TRUE : FALSE;
  return (pk, context) =>
    sql`SELECT f.pk FROM record t CROSS JOIN reference x ON x.id = t.id AND x.type = t.type
        CROSS JOIN record f ON f.pk = x.rid AND f.current = 1 AND f.deleted = 0
        WHERE t.pk = ${pk} AND ${fits} AND ${links(parameter)}
        AND (${context.visible(sql`f`)}) AND (${resolves(sql`f`, sql`t`, context)})`;
}

function includeParameter(parameters: SearchParameters, target: IncludeTarget) {
  const { resourceType, searchParam, targetType, modifier } = target;
  if (modifier !== undefined) throw notSupported(shown(`_include:${modifier}`));
  const parameter = parameters.forType(resourceType)?.parameters.get(searchParam);
  if (parameter === undefined) throw unknownParameter(shown(resourceType), searchParam);
  if (parameter.kind !== 'reference') throw notSupported(`_include of ${shown(searchParam)}, which is no reference,`);
  return { parameter, targetType };
}

function includePks(
  queries: Queries,
  matches: readonly number[],
  includes: readonly Include[],
  context: ConditionContext,
): number[] {
  const seen = new Set(matches);
  const included: number[] = [];
  for (const include of includes) {
    for (const match of matches) {
      for (const pk of queries.column(include(match, context)) as number[]) {
        if (seen.has(pk)) continue;
        seen.add(pk);
        included.push(pk);
        if (included.length > INCLUDED_MAX) {
          throw new CairnError(
            'fhir.search-too-many-includes',
            'includes add too much; ask for fewer matches by _count',
          );
        }
      }
    }
  }
  return included;
}
