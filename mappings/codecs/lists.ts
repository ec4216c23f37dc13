/** Codecs of lists: each, rename, item, split, join. */

import { z } from 'zod';
import type { Field, Fields, Json } from '#kit/fields.ts';
import type { Answers } from '../answers.ts';
import type { CodecUse } from '../format.ts';
import { asks, askThrough } from './asking.ts';
import { asItems, asText, type Codec, codec, type Place, type Step, show, textKinds, Unfit } from './step.ts';

type Item = { [name: string]: Json };

/** What `each` needs of the registry of codecs, which stands above it. */
export interface Inner {
  steps(via: CodecUse | CodecUse[], place: Place, theirs?: Field): Step[];
  gives(via: CodecUse | CodecUse[], theirs: Field): ReturnType<Codec['gives']>;
}

const useSchema: z.ZodType<CodecUse> = z.union([
  z.string(),
  z.record(z.string(), z.record(z.string(), z.json())),
]) as z.ZodType<CodecUse>;
const eachArgs = z.strictObject({ field: z.string(), via: z.union([useSchema, z.array(useSchema)]) });

export const each = (inner: Inner): Codec =>
  codec({
    does: 'Applies codecs to one field of every item of a list or of lines. Items of a list that become the same one are one.',
    args: eachArgs,
    takes: ['list', 'lines'],
    gives(theirs, { field, via }) {
      const part = theirs.of?.[field];
      if (part === undefined) return unknownPart(['each', 'field'], field, theirs);
      const made = inner.gives(via, part);
      if (!('kind' in made)) return { ...made, path: ['each', 'via', ...made.path] };
      return { ...theirs, of: { ...theirs.of, [field]: made } };
    },
    make({ field, via }, place, theirs) {
      const steps = inner.steps(via, place, theirs?.of?.[field]);
      const back = steps.toReversed();
      const through = (value: Json, way: 'in' | 'out', answers: Answers): Item[] => {
        const path = way === 'in' ? steps : back;
        const items = asItems(value, 'each').map((item) => withPart(item, field, run(path, way, item[field], answers)));
        return theirs?.kind === 'lines' ? items : unique(field, items);
      };
      const asked = (value: Json, way: 'in' | 'out') =>
        asItems(value, 'each').flatMap((item) => askThrough(way === 'in' ? steps : back, way, item[field]));
      return {
        name: `each ${field}: ${steps.map((step) => step.name).join(', ')}`,
        in: (value, answers) => through(value, 'in', answers),
        out: (value, answers) => through(value, 'out', answers),
        ...(steps.some((step) => asks(step, 'in')) && { wantsIn: (value: Json) => asked(value, 'in') }),
        ...(steps.some((step) => asks(step, 'out')) && { wantsOut: (value: Json) => asked(value, 'out') }),
      };
    },
    examples: [
      {
        use: { each: { field: 'value', via: 'e164' } },
        theirs: [{ value: '+1 (415) 555-2671', type: 'work' }],
        ours: [{ value: '+14155552671', type: 'work' }],
        back: [{ value: '+14155552671', type: 'work' }],
      },
      {
        use: { each: { field: 'type', via: { table: { map: { WORK_FAX: 'fax' }, unmapped: 'keep' } } } },
        theirs: [{ value: '1', type: 'WORK_FAX' }],
        ours: [{ value: '1', type: 'fax' }],
      },
    ],
  });

const isBlankPart = (value: Json | undefined): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);

function run(steps: readonly Step[], way: 'in' | 'out', value: Json | undefined, answers: Answers): Json | undefined {
  let now = value;
  for (const step of steps) {
    if (isBlankPart(now)) now = way === 'in' ? step.blankIn : step.blankOut;
    else now = step[way](now!, answers);
  }
  return now;
}

function withPart(item: Item, field: string, part: Json | undefined): Item {
  if (part === item[field]) return item;
  const changed: Item = { ...item };
  if (part === undefined) delete changed[field];
  else changed[field] = part;
  return changed;
}

/** Items that are alike in all parts are one; only those alike in `field` need a second look. */
function unique(field: string, items: Item[]): Item[] {
  if (items.length < 2 || new Set(items.map((item) => item[field])).size === items.length) return items;
  const seen = new Set<string>();
  return items.filter((item) => {
    const text = JSON.stringify(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));
    return !seen.has(text) && seen.add(text);
  });
}

function unknownPart(path: string[], found: string, theirs: Field) {
  return {
    path,
    found,
    allowed: Object.keys(theirs.of ?? {}).join(', '),
    advice: `Name a field of the items of “${theirs.title}”.`,
  };
}

