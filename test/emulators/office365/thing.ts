import type { Json } from '#kit/fields.ts';

/** An object of Graph. */
export type Thing = { [member: string]: Json };

export function isThing(value: unknown): value is Thing {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function things(value: Json | undefined): Thing[] {
  return Array.isArray(value) ? value.filter(isThing) : [];
}

export function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
