/**
 * Many values as one parameter. An array parameter escapes every quote of every value, twice over for JSON; a joined text does
 * not, and PostgreSQL splits it faster than it parses an array literal.
 */
const SEPARATOR = '\x1e';
const NULL = '\x1f';
// biome-ignore lint/suspicious/noControlCharactersInRegex: these two are what the join itself uses
const RESERVED = /[\x1e\x1f]/;

/**
 * The workspace of the transaction, for inserts. Reads need no such condition: the tables' policies add it. A subquery is computed
 * once for a statement, a bare call once for each row.
 */
export const HERE = `(select current_setting('switchboard.workspace')::int)`;

/**
 * Values joined for `list()`. They must be free of the control characters 1E and 1F, as JSON text, ids and tokens are; one that is
 * not throws. A lone '' comes out as no element at all: give such a column a `coalesce`.
 */
export function column(values: readonly (string | null)[]): string {
  const parts = new Array<string>(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value !== null && RESERVED.test(value)) {
      throw new Error(
        `Value ${i} of a bulk parameter has a control character (1E or 1F), which separates values: ${JSON.stringify(value.slice(0, 80))}`,
      );
    }
    parts[i] = value ?? NULL;
  }
  return parts.join(SEPARATOR);
}

/** SQL for the array that `column()` joined: `list('$1', 'uuid')`. */
export function list(parameter: string, type: 'uuid' | 'text' | 'json' | 'int' | 'timestamptz' | 'tid'): string {
  const array = `string_to_array(${parameter}, E'\\x1e', E'\\x1f')`;
  return type === 'text' ? array : `${array}::${type}[]`;
}
