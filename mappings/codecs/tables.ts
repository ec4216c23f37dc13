/** Codecs of closed sets: table, flag, default. */

import { z } from 'zod';
import type { Json } from '#kit/fields.ts';
import { checkValues } from '#kit/rows.ts';
import { asText, codec, show, textKinds, Unfit } from './step.ts';

const tableArgs = z
  .strictObject({
    map: z.record(z.string(), z.string()),
    unmapped: z.enum(['keep', 'blank', 'hold', 'default']).default('hold'),
    default: z.string().optional(),
  })
  .refine((args) => args.unmapped !== 'default' || Object.values(args.map).includes(args.default ?? ''), {
    message: "with unmapped: 'default' the default must be one of ours in the map, so that it has a counterpart",
    path: ['default'],
  });

export const table = codec({
  does: 'Their words to ours. For words not in the map: hold them for a person, keep them as they are, blank, or a default.',
  args: tableArgs,
  takes: textKinds,
  gives: (theirs, args) => ({
    ...theirs,
    kind: args.unmapped === 'keep' ? 'text' : 'choice',
    options: args.unmapped === 'keep' ? undefined : [...new Set(Object.values(args.map))],
  }),
  loses(args) {
    const doubled = Object.entries(args.map).filter(([theirs, ours]) => theirsOf(args.map).get(ours) !== theirs);
    const parts = doubled.map(([theirs, ours]) => `${show(theirs)} comes back as ${show(theirsOf(args.map).get(ours))}`);
    if (args.unmapped === 'default') parts.push(`words not in the map all become ${show(args.default)}`);
    if (args.unmapped === 'blank') parts.push('words not in the map become blank');
    return parts.length === 0 ? null : parts.join('; ');
  },
  make(args) {
    const inward = new Map(Object.entries(args.map));
    const outward = theirsOf(args.map);
    return {
      name: 'table',
      in(value) {
        const word = asText(value, 'table');
        const ours = inward.get(word);
        if (ours !== undefined) return ours;
        if (args.unmapped === 'keep') return word;
        if (args.unmapped === 'blank') return undefined;
        if (args.unmapped === 'default') return args.default;
        throw new Unfit(`${show(word)} is not in the table, which has ${[...inward.keys()].map(show).join(', ')}`);
      },
      out(value) {
        const word = asText(value, 'table');
        const theirs = outward.get(word);
        if (theirs !== undefined) return theirs;
        if (args.unmapped === 'keep' && !inward.has(word)) return word;
        throw new Unfit(`${show(word)} has no counterpart in the table, which has ${[...outward.keys()].map(show).join(', ')}`);
      },
    };
  },
  examples: [
    { use: { table: { map: { ACTIVE: 'open', ARCHIVED: 'done' } } }, theirs: 'ACTIVE', ours: 'open' },
    { use: { table: { map: { ACTIVE: 'open' }, unmapped: 'keep' } }, theirs: 'PAUSED', ours: 'PAUSED' },
    {
      use: { table: { map: { ACTIVE: 'open', OTHER: 'done' }, unmapped: 'default', default: 'done' } },
      theirs: 'PAUSED',
      ours: 'done',
      back: 'OTHER',
    },
    { use: { table: { map: { ACTIVE: 'open' }, unmapped: 'blank' } }, theirs: 'PAUSED', ours: null },
  ],
});

/** Ours → theirs: of several words of theirs for one of ours the first named. */
function theirsOf(map: { readonly [theirs: string]: string }): Map<string, string> {
  const outward = new Map<string, string>();
  for (const [theirs, ours] of Object.entries(map)) if (!outward.has(ours)) outward.set(ours, theirs);
  return outward;
}

export const flag = codec({
  does: 'Their words for yes and no to a flag.',
  args: z
    .strictObject({ yes: z.string().default('true'), no: z.string().default('false') })
    .refine((args) => args.yes !== args.no, {
      message: 'yes and no must differ',
    }),
  takes: textKinds,
  gives: (theirs) => ({ kind: 'flag', title: theirs.title }),
  make: ({ yes, no }) => ({
    name: `flag ${yes}/${no}`,
    in(value) {
      if (value === yes) return true;
      if (value === no) return false;
      throw new Unfit(`${show(value)} is neither ${show(yes)} nor ${show(no)}`);
    },
    out(value) {
      if (typeof value !== 'boolean') throw new Unfit(`flag writes true or false, found ${show(value)}`);
      return value ? yes : no;
    },
  }),
  examples: [{ use: { flag: { yes: 'Y', no: 'N' } }, theirs: 'Y', ours: true }],
});

export const standard = codec({
  does: 'A value for where theirs is blank. Unlike a rule’s `default`, which only serves at creation, it always stands in.',
  args: z.strictObject({ value: z.union([z.string(), z.number(), z.boolean()]) }),
  takes: [...textKinds, 'number', 'flag', 'date', 'instant'],
  gives(theirs, { value }) {
    const [problem] = checkValues({ value: { ...theirs, required: false } }, { value });
    if (problem === undefined) return theirs;
    const { found, allowed } = problem;
    return { path: ['default', 'value'], found, allowed, advice: `Give what “${theirs.title}” could say itself.` };
  },
  loses: ({ value }) => `blank comes in as ${show(value)}, and is written back so`,
  make: ({ value }) => {
    const blankIn: Json = value;
    return { name: `default ${show(value)}`, in: (theirs) => theirs, out: (ours) => ours, blankIn };
  },
  examples: [
    { use: { default: { value: 'unknown' } }, theirs: '', ours: 'unknown', back: 'unknown' },
    { use: { default: { value: 'unknown' } }, theirs: 'known', ours: 'known' },
  ],
});

export const otherwise = codec({
  does: 'A value that goes out where ours is blank, as an account for lines that name none. What comes in is taken as it is.',
  args: z.strictObject({ value: z.union([z.string(), z.number(), z.boolean()]) }),
  takes: [...textKinds, 'number', 'flag', 'date', 'instant'],
  gives(theirs, { value }) {
    const [problem] = checkValues({ value: { ...theirs, required: false } }, { value });
    if (problem === undefined) return theirs;
    const { found, allowed } = problem;
    return { path: ['otherwise', 'value'], found, allowed, advice: `Give what “${theirs.title}” can hold.` };
  },
  make: ({ value }) => {
    const blankOut: Json = value;
    return { name: `otherwise ${show(value)}`, in: (theirs) => theirs, out: (ours) => ours, blankOut };
  },
  examples: [{ use: { otherwise: { value: '200' } }, theirs: '310', ours: '310' }],
});
