/** The hub's log: JSON lines on stderr, so that stdout stays the program's own. */
import { type Logger, pino, stdTimeFunctions } from 'pino';

export type Log = Logger;

/** Never written out, however deep the object that bears them was logged. */
const SECRET_NAMES = [
  'authorization',
  'cookie',
  'password',
  'secret',
  'client_secret',
  'access_token',
  'refresh_token',
  'id_token',
  'token',
  'code',
  'sealed',
];

/** `level` is one of pino's: trace, debug, info, warn, error, fatal, silent. */
export function openLog(level: string): Log {
  return pino(
    {
      level,
      base: undefined,
      timestamp: stdTimeFunctions.isoTime,
      redact: { paths: SECRET_NAMES.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[secret]' },
    },
    process.stderr,
  );
}
