/** Codecs that refer to other rows and records: link, links, find, unique. They are pure over answers (answers.ts). */

import { z } from 'zod';
import type { Field, Json } from '#kit/fields.ts';
import { type Answer, type Answers, anyOf, fieldOfRecord, linked, rowOf, SELF, find as wantFind } from '../answers.ts';
import { isObject, objectNames, objects } from '../objects.ts';
import { asText, codec, Missing, show, textKinds, Unfit } from './step.ts';

export const link = codec({
  does: 'Their id of another row to the record that row became.',
  args: z.strictObject({
    stream: z.string().regex(/^\w+\.\w+$/),
    object: z.string().optional(),
    /** Where the stream does not know a row, or has none of the record, this one may. */
    else: z
      .string()
      .regex(/^\w+\.\w+$/)
      .optional(),
    missing: z.enum(['hold', 'blank']).default('hold'),
  }),
  takes: ['ref', ...textKinds],
  gives: (theirs, { object }) => ({ kind: 'ref', title: theirs.title, ...(object !== undefined && { to: object }) }),
  make: ({ stream, else: other, missing }) => ({
    name: `link ${stream}`,
    wantsIn: (value) => anyOf([stream, ...(other === undefined ? [] : [other])].map((one) => linked(one, asText(value, 'link')))),
    in(value, answers) {
      const row = asText(value, 'link');
      const wanted = linked(stream, row);
      const elsewhere = () => (other === undefined ? null : answerTo(linked(other, row).key, answers));
      const record = answerTo(wanted.key, answers) ?? elsewhere();
      if (record !== null || missing === 'blank') return record ?? undefined;
      throw new Missing(`${stream} ${show(row)} is not in the CRM yet`, wanted);
    },
    wantsOut: (value) => anyOf([stream, ...(other === undefined ? [] : [other])].map((one) => rowOf(one, asText(value, 'link')))),
    out(value, answers) {
      const record = asText(value, 'link');
      const wanted = rowOf(stream, record);
      const row = answerTo(wanted.key, answers) ?? (other === undefined ? null : answerTo(rowOf(other, record).key, answers));
      if (row !== null) return row;
      throw new Missing(`record ${record} has no row in ${stream} yet`, wanted);
    },
  }),
  examples: [],
});

const streamName = z.string().regex(/^\w+\.\w+$/);

export const links = codec({
  does: 'Their id of a row of one of several streams, with a word in front that says of which (`Invoice/12`), to the record that row became.',
  args: z.strictObject({
    streams: z.record(z.string().regex(/^\w+$/), streamName).refine((all) => Object.keys(all).length > 0, 'names no stream'),
    object: z.string().optional(),
    missing: z.enum(['hold', 'blank']).default('hold'),
  }),
  takes: textKinds,
  gives: (theirs, { object }) => ({ kind: 'ref', title: theirs.title, ...(object !== undefined && { to: object }) }),
  make({ streams, missing }) {
    const meant = (value: Json) => {
      const [word = '', ...row] = asText(value, 'links').split('/');
      const stream = Object.hasOwn(streams, word) ? streams[word] : undefined;
      if (stream !== undefined) return linked(stream, row.join('/'));
      throw new Unfit(`links reads ${Object.keys(streams).join('/…, ')}/…; found ${show(value)}`);
    };
    const rows = (value: Json) =>
      Object.entries(streams).map(([word, stream]) => ({ word, asked: rowOf(stream, asText(value, 'links')) }));
    return {
      name: `links ${Object.values(streams).join(', ')}`,
      wantsIn: (value) => [meant(value)],
      in(value, answers) {
        const asked = meant(value);
        const record = answerTo(asked.key, answers);
        if (record !== null || missing === 'blank') return record ?? undefined;
        throw new Missing(`${asked.stream} ${show(asked.row)} is not in the CRM yet`, asked);
      },
      wantsOut: (value) => anyOf(rows(value).map(({ asked }) => asked)),
      out(value, answers) {
        for (const { word, asked } of rows(value)) {
          const row = answerTo(asked.key, answers);
          if (row !== null) return `${word}/${row}`;
        }
        const { asked } = rows(value)[0]!;
        throw new Missing(`record ${asked.record} has no row in ${Object.values(streams).join(' or ')} yet`, asked);
      },
    };
  },
  examples: [],
});

