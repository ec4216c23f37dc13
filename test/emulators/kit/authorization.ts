import type { Call } from './server.ts';

/** The access token of a call, '' without one. */
export function bearer({ headers, query }: Call): string {
  return /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1] ?? query.get('access_token') ?? '';
}

/** The client a call to a token endpoint names: by Basic, else in its form. Without a secret it is a public client. */
export function clientOf({ headers }: Call, form: URLSearchParams): { clientId: string; clientSecret: string } {
  const basic = /^Basic (.+)$/i.exec(headers.authorization ?? '')?.[1];
  if (basic === undefined) return { clientId: form.get('client_id') ?? '', clientSecret: form.get('client_secret') ?? '' };
  const [id = '', secret = ''] = Buffer.from(basic, 'base64').toString().split(':');
  return { clientId: decodeURIComponent(id), clientSecret: decodeURIComponent(secret) };
}

/** Sends a browser on, with parameters added to the address. */
export function sendOn(address: string, params: { readonly [name: string]: string | null }) {
  const to = new URL(address);
  for (const [name, value] of Object.entries(params)) if (value !== null) to.searchParams.set(name, value);
  return { status: 302, headers: { location: to.href, 'cache-control': 'no-store' }, body: '' };
}

/** A page for a person. */
export function page(status: number, body: string) {
  return { status, headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }, body };
}
