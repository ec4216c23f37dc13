import type { Json } from '#kit/fields.ts';
import type { Answer } from '../kit/server.ts';

/** What the service says no with. Thrown anywhere behind the routes. */
export class XeroError extends Error {
  readonly answer: Answer;
  constructor(answer: Answer) {
    super(`${answer.status} ${answer.body}`);
    this.name = 'XeroError';
    this.answer = answer;
  }
}

function json(status: number, value: Json): Answer {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(value) };
}

export function refuse(status: number, number: number, type: string, message: string, elements?: Json[]): XeroError {
  return new XeroError(
    json(status, { ErrorNumber: number, Type: type, Message: message, ...(elements && { Elements: elements }) }),
  );
}

/** Rows that break the rules, as they were sent, each with its `ValidationErrors`. */
export function invalid(elements: Json[]): XeroError {
  return refuse(400, 10, 'ValidationException', 'A validation exception occurred', elements);
}

/** 401 has its members in capitals. */
export function unauthorised(detail: string): XeroError {
  return new XeroError(
    json(401, { Type: null, Title: 'Unauthorized', Status: 401, Detail: detail, Instance: crypto.randomUUID() }),
  );
}

/** 403 has them in small letters: a tenant that is not connected, a scope that was not given. */
export function forbidden(): XeroError {
  const instance = crypto.randomUUID();
  return new XeroError(json(403, { title: 'Forbidden', status: 403, detail: 'AuthenticationUnsuccessful', instance }));
}

export function missing(): XeroError {
  return new XeroError({
    status: 404,
    headers: { 'content-type': 'text/html; charset=utf-8' },
    body: "The resource you're looking for cannot be found",
  });
}

export type LimitProblem = 'minute' | 'day' | 'concurrent' | 'appminute';

/** 429 has no body. Too many at once comes without a time. */
export function tooMany(problem: LimitProblem, retryAfter?: number): XeroError {
  const headers = { 'x-rate-limit-problem': problem, ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }) };
  return new XeroError({ status: 429, headers, body: '' });
}

/** Trouble of the service's own. */
export function failure(status: number): Answer {
  if (status === 429) return tooMany('minute').answer;
  if (status === 401) return unauthorised('TokenExpired: token expired').answer;
  const text = status === 503 ? 'The organisation is currently offline' : 'An error occurred in Xero. Check the API Status page';
  return { status, headers: { 'content-type': 'text/html; charset=utf-8' }, body: text };
}
