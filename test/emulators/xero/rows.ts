import type { Call } from '../kit/server.ts';
import { invalid } from './errors.ts';
import type { Body } from './wire.ts';

/** Why a row is not taken, each reason a sentence. */
export class RowError extends Error {
  readonly messages: readonly string[];
  constructor(...messages: string[]) {
    super(messages.join('; '));
    this.name = 'RowError';
    this.messages = messages;
  }
}

/**
 * Writes rows in their order. With `summarizeErrors=false` good rows are saved whatever becomes of the others, and each says how it
 * went; without, one bad row fails the whole call.
 */
export function writeRows(
  call: Call,
  rows: readonly Body[],
  write: (row: Body) => Body,
  together: (work: () => Body[]) => Body[],
): Body[] {
  const single = call.query.get('summarizeErrors') === 'false';
  if (single) return rows.map((row) => outcome(row, () => ({ ...write(row), StatusAttributeString: 'OK' })));
  return together(() => {
    const written = rows.map((row) => outcome(row, () => write(row)));
    const bad = written.filter((row) => row.StatusAttributeString === 'ERROR');
    if (bad.length > 0) throw invalid(bad.map(({ StatusAttributeString: _, ...echo }) => echo));
    return written;
  });
}

function outcome(row: Body, work: () => Body): Body {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RowError)) throw error;
    const ValidationErrors = error.messages.map((Message) => ({ Message }));
    return { ...row, StatusAttributeString: 'ERROR', ValidationErrors };
  }
}

/** What is wrong so far; thrown together. */
export function complaints() {
  const found: string[] = [];
  return {
    unless(fine: unknown, message: string): void {
      if (!fine) found.push(message);
    },
    end(): void {
      if (found.length > 0) throw new RowError(...found);
    },
  };
}

/** Texts that are longer than the service takes. */
export function tooLong(row: Body, most: { readonly [member: string]: number }): string[] {
  return Object.entries(most).flatMap(([member, length]) => {
    const value = row[member];
    return typeof value === 'string' && value.length > length
      ? [`The field ${member} must be a string with a maximum length of ${length}.`]
      : [];
  });
}
