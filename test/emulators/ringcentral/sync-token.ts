import type { Json } from '#kit/fields.ts';
import { object } from './query.ts';

/** Opaque to clients: base64url of JSON with a mark of what it was given for. */
export function sealToken(kind: string, state: { readonly [name: string]: Json }): string {
  return Buffer.from(JSON.stringify([kind, state])).toString('base64url');
}

/** The state inside a token of this kind; undefined when it is another's or damaged. */
export function openToken(kind: string, token: string): { readonly [name: string]: Json } | undefined {
  try {
    const [of, state] = JSON.parse(Buffer.from(token, 'base64url').toString());
    return of === kind ? object(state) : undefined;
  } catch {
    return undefined;
  }
}
