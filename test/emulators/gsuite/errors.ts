import type { Json } from '#kit/fields.ts';
import type { Answer } from '../kit/server.ts';

type Details = { [name: string]: Json };

/** A refusal in the google.rpc envelope, thrown by what carries a call out. */
export class ApiError extends Error {
  readonly code: number;
  readonly status: string;
  readonly details: readonly Details[];
  /** The older half of the envelope, which some answers carry too. */
  readonly reason: string | undefined;
  constructor(code: number, status: string, message: string, details: readonly Details[] = [], reason?: string) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.status = status;
    this.details = details;
    this.reason = reason;
  }

  /** The number of google.rpc.Code, as it stands in the status of a batch's item. */
  get rpcCode(): number {
    return { INVALID_ARGUMENT: 3, NOT_FOUND: 5, FAILED_PRECONDITION: 9 }[this.status] ?? 2;
  }

  answer(): Answer {
    const error: Details = { code: this.code, message: this.message };
    if (this.reason) error.errors = [{ message: this.message, domain: 'global', reason: this.reason }];
    error.status = this.status;
    if (this.details.length > 0) error.details = [...this.details];
    return json({ error }, this.code);
  }
}

/** A refusal in the older envelope, that of Calendar, Tasks and Drive. */
export class ClassicError extends ApiError {
  private readonly domain: string;
  private readonly location: { readonly [part: string]: string };
  constructor(code: number, reason: string, message: string, domain = 'global', location = {}) {
    super(code, '', message, [], reason);
    this.name = 'ClassicError';
    this.domain = domain;
    this.location = location;
  }

  override answer(): Answer {
    const { code, message, domain, location } = this;
    return json({ error: { errors: [{ domain, reason: this.reason ?? '', ...location, message }], code, message } }, code);
  }
}

/** The headers Google's JSON answers carry. */
const HEADERS = { 'content-type': 'application/json; charset=UTF-8', vary: 'Origin, X-Origin, Referer', server: 'ESF' };

export function json(body: Json, status = 200): Answer {
  return { status, headers: HEADERS, body: JSON.stringify(body) };
}

/** An answer whose JSON is already written. */
export function written(body: string | Buffer): Answer {
  return { status: 200, headers: HEADERS, body };
}

export function invalid(message: string, details: readonly Details[] = []): ApiError {
  return new ApiError(400, 'INVALID_ARGUMENT', message, details);
}

/** What the JSON reader of Google's front end says: the message stands once more among the details. */
export function badRequest(message: string, field: string): ApiError {
  const violation: Details = field === '' ? { description: message } : { field, description: message };
  return invalid(message, [{ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [violation] }]);
}

/** The wording of googleapis/google-api-python-client#2417 and google-api-go-client#1904. */
export function staleEtag(where: 'person.etag' | 'person.metadata.sources.etag'): ApiError {
  const message = `Request ${where} is different than the current ${where}. Clear local cache and get the latest person.`;
  return new ApiError(400, 'FAILED_PRECONDITION', message, [], 'failedPrecondition');
}

export function notFound(): ApiError {
  return new ApiError(404, 'NOT_FOUND', 'Requested entity was not found.');
}

export function expiredSyncToken(): ApiError {
  return new ApiError(
    400,
    'FAILED_PRECONDITION',
    'Sync token is expired. Clear local cache and retry call without the sync token.',
    [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'EXPIRED_SYNC_TOKEN', domain: 'people.googleapis.com' }],
  );
}

export function unauthenticated(): ApiError {
  return new ApiError(
    401,
    'UNAUTHENTICATED',
    'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.',
    [],
    'authError',
  );
}

export function scopeMissing(method: string, scope: string): Answer {
  const service = method.startsWith('google.') ? 'people.googleapis.com' : `${method.split('.')[0]}.googleapis.com`;
  const error = new ApiError(403, 'PERMISSION_DENIED', 'Request had insufficient authentication scopes.', [
    {
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
      domain: 'googleapis.com',
      metadata: { service, method },
    },
  ]).answer();
  return {
    ...error,
    headers: {
      ...error.headers,
      'www-authenticate': `Bearer realm="https://accounts.google.com/", error="insufficient_scope", scope="${scope}"`,
    },
  };
}

/** A class of quota, in the words of mrmattwilkins/google-contacts-sync#1. */
export interface QuotaWords {
  title: string;
  limit: string;
  metric: string;
}

const CONSUMER = '123456789012';

export function quotaExceeded({ title, limit, metric }: QuotaWords): ApiError {
  const message = `Quota exceeded for quota metric '${title}' and limit '${title} per minute per user' of service 'people.googleapis.com' for consumer 'project_number:${CONSUMER}'.`;
  return new ApiError(429, 'RESOURCE_EXHAUSTED', message, [
    {
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: 'RATE_LIMIT_EXCEEDED',
      domain: 'googleapis.com',
      metadata: {
        quota_limit: limit,
        service: 'people.googleapis.com',
        quota_metric: `people.googleapis.com/${metric}`,
        consumer: `projects/${CONSUMER}`,
      },
    },
  ]);
}

const FAILURES: { readonly [status: number]: [string, string] } = {
  401: ['UNAUTHENTICATED', 'Request had invalid authentication credentials.'],
  403: ['PERMISSION_DENIED', 'The caller does not have permission'],
  404: ['NOT_FOUND', 'Requested entity was not found.'],
  409: ['ABORTED', 'The operation was aborted.'],
  500: ['INTERNAL', 'Internal error encountered.'],
  503: ['UNAVAILABLE', 'The service is currently unavailable.'],
  504: ['DEADLINE_EXCEEDED', 'Deadline expired before operation could complete.'],
};

/** A failure on demand. */
export function failure(code: number): ApiError {
  const [status, message] =
    FAILURES[code] ??
    (code >= 500 ? ['INTERNAL', 'Internal error encountered.'] : ['INVALID_ARGUMENT', 'Request contains an invalid argument.']);
  return new ApiError(code, status, message);
}
