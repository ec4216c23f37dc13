/** What RingCentral says when it says no, turned into one of our four errors. */
import { Changed, Problem, Reconnect, Refused, TryLater } from '#kit/errors.ts';
import type { Json } from '#kit/fields.ts';
import { objectOf, objectsOf, textOf } from '#kit/json.ts';
import { retryAfter, silenceOf } from '#kit/silence.ts';

/** What of an error answer's headers matters. */
export interface FaultHeaders {
  retryAfter?: string;
  /** Did the answer bear X-Rate-Limit headers? */
  counted: boolean;
}

/** An error answer in RingCentral's words, without the request: that holds people's data and is kept nowhere. */
export class RingFault extends Error {
  readonly http: number;
  /** Of the innermost error: `CMN-102`. Messages are translated by the account's language, codes are not. */
  readonly code: string | undefined;
  readonly parameter: string | undefined;
  /** The permission that is missing, of the app (CMN-401) or of the person (CMN-408). */
  readonly permission: string | undefined;
  readonly headers: FaultHeaders;
  constructor(http: number, body: Json | undefined, headers: FaultHeaders) {
    const said = objectOf(body);
    const inner = objectsOf(said?.errors)[0];
    super(textOf(inner?.message) ?? textOf(said?.message) ?? textOf(said?.error_description) ?? `HTTP ${http}`);
    this.name = 'RingFault';
    this.http = http;
    this.code = textOf(inner?.errorCode) ?? textOf(said?.errorCode) ?? textOf(said?.error);
    this.parameter = textOf(inner?.parameterName) ?? textOf(said?.parameterName);
    this.permission = textOf(inner?.permissionName) ?? textOf(said?.permissionName);
    this.headers = headers;
  }
}

/** What RingCentral said behind one of our errors. */
export function faultOf(error: unknown): RingFault | undefined {
  return error instanceof Problem && error.cause instanceof RingFault ? error.cause : undefined;
}

/** There is no such thing, or it is somebody else's: RingCentral does not tell which. */
export function isMissing(error: unknown): boolean {
  return faultOf(error)?.http === 404;
}

/** The person may not do this, whatever the app may. */
export function isForbiddenToPerson(error: unknown): boolean {
  const fault = faultOf(error);
  return fault?.http === 403 && fault.code !== APP_LACKS && !THROTTLED.has(fault.code ?? '');
}

/**
 * A sync token that RingCentral no longer knows or cannot go on from: CLG-101 to 105 of calls, MSG-333 of messages; a general code
 * with the parameter's name where more changed than a sync tells (guide/voice/call-log/sync).
 */
export function isTokenLost(error: unknown): boolean {
  const fault = faultOf(error);
  if (fault?.http !== 400) return false;
  return /^(CLG-10[1-5]|MSG-333)$/.test(fault.code ?? '') || /sync ?token|page ?id/i.test(`${fault.parameter} ${fault.message}`);
}

/** Undefined where the service knows no such thing. */
export async function unlessMissing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** The access token was refused. */
export function isUnauthenticated(error: unknown): boolean {
  return error instanceof RingFault && error.http === 401;
}

export function explain(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (!(error instanceof RingFault)) {
    const said = error instanceof Error ? error.message : String(error);
    return (
      silenceOf('RingCentral', error) ??
      new Changed(`ringcentral: ${said}`, 'Something we did not foresee. Tell the maintainer.', error)
    );
  }
  const { http, code, message, parameter } = error;
  const said = `RingCentral answered ${http}${code ? ` ${code}` : ''}: ${message}`;
  if (http === 429 || THROTTLED.has(code ?? '')) return throttled(said, error);
  if (http === 401) return new Reconnect(said, 'RingCentral no longer accepts the sign-in. Connect the account again.', error);
  if (http === 403) return forbidden(said, error);
  if (http >= 500 || http === 408) {
    const after = retryAfter(error.headers.retryAfter) ?? BACKOFF;
    return new TryLater(said, 'RingCentral has a fault of its own. It goes on by itself.', after, false, error);
  }
  if (code === undefined || http < 400) {
    return new Changed(
      `${said}; expected an error with a code`,
      'RingCentral answers in a way we do not know. Tell the maintainer.',
      error,
    );
  }
  return new Refused(said, `RingCentral refuses this: ${message}`, parameter, error);
}

/** Rate exceeded, too many requests at once, a duplicate at the same time, the global limit, and that of SMS. */
const THROTTLED: ReadonlySet<string> = new Set(['CMN-301', 'CMN-302', 'CMN-303', 'CMN-304', 'CMN-310', 'MSG-305']);

const APP_LACKS = 'CMN-401';

/** "2 seconds, doubling" (guide/basics/rate-limits): the doubling is the dispatcher's. */
const BACKOFF = 2_000;

/** The penalty where the answer does not say how long it is. */
const PENALTY = 30_000;

/**
 * Every request within the penalty makes it begin anew, so the whole group rests; and where the answer counts nothing, it is the
 * account or the address that is limited: all of it rests.
 */
function throttled(said: string, fault: RingFault): TryLater {
  const { headers } = fault;
  const after = Math.max(1_000, retryAfter(headers.retryAfter) ?? PENALTY);
  const advice = 'RingCentral allows only so many calls a minute. It goes on by itself.';
  return new TryLater(said, advice, after, true, fault, headers.counted ? 'budget' : 'account');
}

function forbidden(said: string, fault: RingFault): Problem {
  const { code, permission } = fault;
  if (code === APP_LACKS) {
    const what = permission === undefined ? 'a permission' : `the permission ${permission}`;
    return new Refused(
      said,
      `The app lacks ${what}. Tick it in RingCentral's developer console, then connect the account again.`,
      undefined,
      fault,
    );
  }
  const what = permission === undefined ? 'may not do this' : `lacks the permission ${permission}`;
  return new Refused(
    said,
    `Whoever connected the account ${what}: ask an administrator of the account, or connect as one.`,
    undefined,
    fault,
  );
}

/** Headers of whichever kind an answer has. */
export function faultHeaders(headers: {
  get(name: string): string | null;
  forEach(each: (value: string, name: string) => void): void;
}): FaultHeaders {
  let counted = false;
  headers.forEach((_value, name) => {
    if (name.toLowerCase().startsWith('x-rate-limit-')) counted = true;
  });
  const after = headers.get('retry-after');
  return { counted, ...(after !== null && { retryAfter: after }) };
}