export const rename = codec({
  does: 'Other names for the fields of a list’s items: theirs to ours. Fields not named stay as they are called.',
  args: z
    .strictObject({ fields: z.record(z.string(), z.string()) })
    .refine(({ fields }) => new Set(Object.values(fields)).size === Object.keys(fields).length, {
      message: 'names one of ours twice',
      path: ['fields'],
    }),
  takes: ['list', 'lines'],
  gives(theirs, { fields }) {
    const unknown = Object.keys(fields).find((name) => theirs.of?.[name] === undefined);
    if (unknown !== undefined) return unknownPart(['rename', 'fields'], unknown, theirs);
    const of: { [name: string]: Field } = {};
    for (const [name, field] of Object.entries(theirs.of ?? {})) of[fields[name] ?? name] = field;
    const identity = theirs.identity === undefined ? undefined : (fields[theirs.identity] ?? theirs.identity);
    return { ...theirs, of: of as Fields, ...(identity !== undefined && { identity }) };
  },
  make({ fields }) {
    const back = Object.fromEntries(Object.entries(fields).map(([theirs, ours]) => [ours, theirs]));
    const renamed = (value: Json, names: { [name: string]: string }): Item[] =>
      asItems(value, 'rename').map((item) =>
        Object.fromEntries(Object.entries(item).map(([name, part]) => [Object.hasOwn(names, name) ? names[name]! : name, part])),
      );
    return { name: 'rename', in: (value) => renamed(value, fields), out: (value) => renamed(value, back) };
  },
  examples: [
    {
      use: { rename: { fields: { number: 'value' } } },
      theirs: [{ number: '1', type: 'work' }],
      ours: [{ value: '1', type: 'work' }],
    },
  ],
});

const constants = z.record(z.string(), z.union([z.string(), z.boolean(), z.number()]));

export const item = codec({
  does: 'Their single value to one item of a list, marked so; and back: the item so marked, else the primary one, else the first.',
  args: z.strictObject({ field: z.string().default('value'), set: constants.default({}) }),
  takes: [...textKinds],
  gives(theirs, { field, set }) {
    const of: { [name: string]: Field } = { [field]: theirs };
    for (const [name, value] of Object.entries(set)) {
      of[name] = { kind: typeof value === 'boolean' ? 'flag' : typeof value === 'number' ? 'number' : 'text', title: name };
    }
    return { kind: 'list', title: theirs.title, identity: field, of };
  },
  loses: () => 'all items but one',
  make({ field, set }) {
    const marks = Object.entries(set);
    return {
      name: `item ${show(set)}`,
      in: (value) => [{ [field]: value, ...set }],
      out(value) {
        const items = asItems(value, 'item').filter((one) => !isBlankPart(one[field]));
        const marked = marks.length === 0 ? undefined : items.find((one) => marks.every(([name, mark]) => one[name] === mark));
        return (marked ?? items.find((one) => one.primary === true) ?? items[0])?.[field];
      },
    };
  },
  examples: [
    {
      use: { item: { set: { type: 'work' } } },
      theirs: 'ada@firma.example',
      ours: [{ value: 'ada@firma.example', type: 'work' }],
    },
  ],
});

const separated = z.strictObject({ by: z.string().min(1), field: z.string().default('value') });

/** The parts of a text, without space around them, blanks or repetitions. */
const partsOf = (text: string, by: string): string[] =>
  [...new Set(text.split(by).map((part) => part.trim()))].filter((part) => part !== '');

function joinedBy(value: Json, by: string, field: string, name: string): string | undefined {
  const parts = asItems(value, name).flatMap((one) => (isBlankPart(one[field]) ? [] : [asText(one[field]!, name).trim()]));
  const mixed = parts.find((part) => part.includes(by.trim() === '' ? by : by.trim()));
  if (mixed !== undefined) throw new Unfit(`${show(mixed)} contains ${show(by)}, which separates the items`);
  const text = [...new Set(parts)].filter((part) => part !== '').join(by);
  return text === '' ? undefined : text;
}

export const split = codec({
  does: 'Their text of several things to a list.',
  args: separated,
  takes: textKinds,
  gives: (theirs, { field }) => ({
    kind: 'list',
    title: theirs.title,
    identity: field,
    of: { [field]: { kind: 'text', title: theirs.title } },
  }),
  loses: () => 'everything of an item but its text',
  make: ({ by, field }) => ({
    name: `split by ${show(by)}`,
    in(value) {
      const parts = partsOf(asText(value, 'split'), by.trim() === '' ? by : by.trim());
      return parts.length === 0 ? undefined : parts.map((part) => ({ [field]: part }));
    },
    out: (value) => joinedBy(value, by, field, 'split'),
  }),
  examples: [
    { use: { split: { by: ', ' } }, theirs: 'a, b,c', ours: [{ value: 'a' }, { value: 'b' }, { value: 'c' }], back: 'a, b, c' },
  ],
});

export const join = codec({
  does: 'Their list to a text of several things.',
  args: separated,
  takes: ['list', 'lines'],
  gives(theirs, { field }) {
    return theirs.of?.[field] === undefined
      ? unknownPart(['join', 'field'], field, theirs)
      : { kind: 'text', title: theirs.title };
  },
  loses: () => 'everything of an item but its text',
  make: ({ by, field }) => ({
    name: `join by ${show(by)}`,
    in: (value) => joinedBy(value, by, field, 'join'),
    out: (value) => partsOf(asText(value, 'join'), by.trim() === '' ? by : by.trim()).map((part) => ({ [field]: part })),
  }),
  examples: [{ use: { join: { by: ', ' } }, theirs: [{ value: 'a' }, { value: 'b' }], ours: 'a, b' }],
});
