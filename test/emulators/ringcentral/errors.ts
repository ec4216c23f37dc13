import type { Json } from '#kit/fields.ts';
import type { Answer } from '../kit/server.ts';

/** One entry of the envelope's list. */
export interface Cause {
  errorCode: string;
  message: string;
  parameterName?: string;
  permissionName?: string;
}

/** A refusal in RingCentral's envelope, thrown by what carries a call out. */
export class ApiError extends Error {
  readonly status: number;
  override readonly cause: Cause;
  /** The code on top, where it is another than that of the cause. */
  readonly top: string;
  readonly headers: { readonly [name: string]: string };
  constructor(status: number, cause: Cause, { top = cause.errorCode, headers = {} } = {}) {
    super(cause.message);
    this.name = 'ApiError';
    this.status = status;
    this.cause = cause;
    this.top = top;
    this.headers = headers;
  }

  answer(): Answer {
    const { errorCode: _, message, ...named } = this.cause;
    return json({ errorCode: this.top, message, errors: [{ ...this.cause }], ...named }, this.status, this.headers);
  }
}

export function json(body: Json, status = 200, headers: { readonly [name: string]: string } = {}): Answer {
  return { status, headers: { 'content-type': 'application/json;charset=utf-8', ...headers }, body: JSON.stringify(body) };
}

/** Done, with nothing to say. */
export const nothing: Answer = { status: 204, body: '' };

export function badParameter(parameterName: string, detail = ''): ApiError {
  const message = `Parameter [${parameterName}] value is invalid${detail && ` [${detail}]`}`;
  return new ApiError(400, { errorCode: 'CMN-101', message, parameterName });
}

/** Also for ids of other accounts. */
export function notFound(parameterName: string): ApiError {
  return new ApiError(404, {
    errorCode: 'CMN-102',
    message: `Resource for parameter [${parameterName}] is not found`,
    parameterName,
  });
}

export function badJson(detail: string): ApiError {
  return new ApiError(400, { errorCode: 'CMN-103', message: `JSON can not be parsed: ${detail}` });
}

/** The app lacks a permission (CMN-401) or the user does (CMN-408). */
export function forbidden(permissionName: string, who: 'application' | 'user'): ApiError {
  const message = `In order to call this API endpoint, ${who} needs to have [${permissionName}] permission${who === 'user' ? ' for requested resource' : ''}`;
  const errorCode = who === 'user' ? 'CMN-408' : 'CMN-401';
  return new ApiError(403, { errorCode, message, permissionName }, { top: 'InsufficientPermissions' });
}

/** 401 by what is wrong with the token: OAU-128 too old, OAU-129 damaged, OAU-149 unparsable, AGW-401 absent. */
export function unauthorised(errorCode: 'OAU-128' | 'OAU-129' | 'OAU-149' | 'AGW-401'): ApiError {
  const message = {
    'OAU-128': 'Access token expired',
    'OAU-129': 'Access token corrupted',
    'OAU-149': 'Unparsable access token',
    'AGW-401': 'Authorization header is not specified',
  }[errorCode];
  return new ApiError(401, { errorCode, message }, { top: 'TokenInvalid' });
}

/** What is wrong with a sync token: the frame is lost and a full sync is due. */
export function staleSyncToken(): ApiError {
  return new ApiError(400, {
    errorCode: 'CLG-101',
    message: 'Parameter [syncToken] is invalid [Sync token expired, call log was reset]',
    parameterName: 'syncToken',
  });
}

/** Every other status, as a gateway in front of the service words it. */
export function failure(status: number): ApiError {
  if (status === 401) return unauthorised('OAU-128');
  if (status === 403) return forbidden('ReadCallLog', 'application');
  if (status === 404) return notFound('uri');
  if (status === 429) return new ApiError(429, { errorCode: 'CMN-301', message: 'Request rate exceeded' });
  if (status < 500) return new ApiError(status, { errorCode: 'CMN-101', message: 'Bad request' });
  const [errorCode, message] =
    status === 503 ? ['CMN-203', 'Service is temporarily unavailable'] : ['CMN-201', 'Internal server error'];
  return new ApiError(status, { errorCode, message });
}