const findArgs = z.strictObject({
  object: z.string().refine(isObject, { message: `is no object; the CRM has ${objectNames.join(', ')}` }),
  by: z.string().default('name'),
  create: z.boolean().default(false),
  /** The stream that brings such records: it is read before, where the order is ours to choose. */
  stream: z
    .string()
    .regex(/^\w+\.\w+$/)
    .optional(),
  missing: z.enum(['hold', 'blank']).default('hold'),
});

export const find = codec({
  does: 'Their text (a name, an address, a number) to the record that bears it, which is created if asked; and back to its text.',
  args: findArgs,
  takes: textKinds,
  gives(theirs, { object, by, create }) {
    const shape = isObject(object) ? objects[object] : null;
    const ways = shape ? ['name', ...new Set(shape.keys.filter((key) => key.kind !== 'word').map((key) => key.field))] : [];
    if (shape && (!ways.includes(by) || !Object.hasOwn(shape.fields, by))) {
      const allowed = ways.filter((way) => Object.hasOwn(shape.fields, way)).join(', ');
      return { path: ['find', 'by'], found: by, allowed, advice: `Look a ${object} up by a field that gives a match key.` };
    }
    const needed = Object.entries<Field>(shape?.fields ?? {}).filter(([name, field]) => field.required && name !== by);
    if (create && needed.length > 0) {
      const allowed = `false: a ${object} needs ${needed.map(([name]) => name).join(', ')}`;
      return { path: ['find', 'create'], found: `true, by ${by}`, allowed, advice: 'Look it up by that, or create none.' };
    }
    return { kind: 'ref', title: theirs.title, to: object };
  },
  make({ object, by, create, missing }, place) {
    const asked = (value: Json) => wantFind(object, by, asText(value, 'find').trim(), create, place.region);
    return {
      name: `find ${object} by ${by}`,
      wantsIn(value) {
        const question = asked(value);
        return question === null ? [] : [question];
      },
      in(value, answers) {
        const question = asked(value);
        const record = question === null ? null : answerTo(question.key, answers);
        if (record !== null || missing === 'blank') return record ?? undefined;
        throw new Unfit(`no ${object} has the ${by} ${show(value)}`);
      },
      wantsOut: (value) => [fieldOfRecord(object, by, asText(value, 'find'))],
      out(value, answers) {
        const record = asText(value, 'find');
        const text = answerTo(fieldOfRecord(object, by, record).key, answers);
        if (text !== null) return text;
        if (missing === 'blank') return undefined;
        throw new Unfit(`${object} ${record} has no ${by}`);
      },
    };
  },
  examples: [],
});

const DECORATION = /( \(#[0-9a-f]{6}\))+$/;

export const unique = codec({
  does: 'For services that want names to be unique: a name that several records bear goes out with a mark of the record’s own behind it, which is taken away again on the way in.',
  args: z.strictObject({
    object: z.string().refine(isObject, { message: `is no object; the CRM has ${objectNames.join(', ')}` }),
    by: z.string().default('name'),
  }),
  takes: textKinds,
  gives: (theirs) => theirs,
  make({ object, by }, place) {
    const asked = (value: Json) => wantFind(object, by, asText(value, 'unique').trim(), false, place.region);
    return {
      name: `unique ${object}`,
      in: (value) => asText(value, 'unique').replace(DECORATION, '') || undefined,
      wantsOut(value) {
        const question = asked(value);
        return question === null ? [] : [question];
      },
      out(value, answers) {
        const name = asText(value, 'unique');
        const question = asked(value);
        const bearers = question === null ? undefined : answers.get(question.key);
        const self = answers.get(SELF);
        if (typeof self !== 'string' || bearers === null || typeof bearers !== 'object') return name;
        return `${name} (#${markOf(self)})`;
      },
    };
  },
  examples: [
    { use: { unique: { object: 'company' } }, theirs: 'Acme', ours: 'Acme' },
    { use: { unique: { object: 'company' } }, theirs: 'Acme (#3f9a2c)', ours: 'Acme', back: 'Acme' },
  ],
});

/** Six digits that are the same whenever they are asked for: the last of a record's id are its random ones. */
function markOf(record: string): string {
  return record
    .toLowerCase()
    .replace(/[^0-9a-f]/g, '')
    .slice(-6)
    .padStart(6, '0');
}

/** The one answer to a question. Unfit where there are several. */
function answerTo(key: string, answers: Answers): string | null {
  const answer: Answer | undefined = answers.get(key);
  if (answer === undefined) throw new Unfit(`nobody answered ${show(key)}`);
  if (answer !== null && typeof answer === 'object')
    throw new Unfit(`${answer.several} records answer ${show(key)}; merge them or choose one`);
  return answer;
}
