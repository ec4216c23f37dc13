/** What PayPal says when it says no, turned into one of our four errors. */
import { Changed, Problem, Reconnect, Refused, TryLater } from '#kit/errors.ts';
import type { Json } from '#kit/fields.ts';
import { type JsonObject, objectOf, objectsOf, textOf } from '#kit/json.ts';
import { retryAfter, silenceOf } from '#kit/silence.ts';

/** An error answer in PayPal's words, without the request: that holds people's data and is kept nowhere. */
export class PaypalFault extends Error {
  readonly http: number;
  /** `UNPROCESSABLE_ENTITY`; of the token endpoint and of a dead token the word of OAuth. */
  readonly code: string | undefined;
  /** What is the matter, more finely: `DUPLICATE_INVOICE_NUMBER`. */
  readonly issues: readonly string[];
  readonly field: string | undefined;
  readonly retryAfter: string | undefined;
  constructor(http: number, body: Json | undefined, after: string | undefined) {
    const said = objectOf(body);
    const details = objectsOf(said?.details);
    const debug = textOf(said?.debug_id);
    super(`${sentenceOf(said, details[0]) ?? `HTTP ${http}`}${debug === undefined ? '' : ` [debug id ${debug}]`}`);
    this.name = 'PaypalFault';
    this.http = http;
    this.code = textOf(said?.name) ?? textOf(said?.error);
    this.issues = details.flatMap(({ issue }) => textOf(issue) ?? []);
    this.field = textOf(details[0]?.field);
    this.retryAfter = after;
  }
}

function sentenceOf(said: JsonObject | undefined, detail: JsonObject | undefined): string | undefined {
  const reason = textOf(detail?.description);
  const [issue, message] = [textOf(detail?.issue), textOf(said?.message) ?? textOf(said?.error_description)];
  return issue === undefined ? message : `${issue}${reason === undefined ? '' : `: ${reason}`}`;
}

/** What PayPal said behind one of our errors. */
export function faultOf(error: unknown): PaypalFault | undefined {
  return error instanceof Problem && error.cause instanceof PaypalFault ? error.cause : undefined;
}

export function isMissing(error: unknown): boolean {
  return faultOf(error)?.http === 404;
}

export function hasIssue(error: unknown, ...issues: readonly string[]): boolean {
  const fault = faultOf(error);
  return fault !== undefined && (issues.includes(fault.code ?? '') || fault.issues.some((one) => issues.includes(one)));
}

/** The access token was refused. */
export function isUnauthenticated(error: unknown): boolean {
  return error instanceof PaypalFault && error.http === 401;
}

export function explain(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (!(error instanceof PaypalFault)) {
    const said = error instanceof Error ? error.message : String(error);
    const silence =
      silenceOf('PayPal', error) ?? (said === 'Request timed out' ? silenceOf('PayPal', new Error('timeout')) : undefined);
    return silence ?? new Changed(`paypal: ${said}`, 'Something we did not foresee. Tell the maintainer.', error);
  }
  const { http, code, message, field } = error;
  const said = `PayPal answered ${http}${code ? ` ${code}` : ''}: ${message}`;
  if (http === 429 || code === 'RATE_LIMIT_REACHED') {
    const advice = 'PayPal allows only so many calls. It goes on by itself.';
    return new TryLater(said, advice, Math.max(1_000, retryAfter(error.retryAfter) ?? PAUSE), true, error, 'account');
  }
  if (http === 401) {
    return new Reconnect(said, 'PayPal no longer accepts the app: look at its client id and secret, then connect again.', error);
  }
  if (http === 403) return new Refused(said, FORBIDDEN, undefined, error);
  if (http >= 500 || http === 408 || error.issues.includes('PREVIOUS_REQUEST_IN_PROGRESS')) {
    const after = retryAfter(error.retryAfter) ?? BACKOFF;
    return new TryLater(said, 'PayPal has a fault of its own. It goes on by itself.', after, false, error);
  }
  if (code === undefined || http < 400) {
    return new Changed(
      `${said}; expected an error with a name`,
      'PayPal answers in a way we do not know. Tell the maintainer.',
      error,
    );
  }
  return new Refused(said, `PayPal refuses this: ${message}`, field, error);
}

/** A token bears what the app was allowed when it was given: a feature that is switched on later counts once a new one is fetched. */
const FORBIDDEN =
  'The app may not do this. Switch the feature on for it in PayPal’s developer dashboard, then connect again: until then PayPal goes by the old permissions, for up to nine hours.';

/** PayPal publishes no limits, and often says nothing of how long to wait. The doubling is the dispatcher's. */
const PAUSE = 30_000;
const BACKOFF = 2_000;
