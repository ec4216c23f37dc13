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

/**
 * Values as JSON, joined for `list()`: JSON text has no control characters. Given as bytes, they are encoded once and copied to the
 * wire as they are.
 */
export function jsonColumn(values: readonly unknown[]): Buffer {
  return textColumn(values.map((value) => JSON.stringify(value)));
}

/** The same of JSON text that is there already. */
export function textColumn(texts: readonly string[]): Buffer {
  let most = texts.length;
  for (const text of texts) most += text.length * 3; // bytes of UTF-8 for a unit of UTF-16
  const bytes = Buffer.allocUnsafeSlow(most);
  let end = 0;
  for (let i = 0; i < texts.length; i++) {
    if (i > 0) bytes[end++] = SEPARATOR_BYTE;
    end += bytes.write(texts[i]!, end);
  }
  return bytes.subarray(0, end);
}

const SEPARATOR_BYTE = SEPARATOR.charCodeAt(0);

/** SQL for the array that `column()` joined: `list('$1', 'uuid')`. */
export function list(parameter: string, type: 'uuid' | 'text' | 'json' | 'int' | 'timestamptz' | 'tid'): string {
  const array = `string_to_array(${parameter}, E'\\x1e', E'\\x1f')`;
  return type === 'text' ? array : `${array}::${type}[]`;
}
