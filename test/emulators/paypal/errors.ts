import { randomBytes } from 'node:crypto';
import type { Json } from '#kit/fields.ts';
import type { Answer } from '../kit/server.ts';

/** One entry of an error's details. */
export interface Detail {
  issue: string;
  description?: string;
  field?: string;
  value?: string;
  location?: 'body' | 'path' | 'query' | 'header';
}

/** A refusal in PayPal's own words, thrown by what carries a call out. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: readonly Detail[];
  readonly more: { readonly [member: string]: Json };
  readonly headers: { readonly [name: string]: string };
  constructor(
    status: number,
    code: string,
    message: string,
    details: readonly Detail[] = [],
    { more = {}, headers = {} }: { more?: ApiError['more']; headers?: ApiError['headers'] } = {},
  ) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.details = details;
    this.more = more;
    this.headers = headers;
  }

  answer(): Answer {
    const debug = randomBytes(7).toString('hex').slice(0, 13);
    const details = this.details.map((one): Json => ({ ...one }));
    const body = {
      name: this.code,
      message: this.message,
      debug_id: debug,
      ...(details.length > 0 && { details }),
      ...this.more,
    };
    return json(body, this.status, { 'paypal-debug-id': debug, ...this.headers });
  }
}

export function json(body: Json, status = 200, headers: { readonly [name: string]: string } = {}): Answer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

/** Done, with nothing to say: no body and no media type. */
export const nothing: Answer = { status: 204, body: '' };

const MALFORMED = 'Request is not well-formed, syntactically incorrect, or violates schema.';
const REFUSED = 'The requested action could not be performed, semantically incorrect, or failed business validation.';

/** The request is not as the description has it. */
export function malformed(...details: readonly Detail[]): ApiError {
  return new ApiError(400, 'INVALID_REQUEST', MALFORMED, details);
}

/** A rule of the business is against it. */
export function refused(issue: string, description: string, field?: string): ApiError {
  return new ApiError(422, 'UNPROCESSABLE_ENTITY', REFUSED, [
    { issue, description, ...(field !== undefined && { field, location: 'body' as const }) },
  ]);
}

export function missing(what: string): ApiError {
  return new ApiError(404, 'RESOURCE_NOT_FOUND', 'The specified resource does not exist.', [
    { issue: 'INVALID_RESOURCE_ID', description: `${what} cannot be found.` },
  ]);
}

export function forbidden(
  description = 'You do not have permission to access or perform operations on this resource.',
): ApiError {
  return new ApiError(403, 'NOT_AUTHORIZED', 'Authorization failed due to insufficient permissions.', [
    { issue: 'PERMISSION_DENIED', description },
  ]);
}

/** The bearer is none, or none any more: in the words of OAuth. */
export function unauthorised(): Answer {
  return json({ error: 'invalid_token', error_description: 'Token signature verification failed' }, 401);
}

export function tooMany(retryAfter?: number): ApiError {
  const headers: { [name: string]: string } = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
  return new ApiError(429, 'RATE_LIMIT_REACHED', 'Too many requests. Blocked due to rate limiting.', [], { headers });
}

/** Every other status. A fault of their own is a page, and no JSON. */
export function failure(status: number): Answer {
  if (status === 401) return unauthorised();
  if (status === 403) return forbidden().answer();
  if (status === 404) return missing('The resource').answer();
  if (status === 409)
    return new ApiError(409, 'RESOURCE_CONFLICT', 'The server has detected a conflict while processing this request.').answer();
  if (status === 422) return refused('INSTRUMENT_DECLINED', 'The instrument was declined.').answer();
  if (status === 429) return tooMany().answer();
  if (status >= 500) return { status, headers: { 'content-type': 'text/html' }, body: `<html><h1>${status}</h1></html>` };
  return malformed().answer();
}
