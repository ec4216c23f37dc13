/** A sheet as comma-separated values (RFC 4180): its sums, or its differences. */
import type { Sheet } from './sheet.ts';

const SUMS =
  'stream,kind,month,currency,status,count there,total there,balance there,count here,total here,balance here,count difference,total difference,balance difference';
const DIFFERENCES = 'stream,row,record,number,what,there,here,reason';

export function sumsCsv({ lines }: Sheet): string {
  const rows = lines.map((line) => [
    ...[line.stream, line.kind, line.month, line.currency, line.status].map(text),
    ...[line.there, line.here, line.difference].flatMap(({ count, total, balance }) => [String(count), total, balance ?? '']),
  ]);
  return written(SUMS, rows);
}

export function differencesCsv({ differences, more }: Sheet): string {
  const rows = differences.map((one) =>
    [one.stream, one.row, one.record ?? '', one.number, one.what, one.there ?? '', one.here ?? '', one.reason ?? ''].map(text),
  );
  const rest = more > 0 ? [['', '', '', '', `${more} more`, '', '', '']] : [];
  return written(DIFFERENCES, [...rows, ...rest]);
}

const written = (head: string, rows: readonly (readonly string[])[]): string =>
  [head, ...rows.map((row) => row.join(','))].map((line) => `${line}\r\n`).join('');

/** What a spreadsheet would take for a formula, also behind blanks and in full width, is led by an apostrophe. */
function text(value: string): string {
  const safe = /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/.test(value) && !/^-?\d+(\.\d+)?( [A-Z]{3})?$/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
