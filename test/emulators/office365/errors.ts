import { randomUUID } from 'node:crypto';
import type { Json } from '#kit/fields.ts';
import type { Answer } from '../kit/server.ts';

/** A refusal in Graph's words, thrown by what carries a call out. */
export class GraphError extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: { readonly [name: string]: string };
  constructor(status: number, code: string, message: string, headers: { readonly [name: string]: string } = {}) {
    super(message);
    this.name = 'GraphError';
    this.status = status;
    this.code = code;
    this.headers = headers;
  }

  answer(now: number): Answer {
    const id = randomUUID();
    const innerError = { date: new Date(now).toISOString().slice(0, 19), 'request-id': id, 'client-request-id': id };
    return json({ error: { code: this.code, message: this.message, innerError } }, this.status, this.headers);
  }
}

const TYPE = 'application/json; odata.metadata=minimal; odata.streaming=true; IEEE754Compatible=false; charset=utf-8';

export function json(body: Json, status = 200, headers: { readonly [name: string]: string } = {}): Answer {
  return { status, headers: { 'content-type': TYPE, 'odata-version': '4.0', ...headers }, body: JSON.stringify(body) };
}

export const nothing = (status = 204): Answer => ({ status, body: '' });

export const badRequest = (message: string, code = 'BadRequest'): GraphError => new GraphError(400, code, message);

export const notFound = (): GraphError =>
  new GraphError(404, 'ErrorItemNotFound', 'The specified object was not found in the store.');

export const stale = (): GraphError =>
  new GraphError(
    412,
    'ErrorIrresolvableConflict',
    'The send or update operation could not be performed because the change key passed in the request does not match the current change key for the item.',
  );

export const stateLost = (): GraphError =>
  new GraphError(410, 'SyncStateNotFound', 'The sync state generation is not found; do a full sync.');

/** Told in whole seconds, in parts of them, or not at all (learn.microsoft.com/graph/throttling). */
export const throttled = (message: string, seconds?: number): GraphError =>
  new GraphError(429, 'ApplicationThrottled', message, seconds === undefined ? {} : { 'retry-after': String(seconds) });

export const unauthenticated = (message = 'Access token has expired or is not yet valid.'): GraphError =>
  new GraphError(401, 'InvalidAuthenticationToken', message, {
    'www-authenticate': 'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"',
  });

export const denied = (): GraphError =>
  new GraphError(403, 'ErrorAccessDenied', 'Access is denied. Check credentials and try again.');

const FAILURES: { readonly [status: number]: readonly [code: string, message: string] } = {
  401: ['InvalidAuthenticationToken', 'Access token has expired or is not yet valid.'],
  403: ['ErrorAccessDenied', 'Access is denied. Check credentials and try again.'],
  404: ['ErrorItemNotFound', 'The specified object was not found in the store.'],
  409: ['ErrorIrresolvableConflict', 'The item has changed since it was read.'],
  410: ['SyncStateNotFound', 'The sync state generation is not found; do a full sync.'],
  412: ['ErrorIrresolvableConflict', stale().message],
  423: ['resourceLocked', 'The resource is locked.'],
  429: ['TooManyRequests', 'Please retry again later.'],
  503: ['ServiceUnavailable', 'The service is unavailable.'],
  504: ['GatewayTimeout', 'The gateway waited too long.'],
};

/** A failure on demand. */
export function failure(status: number): GraphError {
  const [code, message] =
    FAILURES[status] ?? (status >= 500 ? ['InternalServerError', 'Internal error.'] : ['BadRequest', 'Bad request.']);
  return new GraphError(status, code, message);
}
