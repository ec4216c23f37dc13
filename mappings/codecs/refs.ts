/** Codecs that refer to other rows and records: link, find. They are pure over answers (answers.ts). */

import { z } from 'zod';
import type { Field, Json } from '#kit/fields.ts';
import { type Answer, type Answers, fieldOfRecord, linked, rowOf, find as wantFind } from '../answers.ts';
import { isObject, objectNames, objects } from '../objects.ts';
import { asText, codec, Missing, show, textKinds, Unfit } from './step.ts';

export const link = codec({
  does: 'Their id of another row to the record that row became.',
  args: z.strictObject({
    stream: z.string().regex(/^\w+\.\w+$/),
    object: z.string().optional(),
    /** Where the stream does not know a row, this one may: inward only. */
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
    wantsIn: (value) => [stream, ...(other === undefined ? [] : [other])].map((one) => linked(one, asText(value, 'link'))),
    in(value, answers) {
      const row = asText(value, 'link');
      const wanted = linked(stream, row);
      const elsewhere = () => (other === undefined ? null : answerTo(linked(other, row).key, answers));
      const record = answerTo(wanted.key, answers) ?? elsewhere();
      if (record !== null || missing === 'blank') return record ?? undefined;
      throw new Missing(`${stream} ${show(row)} is not in the CRM yet`, wanted);
    },
    wantsOut: (value) => [rowOf(stream, asText(value, 'link'))],
    out(value, answers) {
      const record = asText(value, 'link');
      const wanted = rowOf(stream, record);
      const row = answerTo(wanted.key, answers);
      if (row !== null) return row;
      throw new Missing(`record ${record} has no row in ${stream} yet`, wanted);
    },
  }),
  examples: [],
});

const findArgs = z.strictObject({
  object: z.string().refine(isObject, { message: `is no object; the CRM has ${objectNames.join(', ')}` }),
  by: z.string().default('name'),
  create: z.boolean().default(false),
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
        throw new Unfit(`${object} ${record} has no ${by}`);
      },
    };
  },
  examples: [],
});

/** The one answer to a question. Unfit where there are several. */
function answerTo(key: string, answers: Answers): string | null {
  const answer: Answer | undefined = answers.get(key);
  if (answer === undefined) throw new Unfit(`nobody answered ${show(key)}`);
  if (answer !== null && typeof answer === 'object')
    throw new Unfit(`${answer.several} records answer ${show(key)}; merge them or choose one`);
  return answer;
}
