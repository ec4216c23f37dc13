/** What an OAuth endpoint refuses, in our four errors. The words are those of RFC 6749 and 7009, and a few that services add. */
import { Changed, type Problem, Reconnect, Refused, TryLater } from '#kit/errors.ts';

/** What was being done, for messages: `the sign-in`, `the refresh`. */
export type Doing = 'sign-in' | 'refresh' | 'revocation';

const WAIT_MS = 30_000;

/** Advice by error word, where the person or the operator can act; the same request would be refused again. */
const ADVICE: { readonly [error: string]: string } = {
  access_denied: 'Connect again and allow access, or leave it unconnected.',
  invalid_client: 'Check the client id and the client secret: the service does not know them, or the secret was replaced.',
  unauthorized_client: 'Allow this app the authorization code and refresh token grants in the service’s console.',
  redirect_uri_mismatch: 'Register the hub’s callback address, exactly as shown by "doctor", in the service’s console.',
  invalid_scope: 'Enable the APIs behind these scopes for the app in the service’s console.',
  deleted_client: 'The app was deleted at the service: create a new one and set its client id and secret.',
  org_internal: 'The app is open to its own organisation only: sign in with an account of it, or publish the app.',
  admin_policy_enforced: 'The account’s administrator blocks this app: ask them to allow it.',
  disallowed_useragent: 'Open the link in a full browser, not inside another app.',
};

/** Nothing that was kept will do: OpenID Connect Core 3.1.2.6, and what the services answer to a refresh in its stead. */
const ASKS_FOR_A_PERSON: ReadonlySet<string> = new Set(['interaction_required', 'login_required', 'consent_required']);

/** An error word that came with the answer of an endpoint, or with the person coming back. */
export function refusalOf(title: string, doing: Doing, error: string, description = ''): Problem {
  const said = `${title} refused the ${doing}: ${error}${description === '' ? '' : ` (${description})`}.`;
  if (error === 'invalid_grant') {
    return new Reconnect(
      said,
      doing === 'refresh'
        ? `Access to ${title} has ended: it was revoked, has expired, or its policy changed. Sign in again.`
        : 'The sign-in took too long or was used already. Connect again.',
    );
  }
  if (ASKS_FOR_A_PERSON.has(error)) {
    return new Reconnect(
      said,
      `${title} wants somebody to sign in again: to prove who they are, or to allow what the app asks for. Some permissions only an administrator can allow.`,
    );
  }
  if (error === 'temporarily_unavailable' || error === 'server_error' || error === 'slow_down') {
    return new TryLater(said, `${title} cannot answer now; it is tried again by itself.`, WAIT_MS, false);
  }
  const advice = ADVICE[error];
  if (advice !== undefined) return new Refused(said, advice);
  return new Changed(
    said,
    `${title} answered with an error this hub does not know. Try once more; if it stays, tell the maintainer.`,
  );
}

/** An answer that is not 200. */
export function failureOf(title: string, doing: Doing, response: Response, body: string, now: number): Problem {
  const { status } = response;
  const { error, error_description: description } = wordsOf(body);
  if (status === 429 || status >= 500) {
    const after = retryAfter(response.headers.get('retry-after'), now) ?? WAIT_MS;
    return new TryLater(
      `${title} answered the ${doing} with ${status}.`,
      `${title} cannot answer now; it is tried again by itself.`,
      after,
      status === 429,
    );
  }
  if (error !== undefined) return refusalOf(title, doing, error, description);
  return new Changed(
    `${title} answered the ${doing} with ${status} and no error word.`,
    'Check that the service’s address is right; if it is, tell the maintainer.',
  );
}

/** What `fetch` throws when there is no whole answer. */
export function silenceOf(title: string, doing: Doing, cause: unknown): TryLater {
  const code = codeOf(cause);
  const notSent = code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'EAI_AGAIN';
  return new TryLater(
    `No answer from ${title} to the ${doing}: ${code ?? (cause instanceof Error ? cause.message : String(cause))}.`,
    `${title} cannot be reached; it is tried again by itself.`,
    WAIT_MS,
    notSent,
    cause,
  );
}

function wordsOf(body: string): { error?: string; error_description?: string } {
  try {
    const json: unknown = JSON.parse(body);
    if (typeof json !== 'object' || json === null || !('error' in json) || typeof json.error !== 'string') return {};
    const description = 'error_description' in json ? json.error_description : undefined;
    return { error: json.error, error_description: typeof description === 'string' ? description : undefined };
  } catch {
    return {};
  }
}

/** Milliseconds; the header holds seconds or an HTTP date (RFC 9110 10.2.3). */
function retryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  const after = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(after) ? Math.max(0, after) : undefined;
}

function codeOf(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) if ('code' in at && typeof at.code === 'string') return at.code;
  return undefined;
}
