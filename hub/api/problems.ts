/** The one place that turns what the rooms throw into HTTP: problem details of RFC 9457, with advice and every place that is wrong. */
import { Fault, type FaultKind } from '#hub/fault.ts';
import { Problem, Refused, TryLater } from '#kit/errors.ts';
import type { FieldProblem } from '#kit/stream.ts';
import { isRetryable, isUnavailable } from '#store/database.ts';

export interface ProblemDetails {
  type: string;
  title: string;
  status: number;
  detail: string;
  /** What to do next. */
  advice?: string;
  problems?: readonly FieldProblem[];
  /** Id of the request, as in the hub's log. */
  request?: string;
}

/** A request that HTTP itself refuses, before any room is asked. */
export class BadRequest extends Error {
  readonly status: number;
  readonly advice: string;
  readonly problems: readonly FieldProblem[];
  readonly headers: { readonly [name: string]: string };
  constructor(
    status: number,
    message: string,
    advice: string,
    more: { problems?: readonly FieldProblem[]; headers?: { [name: string]: string } } = {},
  ) {
    super(message);
    this.name = 'BadRequest';
    this.status = status;
    this.advice = advice;
    this.problems = more.problems ?? [];
    this.headers = more.headers ?? {};
  }
}

export interface Refusal {
  details: ProblemDetails;
  headers: { readonly [name: string]: string };
  /** Not foreseen: the log gets the error itself, the client does not. */
  unforeseen: boolean;
}

const STATUS: { readonly [kind in FaultKind]: number } = {
  missing: 404,
  conflict: 409,
  invalid: 422,
  precondition: 412,
  forbidden: 403,
  busy: 503,
};

const TITLE: { readonly [status: number]: string } = {
  400: 'The request cannot be read',
  401: 'A valid key is needed',
  403: 'Not allowed',
  404: 'Not found',
  405: 'This address does not do that',
  408: 'The request came too slowly',
  409: 'The state of the thing forbids it',
  412: 'The thing has changed meanwhile',
  413: 'The body is too large',
  415: 'The body is of the wrong type',
  422: 'What was sent breaks a rule',
  428: 'The version must be named',
  431: 'The headers are too large',
  500: 'The hub failed',
  502: 'The service answered something unknown',
  503: 'Not now',
};

/** Turns anything thrown into what the client is told. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof BadRequest)
    return told(error.status, `http-${error.status}`, error.message, error.advice, error.problems, error.headers);
  if (error instanceof Fault) {
    const headers: { [name: string]: string } = error.kind === 'busy' ? { 'retry-after': '1' } : {};
    return told(STATUS[error.kind], error.kind, error.message, error.advice, error.problems, headers);
  }
  if (error instanceof Problem) return ofService(error);
  if (isRetryable(error))
    return told(503, 'busy', 'Another change was in the way.', 'Send the request again.', [], { 'retry-after': '1' });
  if (isUnavailable(error)) return { ...unavailable(), unforeseen: true };
  return (
    ofBodyParser(error) ?? {
      ...told(500, 'failed', 'The hub failed to do this.', 'Look up the request id in the log of the hub.'),
      unforeseen: true,
    }
  );
}

/** A body of a thousand wrong values is not answered by one a hundred times as long. */
const MOST_PROBLEMS = 100;

/** Problem details for a status that has no error object. */
export function detailsOf(
  status: number,
  type: string,
  detail: string,
  advice: string,
  problems: readonly FieldProblem[] = [],
): ProblemDetails {
  return {
    type: `urn:switchboard:problem:${type}`,
    title: TITLE[status] ?? 'The request failed',
    status,
    detail,
    ...(advice === '' ? {} : { advice }),
    ...(problems.length === 0 ? {} : { problems: problems.slice(0, MOST_PROBLEMS) }),
  };
}

function told(
  status: number,
  type: string,
  detail: string,
  advice: string,
  problems: readonly FieldProblem[] = [],
  headers: { readonly [name: string]: string } = {},
): Refusal {
  return { details: detailsOf(status, type, detail, advice, problems), headers, unforeseen: false };
}

const unavailable = (): Refusal =>
  told(
    503,
    'unavailable',
    'The database does not answer.',
    'Send the request again in a while. If it was to change something, look first: it may have been done.',
    [],
    { 'retry-after': '5' },
  );

/** The kit's four errors: the service, not the hub, would not. */
function ofService(error: Problem): Refusal {
  if (error instanceof TryLater) {
    return told(503, 'later', error.message, error.advice, [], {
      'retry-after': String(Math.max(1, Math.ceil(error.afterMs / 1000))),
    });
  }
  if (error instanceof Refused) {
    const problems =
      error.field === undefined ? [] : [{ path: error.field, found: 'refused by the service', allowed: error.advice }];
    return told(422, 'refused', error.message, error.advice, problems);
  }
  if (error.next === 'reconnect') return told(409, 'reconnect', error.message, error.advice);
  return { ...told(502, 'changed', error.message, error.advice), unforeseen: true };
}

/** What express and its body reader throw: errors with a `status` and, for bodies, a `type`. */
function ofBodyParser(error: unknown): Refusal | undefined {
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return undefined;
  const type = 'type' in error ? error.type : undefined;
  if (type === 'entity.too.large') {
    const limit = 'limit' in error ? `${error.limit} bytes` : 'the limit';
    return told(413, 'too-large', `The body is larger than ${limit}.`, 'Send it in several requests.');
  }
  if (type === 'encoding.unsupported')
    return told(415, 'encoding', error.message, 'Send the body as it is, or with gzip, deflate or br.');
  if (error.status >= 400 && error.status < 500) return told(error.status, `http-${error.status}`, error.message, '');
  return undefined;
}
