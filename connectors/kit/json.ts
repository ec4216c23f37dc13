/** Looking into JSON that somebody else wrote: what is not of the kind asked for is absent. */
import type { Json } from './fields.ts';

export type JsonObject = { [name: string]: Json };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function objectOf(value: Json | undefined): JsonObject | undefined {
  return isObject(value) ? value : undefined;
}

/** The objects of a list; none where it is no list. */
export function objectsOf(value: Json | undefined): readonly JsonObject[] {
  if (!Array.isArray(value)) return NONE;
  for (const item of value) if (!isObject(item)) return value.filter(isObject);
  return value as JsonObject[];
}

export function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function numberOf(value: Json | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

const NONE: readonly JsonObject[] = [];

/**
 * JSON in which no digit is lost: whole numbers beyond 2^53 are given as text. Throws SyntaxError where it is none.
 */
export function parseExactly(text: string): Json {
  return JSON.parse(text, (_name, value: Json, context?: { source?: string }) => {
    if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
    const source = context?.source ?? '';
    return /^-?\d+$/.test(source) ? source : value;
  });
}
