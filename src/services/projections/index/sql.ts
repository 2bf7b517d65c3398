/** SQL text with the values to bind. Values reach a statement in no other way. */
export interface Sql {
  readonly text: string;
  readonly values: readonly SqlValue[];
}

export type SqlValue = string | number;

/** Template for {@link Sql}: what stands in `${}` is bound as a parameter, or spliced in if it is itself an {@link Sql}. */
export function sql(parts: TemplateStringsArray, ...inserts: readonly (Sql | SqlValue)[]): Sql {
  let text = parts[0] ?? '';
  const values: SqlValue[] = [];
  inserts.forEach((insert, i) => {
    if (typeof insert === 'object') {
      text += insert.text;
      values.push(...insert.values);
    } else {
      text += '?';
      values.push(insert);
    }
    text += parts[i + 1] ?? '';
  });
  return { text, values };
}

/**
 * Joins conditions, each in parentheses; `empty` is what none mean. They are nested as a balanced tree, for SQLite bounds
 * the depth of expressions, and a search may have hundreds of alternatives.
 */
export function joinSql(parts: readonly Sql[], separator: ' AND ' | ' OR ', empty: Sql): Sql {
  const [first] = parts;
  if (first === undefined) return empty;
  if (parts.length === 1) return first;
  const middle = parts.length >> 1;
  const left = joinSql(parts.slice(0, middle), separator, empty);
  const right = joinSql(parts.slice(middle), separator, empty);
  return { text: `(${left.text})${separator}(${right.text})`, values: [...left.values, ...right.values] };
}

export const TRUE = sql`1`;
export const FALSE = sql`0`;
