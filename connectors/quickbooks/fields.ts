/** Short ways to say a field. */
import type { Field, Fields } from '#kit/fields.ts';

type More = Partial<Omit<Field, 'kind' | 'title'>>;

export const text = (title: string, max: number, more?: More): Field => ({ kind: 'text', title, max, ...more });
export const money = (title: string, more?: More): Field => ({ kind: 'money', title, ...more });
export const number = (title: string, more?: More): Field => ({ kind: 'number', title, ...more });
export const flag = (title: string, more?: More): Field => ({ kind: 'flag', title, ...more });
export const date = (title: string, more?: More): Field => ({ kind: 'date', title, ...more });
export const ref = (title: string, stream: string, more?: More): Field => ({
  kind: 'ref',
  title,
  to: `quickbooks.${stream}`,
  ...more,
});
export const choice = (title: string, options: readonly string[], more?: More): Field => ({
  kind: 'choice',
  title,
  options,
  ...more,
});
export const lines = (title: string, of: Fields, more?: More): Field => ({ kind: 'lines', title, of, max: 1_000, ...more });

export const addressParts = {
  type: text('Type: billing or shipping', 40),
  street: text('Street', 2_500),
  city: text('City', 255),
  region: text('Region', 255),
  postalCode: text('Postal code', 31),
  country: text('Country', 255),
} satisfies Fields;

/** Made by the service. */
export const RO = { readOnly: true } as const;
