/** What a command says: lines and tables for people, one JSON value for programs. */
export const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

export interface Output {
  /** `--json`: stdout gets one JSON value and nothing else. */
  json: boolean;
  /** The command's result: `value` as JSON, or what `print` makes of it. */
  result<T>(value: T, print: (value: T) => string): void;
  /** A line for people while the command works; on stderr, so that stdout stays the result. */
  say(line: string): void;
}

/** `workspace`: the firm that was named; a command that is proposed names it too. Absent: none was. */
export function openOutput(json: boolean, workspace?: number): Output {
  const named = (text: string) =>
    workspace === undefined
      ? text
      : text.replaceAll(/npm run cli -- (?!--workspace)/g, `npm run cli -- --workspace ${workspace} `);
  return {
    json,
    result(value, print) {
      process.stdout.write(`${json ? JSON.stringify(value) : named(print(value))}\n`);
    },
    say(line) {
      process.stderr.write(`${named(line)}\n`);
    },
  };
}

/** Rows under headings, columns aligned; the last column may be as long as it likes. */
export function table(headings: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string {
  const cells = [headings, ...rows].map((row) => row.map((cell) => String(cell ?? '')));
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Names and values below each other. */
export function facts(pairs: readonly (readonly [string, string | number | null])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${name.padEnd(width)}  ${value ?? ''}`).join('\n');
}
