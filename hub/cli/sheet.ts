/** A reconciliation sheet as people read it, and in files. */
import { writeFile } from 'node:fs/promises';
import { InvalidArgumentError } from 'commander';
import { Fault } from '#hub/fault.ts';
import { differencesCsv, sumsCsv } from '#hub/ledger/history/csv.ts';
import type { Sheet } from '#hub/ledger/history/sheet.ts';
import { table } from './output.ts';

/** Its sums and its differences into the files that were named. */
export async function putSheet(sheet: Sheet, files: { csv?: string; differences?: string }): Promise<void> {
  if (files.csv !== undefined) await put(files.csv, sumsCsv(sheet));
  if (files.differences !== undefined) await put(files.differences, differencesCsv(sheet));
}

async function put(file: string, text: string): Promise<void> {
  await writeFile(file, text).catch((error: Error) => {
    throw new Fault(
      'invalid',
      `${file} cannot be written: ${error.message}`,
      'Name a file in a folder that is there.',
      [],
      error,
    );
  });
}

export function sheetText({ lines, differences, more, rows, agrees }: Sheet): string {
  const sums = table(
    ['stream', 'month', 'kind', 'status', 'currency', 'there', 'here', 'difference', 'to pay there', 'here'],
    lines.map((l) => [
      ...[l.stream, l.month, l.kind, l.status, l.currency, l.there.total, l.here.total, l.difference.total],
      ...[l.there.balance ?? '', l.here.balance ?? ''],
    ]),
  );
  if (agrees) return `${sums}\n\n${rows} rows compared: nothing differs.`;
  const named = table(
    ['stream', 'row', 'number', 'what', 'there', 'here', 'because'],
    differences.slice(0, 50).map((d) => [d.stream, d.row, d.number, d.what, d.there, d.here, d.reason]),
  );
  const rest = differences.length + more - 50;
  return `${sums}\n\n${rows} rows compared; what differs:\n${named}${rest > 0 ? `\n… and ${rest} more (--differences <file>).` : ''}`;
}

/** Reads a day. */
export function day(text: string): string {
  if (/^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text))) return text;
  throw new InvalidArgumentError('A day is allowed, as 2023-01-01.');
}
