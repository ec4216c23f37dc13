import type { Json } from '#kit/fields.ts';
import type { Gsuite } from './gsuite/contract.ts';
import type { Message } from './gsuite/json.ts';

type Query = { readonly [name: string]: string | readonly string[] | undefined };

export interface Answered {
  status: number;
  headers: Headers;
  body: Message;
}

/** Calls the emulated People API as an account would, with nothing but fetch. */
export function client(gsuite: Gsuite, token = gsuite.grant().accessToken) {
  async function call(method: string, path: string, query: Query = {}, body?: Json): Promise<Answered> {
    const url = new URL(path, gsuite.origin);
    for (const [name, value] of Object.entries(query)) {
      for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) url.searchParams.append(name, one);
    }
    const headers: { [name: string]: string } = { authorization: `Bearer ${token}` };
    if (body !== undefined) headers['content-type'] = 'application/json';
    const response = await fetch(url, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    return { status: response.status, headers: response.headers, body: JSON.parse((await response.text()) || '{}') };
  }

  return {
    call,
    list: (query: Query = {}) =>
      call('GET', '/v1/people/me/connections', {
        personFields: 'names,emailAddresses,metadata',
        requestSyncToken: 'true',
        ...query,
      }),
    get: (name: string, query: Query = {}) =>
      call('GET', `/v1/${name}`, { personFields: 'names,emailAddresses,metadata', ...query }),
    create: (person: Json, query: Query = {}) =>
      call('POST', '/v1/people:createContact', { personFields: 'names,emailAddresses,phoneNumbers,metadata', ...query }, person),
    update: (name: string, mask: string, person: Json) =>
      call('PATCH', `/v1/${name}:updateContact`, { updatePersonFields: mask }, person),
    /** Every page from a first query on. */
    async all(query: Query = {}): Promise<{ people: Message[]; pages: Message[]; nextSyncToken: string }> {
      const pages: Message[] = [];
      let pageToken: string | undefined;
      do {
        const { status, body } = await this.list({ ...query, pageToken });
        if (status !== 200) throw new Error(`list answered ${status}: ${JSON.stringify(body)}`);
        pages.push(body);
        pageToken = typeof body.nextPageToken === 'string' ? body.nextPageToken : undefined;
      } while (pageToken);
      return {
        people: pages.flatMap((page) => items(page.connections)),
        pages,
        nextSyncToken: String(pages.at(-1)?.nextSyncToken),
      };
    },
  };
}

/** The objects of a list. */
export function items(value: Json | undefined): Message[] {
  return Array.isArray(value) ? value.map(object) : [];
}

/** A member that is an object. */
export function object(value: Json | undefined): Message {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};
}

/** The message and the reason of an error. */
export function errorOf({ body }: Answered): Message {
  return object(body.error);
}
