import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Field, Json, Kind } from '#kit/fields.ts';
import { equal } from '#kit/values.ts';
import { type Answer, answersTo, anyOf, fieldOfRecord, find as findWanted, linked, noAnswers, rowOf } from '#mappings/answers.ts';
import { askThrough } from '#mappings/codecs/asking.ts';
import { type Step, Unfit } from '#mappings/codecs/step.ts';
import { checkUse, codecs, fieldThrough, readUse, stepsOf } from '#mappings/codecs.ts';
import type { CodecUse } from '#mappings/format.ts';

const place = { region: 'US' };
const ready = (use: CodecUse | CodecUse[]): Step[] => stepsOf(use, place);

function through(steps: readonly Step[], way: 'in' | 'out', value: Json | undefined, answers = noAnswers): Json | undefined {
  let now = value;
  for (const step of way === 'in' ? steps : steps.toReversed()) {
    const blank = now === undefined || now === null || now === '' || (Array.isArray(now) && now.length === 0);
    if (blank) now = way === 'in' ? step.blankIn : undefined;
    else now = step[way](now!, answers);
  }
  return now;
}

describe('every codec does what its examples say', () => {
  for (const [name, codec] of Object.entries(codecs)) {
    test.each(codec.examples.map((example) => [JSON.stringify(example.use), example] as const))(
      `${name}: %s`,
      (_, { use, theirs, ours, back }) => {
        const steps = ready(use);
        expect(through(steps, 'in', theirs) ?? null).toEqual(ours);
        if (ours !== null) expect(through(steps, 'out', ours)).toEqual(back ?? theirs);
      },
    );
    if (!['link', 'links', 'find'].includes(name))
      test(`${name} has examples`, () => expect(codec.examples.length).toBeGreaterThan(0));
  }
});

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.constantFrom(
    ' a ',
    'İ',
    'ΑΣ',
    'ﬁ',
    'true',
    'no',
    'a, b,,a',
    'Acme (C) (C)',
    'Acme (#123abc) (#45def6)',
    '12.50',
    '01/07/2026',
    '31/02/2026',
    '+1 415 555 2671',
  ),
);
const instant = fc
  .date({ min: new Date('1950-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString());
const autumn = fc
  .integer({ min: 0, max: 4 * 3_600_000 })
  .map((ms) => new Date(Date.parse('2026-10-25T00:00:00Z') + ms).toISOString());
const zone = fc.constantFrom('Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'UTC');
const zonedTime = fc.tuple(fc.oneof(instant, autumn), zone).map(([at, name]) => ({
  local: Temporal.Instant.from(at).toZonedDateTimeISO(name).toPlainDateTime().toString({ smallestUnit: 'second' }),
  zone: name,
}));
const items = fc.array(
  fc.record({ value: text, type: fc.constantFrom('work', 'home', 'WORK'), primary: fc.boolean() }, { requiredKeys: ['value'] }),
  { maxLength: 5 },
);

/** Uses of every codec, each with the values it meets. */
const laws: readonly (readonly [CodecUse | CodecUse[], fc.Arbitrary<Json>])[] = [
  ...['trim', 'lower', 'upper', 'spaces', 'e164', 'number'].map((name) => [name, text] as const),
  ['number', fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }).map(String)],
  [['trim', 'lower'], text],
  [{ suffix: { text: ' (C)' } }, text],
  [{ prefix: { text: 'a' } }, text],
  [{ unique: { object: 'company' } }, text],
  [['trim', { suffix: { text: ' (C)' } }, 'trim'], text],
  [{ table: { map: { a: 'b', b: 'c', c: 'b' }, unmapped: 'keep' } }, fc.constantFrom('a', 'b', 'c', 'd')],
  [{ table: { map: { a: 'b', b: 'c' }, unmapped: 'default', default: 'c' } }, fc.constantFrom('a', 'b', 'c', 'd')],
  [{ table: { map: { a: 'b', b: 'c' }, unmapped: 'blank' } }, fc.constantFrom('a', 'b', 'c', 'd')],
  [{ table: { map: { a: 'b', b: 'c' } } }, fc.constantFrom('a', 'b', 'c', 'd')],
  [{ flag: { yes: 'true', no: 'no' } }, text],
  [{ default: { value: 'x' } }, text],
  [
    { money: { currency: 'EUR' } },
    fc.oneof(
      text,
      fc.integer(),
      fc.integer().map((cents) => (cents / 100).toFixed(2)),
    ),
  ],
  [{ minor: { currency: 'EUR' } }, fc.oneof(fc.maxSafeInteger(), fc.double())],
  [
    { date: { format: 'DD/MM/YYYY' } },
    fc.oneof(
      text,
      instant.map((at) => `${at.slice(8, 10)}/${at.slice(5, 7)}/${at.slice(0, 4)}`),
    ),
  ],
  [{ epoch: { unit: 's' } }, fc.oneof(fc.integer(), fc.double(), fc.constantFrom(1.0011, 1.0095, 1_751_360_400.123))],
  [{ epoch: { unit: 'ms' } }, fc.oneof(fc.maxSafeInteger(), fc.double())],
  ...['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'].flatMap((name) => [
    [{ zoned: { zone: name } }, fc.oneof(instant, autumn)] as const,
    [{ instant: { zone: name } }, zonedTime] as const,
    [{ day: { zone: name } }, fc.oneof(instant, autumn)] as const,
  ]),
  [{ each: { field: 'value', via: ['trim', 'lower'] } }, items],
  [{ each: { field: 'value', via: 'e164' } }, items],
  [{ each: { field: 'type', via: { table: { map: { WORK: 'work' }, unmapped: 'keep' } } } }, items],
  [{ rename: { fields: { value: 'number' } } }, items],
  [{ rename: { fields: { value: 'type', type: 'value' } } }, items],
  [{ item: { set: { type: 'work' } } }, text],
  [{ split: { by: ', ' } }, text],
  [{ split: { by: '\n' } }, text],
  [{ join: { by: '; ' } }, items],
];

describe('what went in once comes back the same: in(out(in(x))) = in(x)', () => {
  test.each(laws.map(([use, values]) => [JSON.stringify(use), use, values] as const))('%s', (_, use, values) => {
    const steps = ready(use);
    let met = 0;
    fc.assert(
      fc.property(values, (theirs) => {
        const once = attempt(() => through(steps, 'in', theirs));
        if (once === unfit) return;
        const back = attempt(() => through(steps, 'out', once));
        if (back === unfit) return;
        met += 1;
        expect(through(steps, 'in', back)).toEqual(once);
      }),
    );
    expect(met).toBeGreaterThan(0);
  });
});

test('more of the smallest unit than a number keeps exactly is not written', () => {
  const amount = { amount: '123456789012345678.91', currency: 'EUR' };
  expect(() => through(ready({ minor: { currency: 'EUR' } }), 'out', amount)).toThrow(Unfit);
});

const unfit = Symbol('unfit');

/** A codec may refuse a value by Unfit, and throws nothing else. */
function attempt<T>(work: () => T): T | typeof unfit {
  try {
    return work();
  } catch (error) {
    if (error instanceof Unfit) return unfit;
    throw error;
  }
}

test('any value is translated or refused with a reason, never a crash', () => {
  const uses = laws.map(([use]) => ready(use));
  fc.assert(
    fc.property(
      fc.constantFrom(...uses),
      fc.jsonValue() as fc.Arbitrary<Json>,
      fc.constantFrom('in' as const, 'out' as const),
      (steps, value, way) => {
        attempt(() => through(steps, way, value));
      },
    ),
    { numRuns: 2_000 },
  );
});

describe('tables say what they do with words they do not have', () => {
  const word = (unmapped: string) =>
    attempt(() =>
      through(ready({ table: { map: { A: 'a' }, unmapped, ...(unmapped === 'default' && { default: 'a' }) } }), 'in', 'Z'),
    );
  test('hold, keep, blank, default', () => {
    expect([word('hold'), word('keep'), word('blank'), word('default')]).toEqual([unfit, 'Z', undefined, 'a']);
  });
  test('what is not in the table and would come back as another word does not go out', () => {
    expect(attempt(() => through(ready({ table: { map: { A: 'a' }, unmapped: 'keep' } }), 'out', 'A'))).toBe(unfit);
  });
});

describe('references ask first', () => {
  const use = { find: { object: 'company', by: 'name', create: true } };
  const [step] = ready(use);
  const question = findWanted('company', 'name', 'Acme', true, 'US')!;

  test('find asks by match key and brings what to create', () => {
    expect(step!.wantsIn!(' ACME ')).toEqual([{ ...question, create: { name: 'ACME' } }]);
    expect(question).toMatchObject({ ask: 'find', object: 'company', match: { kind: 'name', token: 'acme' } });
  });
  test('find takes the one answer, and is held by none or several', () => {
    const answered = (answer: Answer) => attempt(() => step!.in('Acme', new Map([[question.key, answer]])));
    expect([answered('r1'), answered(null), answered({ several: 2 })]).toEqual(['r1', unfit, unfit]);
    expect(() => step!.in('Acme', noAnswers)).toThrow(/nobody answered/);
  });
  test('find writes the text of the record', () => {
    expect(step!.wantsOut!('r1')).toEqual([fieldOfRecord('company', 'name', 'r1')]);
    expect(step!.out('r1', new Map([[fieldOfRecord('company', 'name', 'r1').key, 'Acme']]))).toBe('Acme');
  });
  test('link goes by the links of a stream', () => {
    const [tie] = ready({ link: { stream: 'books.contacts', object: 'company' } });
    expect(tie!.wantsIn!('7')).toEqual([linked('books.contacts', '7')]);
    expect(tie!.in('7', new Map([[linked('books.contacts', '7').key, 'r7']]))).toBe('r7');
    expect(tie!.out('r7', new Map([[rowOf('books.contacts', 'r7').key, '7']]))).toBe('7');
    expect(attempt(() => tie!.in('7', new Map([[linked('books.contacts', '7').key, null]])))).toBe(unfit);
  });
  test('links goes by the stream that is named in front, and out to the one that has the record', () => {
    const [tie] = ready({ links: { streams: { Invoice: 'books.invoices', Credit: 'books.credits' }, object: 'invoice' } });
    expect(tie!.wantsIn!('Credit/7')).toEqual([linked('books.credits', '7')]);
    expect(tie!.in('Credit/7', new Map([[linked('books.credits', '7').key, 'r7']]))).toBe('r7');
    const [invoice, credit] = tie!.wantsOut!('r7');
    expect([invoice, credit]).toEqual(anyOf([rowOf('books.invoices', 'r7'), rowOf('books.credits', 'r7')]));
    const out = (first: Answer, second: Answer) =>
      attempt(() => tie!.out('r7', new Map([[invoice!.key, first] as const, [credit!.key, second] as const])));
    expect([out(null, '7'), out('8', null), out(null, null)]).toEqual(['Credit/7', 'Invoice/8', unfit]);
    for (const odd of ['Bill/7', 'constructor/7', '7']) expect(attempt(() => tie!.wantsIn!(odd))).toBe(unfit);
  });
  test('unique: a name that several bear goes out with each one’s own mark, always the same, and comes in without', () => {
    const [step] = ready({ unique: { object: 'company' } });
    const [asked] = step!.wantsOut!('Acme');
    expect(asked).toEqual(findWanted('company', 'name', 'Acme', false, 'US'));
    const out = (answer: Answer, record: string) => step!.out('Acme', answersTo(record, new Map([[asked!.key, answer]])));
    const [one, other] = ['01a2130c-0cc1-70df-99ef-308fbdf35b00', '01a2130c-0cc1-70df-99ef-308fbdf35b01'];
    expect([out(one!, one!), out(null, one!)]).toEqual(['Acme', 'Acme']);
    const apart = [out({ several: 2 }, one!), out({ several: 2 }, other!)];
    expect(apart).toEqual(['Acme (#f35b00)', 'Acme (#f35b01)']);
    expect(out({ several: 9 }, one!)).toBe(apart[0]);
    for (const name of apart) expect(step!.in(name!, noAnswers)).toBe('Acme');
    for (const name of ['Acme (#f35b0)', 'Acme (2)', 'Acme #f35b00']) expect(step!.in(name, noAnswers)).toBe(name);
  });
  test('within each, every item asks', () => {
    const [all] = ready({ each: { field: 'who', via: { link: { stream: 'books.contacts', object: 'contact' } } } });
    expect(all!.wantsIn!([{ who: '1' }, {}, { who: '2' }]).map((wanted) => wanted.key)).toEqual([
      'linked books.contacts 1',
      'linked books.contacts 2',
    ]);
  });
  test('several parts of a line ask, after other codecs of the same part and of the list', () => {
    const lines: Field = {
      kind: 'lines',
      title: 'Lines',
      of: {
        itemId: { kind: 'text', title: 'Item' },
        tax: { kind: 'text', title: 'Tax' },
        price: { kind: 'number', title: 'Price' },
      },
    };
    const use: CodecUse[] = [
      { rename: { fields: { itemId: 'item', tax: 'taxCode' } } },
      { each: { field: 'item', via: ['trim', { link: { stream: 'books.items', object: 'item' } }] } },
      { each: { field: 'taxCode', via: { link: { stream: 'books.taxes', object: 'taxCode' } } } },
    ];
    const steps = stepsOf(use, place, lines);
    const theirs: Json[] = [
      { itemId: ' 7 ', tax: 'T1', price: 1 },
      { itemId: ' 7 ', tax: 'T1', price: 1 },
      { price: 2 },
      { itemId: '8', tax: 'T2' },
    ];
    const keys = askThrough(steps, 'in', theirs).map((wanted) => wanted.key);
    expect([...new Set(keys)]).toEqual([
      'linked books.items 7',
      'linked books.items 8',
      'linked books.taxes T1',
      'linked books.taxes T2',
    ]);
    const ours = through(steps, 'in', theirs, new Map(keys.map((key) => [key, key.slice('linked books.'.length)])));
    const first = { item: 'items 7', taxCode: 'taxes T1', price: 1 };
    expect(ours, 'two lines that are alike are two lines').toEqual([
      first,
      first,
      { price: 2 },
      { item: 'items 8', taxCode: 'taxes T2' },
    ]);
    const back = askThrough(steps.toReversed(), 'out', ours).map((wanted) => wanted.key);
    expect(new Set(back)).toEqual(
      new Set(['row books.taxes taxes T1', 'row books.taxes taxes T2', 'row books.items items 7', 'row books.items items 8']),
    );
  });
});

describe('a use is checked before it works', () => {
  const field = (kind: Kind, more?: Partial<Field>): Field => ({ kind, title: 'Theirs', ...more });
  test.each<[string, CodecUse, Field, RegExp]>([
    ['unknown codec', 'trimm', field('text'), /trim, lower/],
    ['inherited name', 'constructor', field('text'), /trim, lower/],
    ['two in one', { trim: {}, lower: {} }, field('text'), /one codec/],
    ['unknown argument', { trim: { hard: true } }, field('text'), /hard/],
    ['wrong argument', { money: { currency: 'euro' } }, field('text'), /./],
    ['no zone', { zoned: { zone: 'Mars/Olympus' } }, field('instant'), /time zone/],
    ['wrong kind', 'trim', field('number'), /text, email/],
    ['no such part', { each: { field: 'nope', via: 'trim' } }, field('list', { of: { value: field('text') } }), /value/],
    ['wrong within', { each: { field: 'value', via: 'number' } }, field('list', { of: { value: field('flag') } }), /text, email/],
    ['no such object', { find: { object: 'planet' } }, field('text'), /contact, company/],
    ['no such key', { find: { object: 'company', by: 'notes' } }, field('text'), /name/],
    [
      'default without counterpart',
      { table: { map: { A: 'a' }, unmapped: 'default', default: 'b' } },
      field('text'),
      /counterpart/,
    ],
  ])('%s', (_, use, theirs, allowed) => {
    const made = checkUse(use, theirs);
    expect(made).not.toHaveProperty('kind');
    expect((made as { allowed: string }).allowed).toMatch(allowed);
  });
  test('what codecs make of a field', () => {
    expect(fieldThrough(['trim', { date: { format: 'YYYY/MM/DD' } }], field('text'))).toMatchObject({ kind: 'date' });
    expect(fieldThrough({ find: { object: 'company' } }, field('text'))).toMatchObject({ kind: 'ref', to: 'company' });
    expect(readUse({ trim: {} })).toEqual({ name: 'trim', args: {} });
  });
});

test('equal is the measure: a phone in E.164 is the number it was', () => {
  expect(equal({ kind: 'phone', title: '' }, through(ready('e164'), 'in', '+1 415-555-2671'), '+14155552671')).toBe(true);
});
