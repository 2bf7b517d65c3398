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

/** Joins parts with a separator, each in parentheses; `empty` is what no parts mean. */
export function joinSql(parts: readonly Sql[], separator: ' AND ' | ' OR ', empty: Sql): Sql {
  if (parts.length === 0) return empty;
  return {
    text: parts.map((part) => `(${part.text})`).join(separator),
    values: parts.flatMap((part) => part.values),
  };
}

export const TRUE = sql`1`;
export const FALSE = sql`0`;
