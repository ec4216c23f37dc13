/** The hub's log: JSON lines on stderr, so that stdout stays the program's own. */
import { type DestinationStream, type Logger, pino, stdSerializers, stdTimeFunctions } from 'pino';

export type Log = Logger;

/** Never written out where an object that is logged bears them, two levels down at most. Errors are told by `toldOf` alone. */
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
export function openLog(level: string, to: DestinationStream = process.stderr): Log {
  return pino(
    {
      level,
      base: undefined,
      timestamp: stdTimeFunctions.isoTime,
      // Under whatever name an error is logged: a name that is missed here would tell what hangs on it, and not what went wrong.
      formatters: { log: (about) => mapValues(about, (value) => (value instanceof Error ? toldOf(value) : value)) },
      redact: { paths: SECRET_NAMES.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[secret]' },
    },
    to,
  );
}

/**
 * An error with its causes, and nothing else that hangs on it: the clients of services hang on the request with its token, pg the
 * row of a customer.
 */
function toldOf(error: Error): { [name: string]: unknown } {
  const { type, message, stack } = stdSerializers.err(error);
  const code: unknown = Reflect.get(error, 'code');
  const advice: unknown = Reflect.get(error, 'advice');
  return {
    ...{ type, message, stack },
    ...(typeof code === 'string' && /^[A-Z0-9_]{2,40}$/.test(code) && { errorCode: code }),
    ...(typeof advice === 'string' && { advice }),
  };
}

const mapValues = (about: { [name: string]: unknown }, map: (value: unknown) => unknown): { [name: string]: unknown } =>
  Object.fromEntries(Object.entries(about).map(([name, value]) => [name, map(value)]));
