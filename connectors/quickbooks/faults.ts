/** What QuickBooks says when it says no, turned into one of our four errors. */
import { Changed, Problem, Reconnect, Refused, TryLater } from '#kit/errors.ts';
import type { Json } from '#kit/fields.ts';
import { type JsonObject, objectOf, objectsOf, textOf } from '#kit/json.ts';
import { retryAfter, silenceOf } from '#kit/silence.ts';

/** The first error of a `Fault`. Codes are text; what they mean is listed in README.md. */
export interface Said {
  code: string | undefined;
  message: string;
  element: string | undefined;
}

/** An error answer in QuickBooks' words, without the request: that bears the token. */
export class BooksFault extends Error {
  readonly http: number;
  readonly code: string | undefined;
  readonly element: string | undefined;
  readonly retryAfter: string | undefined;
  /** `intuit_tid`: how Intuit's support finds the request. */
  readonly trace: string | undefined;
  constructor(http: number, said: Said | undefined, headers: { retryAfter?: string; trace?: string } = {}) {
    super(said?.message ?? `HTTP ${http}`);
    this.name = 'BooksFault';
    this.http = http;
    this.code = said?.code;
    this.element = said?.element;
    this.retryAfter = headers.retryAfter;
    this.trace = headers.trace;
  }
}

/** What an answer says is wrong: the business writes `Fault`, the gateway in front of it `fault`. Undefined: it is no fault. */
export function saidIn(body: Json | undefined): Said | undefined {
  const answer = objectOf(body);
  return saidOf(objectOf(answer?.Fault) ?? objectOf(answer?.fault));
}

export function saidOf(fault: JsonObject | undefined): Said | undefined {
  if (fault === undefined) return undefined;
  const [error] = [...objectsOf(fault.Error), ...objectsOf(fault.error)];
  const message = textOf(error?.Detail) ?? textOf(error?.detail) ?? textOf(error?.Message) ?? textOf(error?.message);
  return {
    code: textOf(error?.code)?.replace(/^0+(?=\d)/, ''),
    message: message ?? 'a fault without a word',
    element: textOf(error?.element),
  };
}

export const STALE = '5010';
export const NOT_FOUND = '610';
export const DUPLICATE_NAME = '6240';

/** What QuickBooks said behind one of our errors. */
export function faultOf(error: unknown): BooksFault | undefined {
  return error instanceof Problem && error.cause instanceof BooksFault ? error.cause : undefined;
}

/** The access token was refused: once more with another. */
export function isUnauthenticated(error: unknown): boolean {
  return error instanceof BooksFault && error.http === 401;
}

export function explain(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (!(error instanceof BooksFault)) {
    const said = error instanceof Error ? error.message : String(error);
    return (
      silenceOf('QuickBooks', error) ??
      new Changed(`quickbooks: ${said}`, 'Something we did not foresee. Tell the maintainer.', error)
    );
  }
  const { http, code, message } = error;
  const trace = error.trace === undefined ? '' : ` (intuit_tid ${error.trace})`;
  const said = `QuickBooks answered ${http}${code ? ` ${code}` : ''}: ${message}${trace}`;
  if (http === 429 || code === '3001') {
    const after = retryAfter(error.retryAfter) ?? PENALTY;
    return new TryLater(
      said,
      'QuickBooks allows only so many calls a minute. It goes on by itself.',
      after,
      true,
      error,
      'account',
    );
  }
  if (http === 401) return new Reconnect(said, 'QuickBooks no longer accepts the sign-in. Connect the company again.', error);
  if (http === 403 || code === '120') {
    return new Reconnect(said, 'Whoever connected the company may not do this. Let an administrator of it connect again.', error);
  }
  if (code === '6190') {
    return new Reconnect(said, 'The company’s subscription at QuickBooks is not in order. Once it is, connect again.', error);
  }
  if (http >= 500 || http === 408 || code === '10000') {
    const after = retryAfter(error.retryAfter) ?? BACKOFF;
    return new TryLater(said, 'QuickBooks has a fault of its own. It goes on by itself.', after, false, error);
  }
  if (code === undefined || http < 200 || (http >= 300 && http < 400)) {
    return new Changed(
      `${said}; expected an answer, or a fault with a code`,
      'QuickBooks answers in a way we do not know. Tell the maintainer.',
      error,
    );
  }
  return new Refused(said, ADVICE[code] ?? `QuickBooks refuses this: ${message}`, fieldOf(code), error);
}

/** No answer names a time: "wait 60 seconds" (limits-and-throttles). */
const PENALTY = 60_000;
const BACKOFF = 1_000;

/** For the person, where the service's own words do not say what to do. */
export const ADVICE: { readonly [code: string]: string } = {
  '610': 'It is not there, or was made inactive. Make it active in QuickBooks, or choose another.',
  '6140': 'Another document bears this number. Give it a number that is free.',
  '6210': 'The books of that time are closed. Nothing of it can be changed until they are opened in QuickBooks.',
  '6240': 'Another customer, vendor, employee or item bears this name. Give it a name that is free.',
  '6540': 'The payment is part of a bank deposit. Take it out of the deposit in QuickBooks first.',
};

const FIELD: { readonly [code: string]: string } = { '6140': 'number' };

/** The field that a code speaks of, where it is the same for every stream. */
export function fieldOf(code: string): string | undefined {
  return FIELD[code];
}
