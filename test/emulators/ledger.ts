/** An app that calls the emulated Xero, with nothing but fetch. */
import type { Json } from '#kit/fields.ts';
import type { Xero } from './xero/contract.ts';
import { type Body, bodies, isBody } from './xero/wire.ts';

export interface Answered {
  status: number;
  headers: Headers;
  text: string;
  body: Body;
}

export interface Asking {
  query?: { readonly [name: string]: string };
  body?: Json;
  headers?: { readonly [name: string]: string };
}

/** Calls below `/api.xro/2.0/` for an organisation; the first where none is named. */
export function ledger(xero: Xero, token = xero.grant().accessToken, which?: string) {
  const tenant = xero.organisation(which).id;
  async function call(method: string, path: string, { query = {}, body, headers = {} }: Asking = {}): Promise<Answered> {
    const url = new URL(path.startsWith('/') ? path : `/api.xro/2.0/${path}`, xero.hosts.api);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const sent: { [name: string]: string } = {
      authorization: `Bearer ${token}`,
      accept: 'application/json',
      'xero-tenant-id': tenant,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    };
    const response = await fetch(url, { method, headers: sent, ...(body !== undefined && { body: JSON.stringify(body) }) });
    const text = await response.text();
    const json: unknown = /json/.test(response.headers.get('content-type') ?? '') && text !== '' ? JSON.parse(text) : {};
    return { status: response.status, headers: response.headers, text, body: isBody(json) ? json : {} };
  }
  return {
    call,
    get: (path: string, query?: Asking['query'], headers?: Asking['headers']) =>
      call('GET', path, { ...(query && { query }), ...(headers && { headers }) }),
    /** The rows that a write gave back. */
    write: async (method: 'PUT' | 'POST', plural: string, rows: Json[], query: Asking['query'] = {}) =>
      bodies(
        (await call(method, plural, { query: { summarizeErrors: 'false', unitdp: '4', ...query }, body: { [plural]: rows } }))
          .body[plural],
      ),
  };
}

/** What is wrong with a row, or with the first of a refused call. */
export function messagesOf(row: Body | undefined): string[] {
  const said = bodies(row?.ValidationErrors).map(({ Message }) => String(Message));
  return said.length > 0 ? said : bodies(row?.Elements).flatMap((one) => messagesOf(one));
}
