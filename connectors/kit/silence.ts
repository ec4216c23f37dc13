/** What an SDK throws when no whole answer came, and when a service wants to be asked again. */
import { TryLater } from './errors.ts';

/** No connection was ever made, so nothing was sent. */
const NEVER_SENT: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

const WAIT = 500;

/** The connection failed or broke: SDKs and Node say so by a code, somewhere along the causes. Undefined: it is something else. */
export function silenceOf(title: string, error: unknown): TryLater | undefined {
  const message = error instanceof Error ? error.message : String(error);
  let code: string | undefined;
  let depth = 0;
  for (let at: unknown = error; isRecord(at) && depth < 5; at = at.cause, depth++) {
    if (typeof at.code === 'string' && /^[A-Z][A-Z_]+$/.test(at.code)) code = at.code;
  }
  if (code !== undefined && NEVER_SENT.has(code)) {
    return new TryLater(`${title} was not reached: ${message}`, `${title} cannot be reached. It goes on by itself.`, WAIT, true);
  }
  if (code !== undefined || /premature close|socket hang up|aborted|terminated|timeout/i.test(message)) {
    return new TryLater(
      `${title} gave no answer: ${message}`,
      `The connection to ${title} broke. It goes on by itself.`,
      WAIT,
      false,
    );
  }
  return undefined;
}

/** Milliseconds that a `Retry-After` asks for: seconds, or a date (RFC 9110 10.2.3). Undefined where it is neither. */
export function retryAfter(header: string | null | undefined): number | undefined {
  if (header === undefined || header === null || header.trim() === '') return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds) * 1000;
  const until = Date.parse(header);
  return Number.isNaN(until) ? undefined : Math.max(0, until - Date.now());
}

function isRecord(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null;
}
