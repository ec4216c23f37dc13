/**
 * How PostgreSQL's values arrive here: bigint as number, instants as `YYYY-MM-DDTHH:mm:ss.sssZ`, dates as `YYYY-MM-DD`, json and
 * jsonb parsed, numeric and everything else as pg gives it.
 */
import pg from 'pg';

const INT8_ARRAY = 1016;
const DATE_ARRAY = 1182;
const TIMESTAMPTZ_ARRAY = 1185;

type Parser = (text: string) => unknown;

const same: Parser = (text) => text;

const ours = new Map<number, Parser>([
  [pg.types.builtins.INT8, whole],
  [INT8_ARRAY, arrayOf(whole)],
  [pg.types.builtins.TIMESTAMPTZ, instant],
  [TIMESTAMPTZ_ARRAY, arrayOf(instant)],
  [pg.types.builtins.DATE, same],
  [DATE_ARRAY, arrayOf(same)],
]);

export function getTypeParser(oid: number, format?: string): Parser {
  return ours.get(oid) ?? (pg.types.getTypeParser(oid, format as 'text') as Parser);
}

/** `{1,NULL,"2026-02-03 04:05:06+00"}`: one dimension, and no quote or comma within an element of these types. */
function arrayOf(parse: Parser): Parser {
  return (text) =>
    text === '{}'
      ? []
      : text
          .slice(1, -1)
          .split(',')
          .map((part) => (part === 'NULL' ? null : parse(part.replaceAll('"', ''))));
}

/** bigint as a number: ours stay far below 2^53. */
function whole(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new Error(`bigint ${text} is beyond what a number holds exactly`);
  return value;
}

/** In the session's zone UTC: `2026-02-03 04:05:06.789+00`, without trailing zeros. Microseconds are cut. */
function instant(text: string): string {
  const [, date, time, fraction = ''] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?\+00$/.exec(text) ?? [];
  if (date === undefined) return text; // infinity; or before year 1 or after year 9999
  return `${date}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}Z`;
}
