import type { Json } from '#kit/fields.ts';
import type { Paypal } from './paypal/contract.ts';

export interface Answered {
  status: number;
  headers: Headers;
  body: { readonly [member: string]: Json };
}

/** Calls the emulated PayPal as an app would, with nothing but fetch. */
export function till(on: Paypal, token = on.grant().accessToken) {
  async function call(method: string, path: string, body?: Json, headers: { [name: string]: string } = {}): Promise<Answered> {
    const response = await fetch(new URL(path, on.hosts.rest), {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    return { status: response.status, headers: response.headers, body: JSON.parse((await response.text()) || '{}') };
  }
  return {
    call,
    get: (path: string) => call('GET', path),
    post: (path: string, body: Json = {}, headers?: { [name: string]: string }) => call('POST', path, body, headers),
    search: (query: { [name: string]: string }) => call('GET', `/v1/reporting/transactions?${new URLSearchParams(query)}`),
    /** An invoice, whole; its number is the last part. */
    draft: (number: string, more: { [member: string]: Json } = {}) =>
      call('POST', '/v2/invoicing/invoices', draftOf(number, more), { prefer: 'return=representation' }),
  };
}

export const usd = (value: string) => ({ currency_code: 'USD', value });

export function draftOf(number: string, more: { [member: string]: Json } = {}): { [member: string]: Json } {
  return {
    detail: { currency_code: 'USD', invoice_number: number },
    primary_recipients: [{ billing_info: { email_address: 'mara@example.com' } }],
    items: [{ name: 'Plates', quantity: '2', unit_amount: usd('12.50') }],
    ...more,
  };
}
