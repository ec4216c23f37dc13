/**
 * A codec translates one value both ways and promises `in(out(in(x))) = in(x)`: what went in once comes back the same. Where a
 * value has no sure counterpart it throws `Unfit`, which holds that field and no other.
 */

import type { z } from 'zod';
import type { Field, Json, Kind } from '#kit/fields.ts';
import type { Answers, Wanted } from '../answers.ts';
import type { CodecUse } from '../format.ts';

/** A value that a codec cannot translate. */
export class Unfit extends Error {
  constructor(problem: string) {
    super(problem);
    this.name = 'Unfit';
  }
}

/** A value that refers to a row or a record without a counterpart: it may get one yet. */
export class Missing extends Unfit {
  readonly wanted: Wanted;
  constructor(problem: string, wanted: Wanted) {
    super(problem);
    this.name = 'Missing';
    this.wanted = wanted;
  }
}

/** A codec with its arguments, ready to work. Blank values pass it by, in both directions. Returns undefined for blank. */
export interface Step {
  /** The codec's name and arguments, as people read them. */
  name: string;
  in(value: Json, answers: Answers): Json | undefined;
  out(value: Json, answers: Answers): Json | undefined;
  /** What to know before `in`, before `out`; absent where that is nothing. */
  wantsIn?(value: Json): Wanted[];
  wantsOut?(value: Json): Wanted[];
  /** What a blank becomes on the way in, and on the way out. */
  blankIn?: Json;
  blankOut?: Json;
}

/** Where a codec is used. */
export interface Place {
  /** Whose national phone numbers are meant: ISO 3166-1 alpha-2. */
  region: string;
}

/** A problem of a use of a codec. `path` is relative to the use. */
export interface UseProblem {
  path: (string | number)[];
  found: string;
  allowed: string;
  advice: string;
}

export interface Codec {
  /** One sentence for people. */
  does: string;
  args: z.ZodType;
  /** Kinds it takes from theirs. */
  takes: readonly Kind[];
  /** The field it makes of theirs, or what is wrong with the use. Called with arguments that fit `args`. */
  gives(theirs: Field, args: unknown): Field | UseProblem;
  /** What is lost, where something is: shown to the person, allowed. */
  loses?: (args: unknown) => string | null;
  /** `theirs`: the field that reaches it, where it is known. */
  make(args: unknown, place: Place, theirs?: Field): Step;
  /** Executed by the tests and printed in the documentation. */
  examples: readonly Example[];
}

export interface Example {
  use: CodecUse;
  theirs: Json;
  ours: Json | null;
  /** What goes out again, where that is not `theirs`. */
  back?: Json;
}

/** A codec whose arguments are typed by their schema. */
export function codec<A>(parts: {
  does: string;
  args: z.ZodType<A>;
  takes: readonly Kind[];
  gives(theirs: Field, args: A): Field | UseProblem;
  loses?(args: A): string | null;
  make(args: A, place: Place, theirs?: Field): Step;
  examples: readonly Example[];
}): Codec {
  const { args: schema, gives, make, loses } = parts;
  return {
    ...parts,
    gives: (theirs, args) => gives(theirs, schema.parse(args)),
    make: (args, place, theirs) => make(schema.parse(args), place, theirs),
    ...(loses ? { loses: (args) => loses(schema.parse(args)) } : { loses: undefined }),
  };
}

export const textKinds: readonly Kind[] = ['text', 'email', 'phone', 'link', 'choice'];

/** The value as text, or Unfit. */
export function asText(value: Json, codecName: string): string {
  if (typeof value === 'string') return value;
  throw new Unfit(`${codecName} reads text, found ${show(value)}`);
}

/** The value as a list of objects, or Unfit. */
export function asItems(value: Json, codecName: string): { [name: string]: Json }[] {
  if (!Array.isArray(value)) throw new Unfit(`${codecName} reads a list, found ${show(value)}`);
  for (const item of value) {
    if (item === null || typeof item !== 'object' || Array.isArray(item))
      throw new Unfit(`${codecName} reads a list of items, found ${show(item)} in it`);
  }
  return value as { [name: string]: Json }[];
}

/** A value as people read it in a message, cut short. */
export function show(value: Json | undefined): string {
  const text = JSON.stringify(value ?? null).toWellFormed();
  return text.length > 80 ? `${text.slice(0, 80).toWellFormed()}…` : text;
}
