/** What Google says when it says no, turned into one of our four errors. */
import { Changed, Problem, Reconnect, Refused, TryLater } from '#kit/errors.ts';
import { isObject, type JsonObject, numberOf, objectOf, objectsOf, textOf } from '#kit/json.ts';
import { retryAfter, silenceOf } from '#kit/silence.ts';
import { type Api, apiOf, SCOPES } from './scopes.ts';

/** An error answer in Google's words, without the request: that holds people's data and is kept nowhere. */
export class GoogleFault extends Error {
  readonly http: number;
  /** `FAILED_PRECONDITION` and the like. */
  readonly status: string | undefined;
  /** `EXPIRED_SYNC_TOKEN`, `rateLimitExceeded` and the like, from whichever of the two envelopes says it. */
  readonly reason: string | undefined;
  readonly details: readonly JsonObject[];
  constructor(http: number, error: JsonObject) {
    super(textOf(error.message) ?? `HTTP ${http}`);
    this.name = 'GoogleFault';
    this.http = http;
    this.status = textOf(error.status);
    this.details = objectsOf(error.details);
    const info = this.details.find((detail) => typeof detail.reason === 'string');
    this.reason = textOf(info?.reason) ?? textOf(objectsOf(error.errors)[0]?.reason);
  }
}

/** What Google said behind one of our errors. */
export function faultOf(error: unknown): GoogleFault | undefined {
  return error instanceof Problem && error.cause instanceof GoogleFault ? error.cause : undefined;
}

/** Google itself says that there is no such thing; a page of something in between that says 404 says nothing of it. */
export function isMissing(error: unknown): boolean {
  const http = error instanceof Refused ? faultOf(error)?.http : undefined;
  return http === 404 || http === 410;
}

/** The access token was refused. */
export function isUnauthenticated(error: unknown): boolean {
  return isObject(error) && error.status === 401;
}

/** Turns what googleapis throws (a GaxiosError, with or without a response) into one of ours. */
export function explain(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const response = isRecord(error) && isRecord(error.response) ? error.response : undefined;
  if (response === undefined) return unanswered(error);
  const http = typeof response.status === 'number' ? response.status : 0;
  const after = askedToWait(response.headers);
  const body = isObject(response.data) ? objectOf(response.data.error) : undefined;
  const fault = new GoogleFault(http, body ?? {});
  const said = `Google answered ${http}${fault.reason ? ` ${fault.reason}` : ''}: ${fault.message}`;
  if (http === 429 || (http === 403 && THROTTLED.has(fault.reason ?? ''))) {
    return new TryLater(said, 'Google allows only so many calls a minute. It goes on by itself.', after ?? MINUTE, true, fault);
  }
  if (http === 401) return new Reconnect(said, 'Google no longer accepts the sign-in. Connect the account again.', fault);
  if (http === 403) return forbidden(said, fault, apiOf(isRecord(response.config) ? String(response.config.url) : ''));
  if (http >= 500 || http === 408) {
    return new TryLater(said, 'Google has a fault of its own. It goes on by itself.', after ?? 500, false, fault);
  }
  if (body === undefined || http < 400) {
    return new Changed(
      `${said}; expected an error object of google.rpc`,
      'Google answers in a way we do not know. Tell the maintainer.',
      fault,
    );
  }
  return new Refused(said, `Google refuses this: ${fault.message}`, violatedField(fault), fault);
}

/** Quotas that Google reports as 403 (developers.google.com/workspace/calendar/api/guides/errors). */
const THROTTLED: ReadonlySet<string> = new Set([
  'rateLimitExceeded',
  'userRateLimitExceeded',
  'quotaExceeded',
  'dailyLimitExceeded',
  'RATE_LIMIT_EXCEEDED',
]);

/** Quotas are counted by the minute in a sliding window, and answers bear no Retry-After. */
const MINUTE = 60_000;

function forbidden(said: string, fault: GoogleFault, { title, stream }: Api): Problem {
  switch (fault.reason) {
    case 'ACCESS_TOKEN_SCOPE_INSUFFICIENT':
    case 'insufficientPermissions':
      return new Reconnect(
        said,
        `The sign-in does not cover ${stream}: it lacks ${SCOPES[stream].join(' and ')}. Connect again with the stream ${stream} named, and leave every box ticked.`,
        fault,
      );
    case 'SERVICE_DISABLED':
    case 'accessNotConfigured':
      return new Refused(
        said,
        `The ${title} is not switched on for this client. Enable it in the Google Cloud console.`,
        undefined,
        fault,
      );
    case 'forbidden':
      if (stream !== 'users') break;
      return new Refused(
        said,
        'Only who administers the Workspace can read its people: sign in as an administrator, or give this one a role with the right to read users.',
        undefined,
        fault,
      );
    case 'forbiddenForNonOrganizer':
      return new Refused(said, 'Only the organizer of a meeting can change it.', undefined, fault);
  }
  return new Refused(said, `Google forbids this: ${fault.message}`, undefined, fault);
}

/** The connection failed or broke, or something else did. */
function unanswered(error: unknown): Problem {
  const message = error instanceof Error ? error.message : String(error);
  return (
    silenceOf('Google', error) ?? new Changed(`gsuite: ${message}`, 'Something we did not foresee. Tell the maintainer.', error)
  );
}

function askedToWait(headers: unknown): number | undefined {
  // node-fetch brings a Headers of its own.
  const text = isRecord(headers) && typeof headers.get === 'function' ? headers.get('retry-after') : undefined;
  return typeof text === 'string' ? retryAfter(text) : undefined;
}

function violatedField(fault: GoogleFault): string | undefined {
  for (const detail of fault.details) {
    const field = textOf(objectsOf(detail.fieldViolations)[0]?.field);
    if (field !== undefined) return field;
  }
  return undefined;
}

/** Of google.rpc.Code, as the status of a batch's item bears it. */
export const INVALID_ARGUMENT = 3;
export const NOT_FOUND = 5;
export const RESOURCE_EXHAUSTED = 8;
export const FAILED_PRECONDITION = 9;

/** What became of one item of a batch that Google refused, by google.rpc.Code. */
export interface ItemFault {
  code: number;
  message: string;
}

export function itemFaultOf(status: JsonObject | undefined): ItemFault | undefined {
  const code = numberOf(status?.code) ?? 0;
  return code === 0 ? undefined : { code, message: textOf(status?.message) ?? `google.rpc code ${code}` };
}

function isRecord(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null;
}
