/** The two pages of a sign-in: the link that sends a browser off, and the address it comes back to. Both are read by people. */
import { z } from 'zod';
import type { Connections } from '#hub/connections/connections.ts';
import type { Arrival } from '#hub/connections/sign-in.ts';
import { refusalOf } from './problems.ts';
import { type Answer, type Route, route } from './route.ts';

const MOST = 8_000;

export function oauthRoutes(connections: Connections): Route[] {
  return [
    route({
      method: 'get',
      path: '/oauth/start',
      title: 'Open a sign-in link: sends the browser to the service',
      permission: 'public',
      query: z.object({ state: z.string().max(200) }),
      media: 'text/html',
      answer: z.string(),
      handle: (call) =>
        orRefusal(async () => {
          const { url, session } = await connections.open(call.query.state, call.session);
          return { status: 302, location: url, session, headers: PRIVATE };
        }),
    }),
    route({
      method: 'get',
      path: '/oauth/callback',
      title: 'Where a service sends the browser back',
      permission: 'public',
      // Services add parameters of their own; only the known ones are looked at.
      query: z.looseObject({
        state: z.string().max(MOST).optional(),
        code: z.string().max(MOST).optional(),
        iss: z.string().max(MOST).optional(),
        error: z.string().max(MOST).optional(),
        error_description: z.string().max(MOST).optional(),
      }),
      media: 'text/html',
      answer: z.string(),
      handle: (call) =>
        orRefusal(async () => {
          const { state, code, iss, error, error_description } = call.query;
          const given = Object.entries({ state, code, iss, error, error_description });
          const params = new URLSearchParams(given.filter((pair): pair is [string, string] => pair[1] !== undefined));
          return arrived(await connections.finish(params, call.session));
        }),
    }),
  ];
}

/** The address bears a code: it must not be kept or passed on. */
const PRIVATE = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' };

async function orRefusal(work: () => Promise<Answer<string>>): Promise<Answer<string>> {
  try {
    return await work();
  } catch (error) {
    const { details, unforeseen } = refusalOf(error);
    if (unforeseen && details.status === 500) throw error;
    return { status: details.status, html: page('Not connected', [details.detail, details.advice ?? '']), headers: PRIVATE };
  }
}

function arrived({ title, connector, connection, made, others, missing, returnTo }: Arrival): Answer<string> {
  if (returnTo !== undefined) return { status: 303, location: returnTo, headers: PRIVATE };
  const lacking = missing.map(({ stream, scopes }) => `Not allowed for ${stream}: ${scopes.join(', ')}.`);
  const lines = [{ title, connection, made }, ...others].map(
    (one) => `${one.title} is ${one.made ? 'connected' : 'connected again'} (${connector}, connection ${one.connection}).`,
  );
  return { html: page('Connected', [...lines, ...lacking, 'You may close this page.']), headers: PRIVATE };
}

function page(title: string, lines: readonly string[]): string {
  const body = lines.filter((line) => line !== '').map((line) => `<p>${escaped(line)}</p>`);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escaped(title)} · Switchboard</title></head>
<body><h1>${escaped(title)}</h1>${body.join('\n')}</body></html>
`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
