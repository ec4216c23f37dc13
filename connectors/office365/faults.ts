/** What Microsoft Graph says when it says no, turned into one of our four errors. */
import { Changed, Problem, Reconnect, Refused, TryLater } from '#kit/errors.ts';
import type { Json } from '#kit/fields.ts';
import { objectOf, textOf } from '#kit/json.ts';
import { retryAfter, silenceOf } from '#kit/silence.ts';

/** An error answer in Graph's words, without the request: that holds people's data and is kept nowhere. */
export class GraphFault extends Error {
  readonly http: number;
  /** `ErrorItemNotFound`. Codes are branched on, messages never (learn.microsoft.com/graph/errors). */
  readonly code: string | undefined;
  /** By which Microsoft's support finds the request. */
  readonly request: string | undefined;
  /** Milliseconds that the answer asks to wait. */
  readonly after: number | undefined;
  constructor(http: number, body: Json | undefined, after: string | null | undefined) {
    const said = objectOf(objectOf(body)?.error);
    super(textOf(said?.message) ?? `HTTP ${http}`);
    this.name = 'GraphFault';
    this.http = http;
    this.code = textOf(said?.code);
    const inner = objectOf(said?.innerError) ?? objectOf(said?.innererror);
    this.request = textOf(inner?.['request-id']);
    this.after = retryAfter(after);
  }
}

/** What Graph itself said as it refused something; a page of something in between that says 404 says nothing of it. */
export function refusalOf(error: unknown): GraphFault | undefined {
  return error instanceof Refused && error.cause instanceof GraphFault ? error.cause : undefined;
}

/** The access token was refused. */
export function isUnauthenticated(error: unknown): boolean {
  return error instanceof GraphFault && error.http === 401;
}

export function isMissing(error: unknown): boolean {
  return refusalOf(error)?.http === 404;
}

/**
 * The state behind a delta link is gone: 410, with a body or without one, or one of these codes with another status
 * (learn.microsoft.com/graph/delta-query-overview).
 */
export function isStateLost(error: unknown): boolean {
  const fault = error instanceof Problem && error.cause instanceof GraphFault ? error.cause : undefined;
  return fault !== undefined && (fault.http === 410 || /^(syncState(NotFound|Invalid)|resync)/i.test(fault.code ?? ''));
}

export function explain(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (!(error instanceof GraphFault)) {
    const said = error instanceof Error ? error.message : String(error);
    return (
      silenceOf('Microsoft', error) ??
      new Changed(`office365: ${said}`, 'Something we did not foresee. Tell the maintainer.', error)
    );
  }
  const { http, code, message, request } = error;
  const said = `Microsoft answered ${http}${code ? ` ${code}` : ''}: ${message}${request ? ` (request ${request})` : ''}`;
  if (http === 429 || http === 509 || THROTTLED.has(code ?? '')) {
    return new TryLater(said, 'Microsoft allows only so many calls. It goes on by itself.', error.after ?? PENALTY, true, error);
  }
  if (http === 401) return new Reconnect(said, 'Microsoft no longer accepts the sign-in. Connect the account again.', error);
  if (http === 403) return forbidden(said, error);
  if (http >= 500 || http === 408 || http === 423) {
    return new TryLater(said, 'Microsoft has a fault of its own. It goes on by itself.', error.after ?? BACKOFF, false, error);
  }
  if (code === undefined || http < 400) {
    return new Changed(
      `${said}; expected an error with a code`,
      'Microsoft answers in a way we do not know. Tell the maintainer.',
      error,
    );
  }
  return new Refused(said, ADVICE[code] ?? `Microsoft refuses this: ${message}`, undefined, error);
}

/** Also with a status of their own (learn.microsoft.com/graph/throttling). */
export const THROTTLED: ReadonlySet<string> = new Set(['TooManyRequests', 'ApplicationThrottled', 'activityLimitReached']);

/** Where a throttled answer does not say: "exponential backoff"; the doubling is the dispatcher's. */
const PENALTY = 10_000;
const BACKOFF = 500;

const ADVICE: { readonly [code: string]: string } = {
  MailboxNotEnabledForRESTAPI: 'The account has no mailbox in Exchange Online: without a licence, or on a server of the firm.',
  ResourceNotFound: 'The account has no mailbox in Exchange Online: without a licence, or on a server of the firm.',
};

function forbidden(said: string, fault: GraphFault): Problem {
  if (fault.code === 'insufficient_claims' || fault.code === 'InsufficientClaims') {
    return new Reconnect(said, 'Your firm’s rules want a fresh sign-in. Connect the account again.', fault);
  }
  const advice =
    fault.code === 'Authorization_RequestDenied'
      ? 'The app may not read this directory. An administrator has to consent to User.Read.All, then connect again.'
      : 'The sign-in does not cover this, or your firm’s administrator keeps the app from this mailbox. Connect again and allow it.';
  return new Refused(said, advice, undefined, fault);
}
