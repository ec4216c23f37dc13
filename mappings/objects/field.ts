/** Short ways to say a field, so that an object's declaration reads like a leaflet. */
import type { Field, Fields } from '#kit/fields.ts';

type More = Omit<Field, 'kind' | 'title' | 'of' | 'to'>;

export const text = (title: string, more?: More): Field => ({ kind: 'text', title, max: 4_096, ...more });
export const longText = (title: string, more?: More): Field => ({ kind: 'text', title, max: 1_000_000, ...more });
export const number = (title: string, more?: More): Field => ({ kind: 'number', title, ...more });
export const money = (title: string, more?: More): Field => ({ kind: 'money', title, ...more });
export const flag = (title: string, more?: More): Field => ({ kind: 'flag', title, ...more });
export const date = (title: string, more?: More): Field => ({ kind: 'date', title, ...more });
export const instant = (title: string, more?: More): Field => ({ kind: 'instant', title, ...more });
export const zoned = (title: string, more?: More): Field => ({ kind: 'zoned', title, ...more });
export const email = (title: string, more?: More): Field => ({ kind: 'email', title, max: 4_096, ...more });
export const phone = (title: string, more?: More): Field => ({ kind: 'phone', title, max: 4_096, ...more });
export const url = (title: string, more?: More): Field => ({ kind: 'link', title, max: 8_192, ...more });
export const json = (title: string, more?: More): Field => ({ kind: 'json', title, ...more });
export const ref = (title: string, to: string, more?: More): Field => ({ kind: 'ref', title, to, ...more });
export const choice = (title: string, options: readonly string[], more?: More): Field => ({
  kind: 'choice',
  title,
  options,
  ...more,
});
/** A set of items; `identity` says which item is which. */
export const list = (title: string, identity: string, of: Fields, more?: More): Field => ({
  kind: 'list',
  title,
  identity,
  of,
  max: 5_000,
  ...more,
});
export const lines = (title: string, of: Fields, more?: More): Field => ({ kind: 'lines', title, of, max: 5_000, ...more });

/** E-mail addresses of one party: a set by address, at most one of them primary. */
export const emails = (title = 'E-mail addresses'): Field =>
  list(title, 'value', { value: email('Address', { required: true }), type: text('Type'), primary: flag('Primary') });

/** Phone numbers of one party: a set by number, at most one of them primary. */
export const phones = (title = 'Phone numbers'): Field =>
  list(title, 'value', { value: phone('Number', { required: true }), type: text('Type'), primary: flag('Primary') });

/** Parts of a postal address. `countryCode` is ISO 3166-1 alpha-2. */
export const addressParts = {
  type: text('Type'),
  street: text('Street'),
  extended: text('Extended address'),
  poBox: text('PO box'),
  city: text('City'),
  region: text('Region'),
  postalCode: text('Postal code'),
  country: text('Country'),
  countryCode: text('Country code'),
} satisfies Fields;

/** Postal addresses have no identity of their own: one that differs in any part is another. */
export const addresses = (title = 'Addresses'): Field => ({ kind: 'list', title, of: addressParts, max: 5_000 });

export const websites = (title = 'Websites'): Field =>
  list(title, 'value', { value: url('Address', { required: true }), type: text('Type') });
