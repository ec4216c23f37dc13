import type { Json } from '#kit/fields.ts';

/** One of the catalogue. */
export interface Product {
  id: string;
  body: { [member: string]: Json };
  created: number;
  updated: number;
}
