/** What Xero says when it says no, turned into one of our four errors. */
import { Changed, Problem, Reconnect, Refused, TryLater } from '#kit/errors.ts';
import type { Json } from '#kit/fields.ts';
import { objectOf, objectsOf, textOf } from '#kit/json.ts';
import { retryAfter, silenceOf } from '#kit/silence.ts';

export interface FaultHeaders {
  retryAfter?: string;
  /** `minute`, `day`, `concurrent` or `appminute`. */
  limit?: string;
}

/** An error answer in Xero's words, without the request: that holds people's data and is kept nowhere. */
export class XeroFault extends Error {
  readonly http: number;
  readonly headers: FaultHeaders;
  constructor(http: number, body: Json | undefined, headers: FaultHeaders) {
    super(saidIn(body) ?? `HTTP ${http}`);
    this.name = 'XeroFault';
    this.http = http;
    this.headers = headers;
  }
}

/** Every sentence of a validation; else the detail of a 401 (in capitals) or 403 (in small letters); else the message. */
function saidIn(body: Json | undefined): string | undefined {
  const said = objectOf(body);
  const sentences = objectsOf(said?.Elements).flatMap(sentencesOf);
  if (sentences.length > 0) return [...new Set(sentences)].join(' ');
  return textOf(said?.Detail) ?? textOf(said?.detail) ?? textOf(said?.Message) ?? textOf(said?.Title) ?? textOf(said?.title);
}

/** What is wrong with a row, its lines included. */
export function sentencesOf(row: { readonly [name: string]: Json }): string[] {
  const own = objectsOf(row.ValidationErrors).flatMap((one) => textOf(one.Message) ?? []);
  return [...own, ...objectsOf(row.LineItems).flatMap(sentencesOf)];
}

export function faultOf(error: unknown): XeroFault | undefined {
  return error instanceof Problem && error.cause instanceof XeroFault ? error.cause : undefined;
}

export function isMissing(error: unknown): boolean {
  return faultOf(error)?.http === 404;
}

/** The access token was refused. */
export function isUnauthenticated(error: unknown): boolean {
  return error instanceof XeroFault && error.http === 401;
}

export function explain(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (!(error instanceof XeroFault)) {
    const said = error instanceof Error ? error.message : String(error);
    return silenceOf('Xero', error) ?? new Changed(`xero: ${said}`, 'Something we did not foresee. Tell the maintainer.', error);
  }
  const { http, message } = error;
  const said = `Xero answered ${http}: ${message}`;
  if (http === 429) return throttled(said, error);
  if (http === 401) return new Reconnect(said, 'Xero no longer accepts the sign-in. Connect the organisation again.', error);
  if (http === 403) {
    return new Reconnect(
      said,
      'The organisation is not connected any more, or a permission is missing. Connect it again.',
      error,
    );
  }
  if (http >= 500 || http === 408) {
    const after = retryAfter(error.headers.retryAfter) ?? BACKOFF;
    return new TryLater(
      said,
      'Xero has a fault of its own, or the organisation is offline. It goes on by itself.',
      after,
      false,
      error,
    );
  }
  if (http === 400 || http === 404 || http === 412)
    return new Refused(said, `Xero refuses this: ${message}`, fieldOf(message), error);
  return new Changed(said, 'Xero answers in a way we do not know. Tell the maintainer.', error);
}

const BACKOFF = 1_500;
const MINUTE = 60_000;
/** Too many at once comes without a time: calls take a second or two. */
const AT_ONCE = 3_000;

/** Minute and day come with the seconds that are left of them; of the whole app's minute every organisation has to rest. */
function throttled(said: string, fault: XeroFault): TryLater {
  const { limit = 'unnamed', retryAfter: after } = fault.headers;
  const ms = Math.max(1_000, retryAfter(after) ?? (limit === 'concurrent' ? AT_ONCE : MINUTE));
  const advice =
    limit === 'day'
      ? 'Xero allows an organisation so many calls a day, and they are used up. It goes on by itself when the day is over.'
      : 'Xero allows only so many calls a minute. It goes on by itself.';
  return new TryLater(`${said} (limit: ${limit})`, advice, ms, true, fault, limit === 'appminute' ? 'wider' : 'budget');
}

/** Which of our fields a sentence is about, where that is sure: Xero has sentences only, no codes. */
export function fieldOf(said: string): string | undefined {
  return FIELDS.find(([pattern]) => pattern.test(said))?.[1];
}

const FIELDS: readonly (readonly [RegExp, string])[] = [
  [/contact name/i, 'name'],
  [/email address/i, 'email'],
  [/archived contact|contact must be|contact cannot be/i, 'contact'],
  [/Invoice # must be unique|quote number/i, 'number'],
  [/List Item .*Code/i, 'code'],
  [/subscribed to currency/i, 'currency'],
  [/DueDate/, 'dueDate'],
  [/lock date|Date cannot be empty/, 'date'],
  [/status change|valid status/i, 'status'],
  [/account code|TaxType|line item|line total|tracking|item code|discount/i, 'lines'],
];
