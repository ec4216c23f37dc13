import type { Json } from '#kit/fields.ts';
import type { Quickbooks } from './quickbooks/contract.ts';
import { type Thing, thing, things } from './quickbooks/thing.ts';

type Query = { readonly [name: string]: string | undefined };

export interface Booked {
  status: number;
  headers: Headers;
  body: Thing;
  /** The first error of a fault. */
  error: Thing;
}

/** Calls the emulated QuickBooks as an app would, with nothing but fetch. */
export function bookkeeper(on: Quickbooks, token = on.grant().accessToken, realm = on.companies()[0]!.realm) {
  async function call(method: string, path: string, query: Query = {}, body?: Json | FormData): Promise<Booked> {
    const url = new URL(`v3/company/${realm}/${path}`, on.hosts.api);
    for (const [name, value] of Object.entries({ minorversion: '75', ...query }))
      if (value !== undefined) url.searchParams.set(name, value);
    const headers: { [name: string]: string } = { authorization: `Bearer ${token}`, accept: 'application/json' };
    const isForm = body instanceof FormData;
    if (body !== undefined && !isForm) headers['content-type'] = 'application/json';
    if (path.endsWith('/send')) headers['content-type'] = 'application/octet-stream';
    const response = await fetch(url, {
      method,
      headers,
      ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const parsed: Thing = text.startsWith('{') ? JSON.parse(text) : { text };
    const fault = thing(parsed.Fault ?? parsed.fault);
    return {
      status: response.status,
      headers: response.headers,
      body: parsed,
      error: things(fault.Error ?? fault.error)[0] ?? {},
    };
  }

  return {
    call,
    query: (text: string) => call('GET', 'query', { query: text }),
    read: (path: string) => call('GET', path),
    write: (path: string, body: Json, query: Query = {}) => call('POST', path, query, body),
    batch: (items: readonly Json[], query: Query = {}) => call('POST', 'batch', query, { BatchItemRequest: [...items] }),
    changes: (entities: string, since: number) => call('GET', 'cdc', { entities, changedSince: new Date(since).toISOString() }),
  };
}

/** A line of a document, for a company with US taxes. */
export function sold(item: string, Qty: number, UnitPrice: number, more: Thing = {}): Thing {
  const Amount = Math.round(Qty * UnitPrice * 100) / 100;
  return {
    DetailType: 'SalesItemLineDetail',
    Amount,
    SalesItemLineDetail: { ItemRef: { value: item }, Qty, UnitPrice, TaxCodeRef: { value: 'NON' }, ...more },
  };
}
