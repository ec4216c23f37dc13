import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Field, Fields, Values } from '#kit/fields.ts';
import { compileCondition, compileFormula, FormulaError } from '#mappings/formula.ts';

const row: Fields = {
  Name: { kind: 'text', title: 'Name' },
  Active: { kind: 'flag', title: 'Active' },
  Total: { kind: 'money', title: 'Total' },
  Paid: { kind: 'money', title: 'Paid' },
  Rate: { kind: 'number', title: 'Rate' },
  Due: { kind: 'date', title: 'Due' },
  Changed: { kind: 'instant', title: 'Changed' },
  Start: { kind: 'zoned', title: 'Start' },
  Extra: { kind: 'json', title: 'Extra' },
  'Deal size': { kind: 'number', title: 'Deal size' },
  Lines: {
    kind: 'lines',
    title: 'Lines',
    of: { amount: { kind: 'money', title: 'Amount' }, text: { kind: 'text', title: 'Text' } },
  },
};
const now = Date.parse('2026-07-01T12:00:00Z');
const kinds = (kind: Field['kind']): Field => ({ kind, title: 'Ours' });
const eur = (amount: string) => ({ amount, currency: 'EUR' });

const compute = (text: string, values: Values = {}, kind?: Field['kind']) =>
  compileFormula(text, { row }, kind && kinds(kind)).compute({ row: values, now });
const value = (text: string, values: Values = {}, kind?: Field['kind']) => {
  const { value: result, problem } = compute(text, values, kind);
  expect(problem).toBeUndefined();
  return result;
};

describe('numbers and money are exact', () => {
  test.each<[string, Values, unknown]>([
    ['0.1 + 0.2', {}, 0.3],
    ['0.1 + 0.2 == 0.3', {}, true],
    ['15 / 100', {}, 0.15],
    ['row.Rate * 3', { Rate: 0.1 }, 0.3],
    ['row.Total * 0.1', { Total: eur('12.30') }, eur('1.23')],
    ['row.Total * (15 / 100)', { Total: eur('19.99') }, eur('2.9985')],
    ['round(row.Total * 0.15, 2)', { Total: eur('19.99') }, eur('3')],
    ['row.Total - row.Paid', { Total: eur('0.3'), Paid: eur('0.1') }, eur('0.2')],
    ['row.Total / row.Paid', { Total: eur('1'), Paid: eur('3') }, 0.3333333333333333],
    ['row.Total > 100', { Total: eur('100.01') }, true],
    ['row.Total.amount', { Total: eur('12.30') }, 12.3],
    ['string(row.Total.amount)', { Total: eur('9007199254740993.01') }, '9007199254740993.01'],
    ['sum(row.Lines.map(l, l.amount))', { Lines: [{ amount: eur('0.1') }, { amount: eur('0.2') }] }, eur('0.3')],
    ['money(decimal("12.50") + 1, "USD")', {}, { amount: '13.5', currency: 'USD' }],
    ['-1.5 * 2', {}, -3],
    ['7 / 2', {}, 3.5],
    ['1e-2 * 3.0', {}, 0.03],
    ['abs(0.0 - 2.5)', {}, 2.5],
  ])('%s', (text, values, expected) => expect(value(text, values)).toEqual(expected));

  test('whatever the decimals', () => {
    const cents = fc.integer({ min: -1e12, max: 1e12 });
    const decimal = (n: number) =>
      `${n < 0 ? '-' : ''}${Math.trunc(Math.abs(n) / 100)}.${String(Math.abs(n) % 100).padStart(2, '0')}`;
    const sum = compileFormula('row.Total + row.Paid - row.Paid', { row });
    fc.assert(
      fc.property(cents, cents, (a, b) => {
        const result = sum.compute({ row: { Total: eur(decimal(a)), Paid: eur(decimal(b)) }, now }).value as { amount: string };
        expect(BigInt(Math.round(Number(result.amount) * 100))).toBe(BigInt(a));
      }),
    );
  });
});

describe('the language', () => {
  test.each<[string, Values, unknown]>([
    ['= row.Name.trim() + "!"', { Name: ' Ada ' }, 'Ada!'],
    ['row.Active ? "yes" : "no"', { Active: true }, 'yes'],
    ['row.Lines.exists(l, l.text.contains("x"))', { Lines: [{ text: 'axb' }] }, true],
    ['row["Deal size"] * 2', { 'Deal size': 2 }, 4],
    ['row.Changed > timestamp("2026-01-01T00:00:00Z")', { Changed: '2026-02-01T00:00:00.000Z' }, true],
    ['row.Name.split(",", 2)[1]', { Name: 'a,b,c' }, 'b,c'],
    ['now', {}, '2026-07-01T12:00:00.000Z'],
    ['row.Start.zone', { Start: { local: '2026-07-01T09:00:00', zone: 'Europe/Berlin' } }, 'Europe/Berlin'],
    ['row.Extra.deep[0].n + 1', { Extra: { deep: [{ n: 0.5 }] } }, 1.5],
    ['has(row.Total)', {}, false],
    ['row.Due < "2026-07-01"', { Due: '2026-06-30' }, true],
  ])('%s', (text, values, expected) => expect(value(text, values)).toEqual(expected));

  test('blank texts, flags and lists are empty values; other blanks make the formula blank', () => {
    expect(value('row.Name == "" && !row.Active && size(row.Lines) == 0')).toBe(true);
    expect(value('row.Total * 0.1')).toBeUndefined();
    expect(value('row.Due < "2026"')).toBeUndefined();
    expect(value('row.Lines[3].text', { Lines: [] })).toBeUndefined();
  });
});

describe('an error in the text is found when it is compiled, with its place and the names there are', () => {
  test.each<[string, RegExp, string]>([
    ['row.Totl * 2', /row has Name, Active, Total/, 'Totl'],
    ['rows.Total', /there are row, now/, 'rows'],
    ['row.Total + "a"', /Money \+ string/, 'row.Total + "a"'],
    ['row.Lines.map(l, l.amout)', /amout/, 'amout'],
    ['row.Name.matches("(a+)+$")', /for ever/, 'row.Name.matches("(a+)+$")'],
    ['double("0.1")', /inexact/, 'double("0.1")'],
    ['has(row.Name)', /row.Name != ""/, 'has(row.Name)'],
    ['record.name', /there are row, now/, 'record'],
    ['row.Name.split("")', /most parts/, 'row.Name.split("")'],
    ['dyn(row.Name)', /not offered/, 'dyn(row.Name)'],
    ['[row].map(r, r.Name)', /no value of its own/, '[row]'],
    ['row.Lines.map(row, row.text)', /no value of its own/, 'row.Lines.map(row, row.text)'],
  ])('%s', (text, message, place) => {
    const error = failing(() => compileFormula(text, { row }));
    expect(error.message).toMatch(message);
    expect(error.source.slice(error.at, error.end)).toBe(place);
  });
  test('syntax, size and nesting', () => {
    expect(failing(() => compileFormula('row.Total *', { row })).at).toBeGreaterThan(0);
    failing(() => compileFormula('', { row }));
    failing(() => compileFormula(`1${' + 1'.repeat(600)}`, { row }));
    failing(() => compileFormula('('.repeat(500) + 1 + ')'.repeat(500), { row }));
    const loop = 'row.Lines.exists(a, row.Lines.exists(b, row.Lines.exists(c, true)))';
    expect(failing(() => compileFormula(loop, { row })).message).toMatch(/too long/);
  });
  test('a result that the field cannot hold', () => {
    expect(failing(() => compileFormula('row.Rate', { row }, kinds('money'))).message).toMatch(/money\(12.5, "EUR"\)/);
    expect(failing(() => compileFormula('row.Total', { row }, kinds('number'))).message).toMatch(/\.amount/);
    expect(failing(() => compileCondition('row.Name', { row })).message).toMatch(/true or false/);
  });
});

function failing(work: () => unknown): FormulaError {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(FormulaError);
    return error as FormulaError;
  }
  throw new Error('it was compiled');
}

describe('texts that would grow beyond what a hub can hold are a problem of their row', () => {
  const long = 'x'.repeat(500_000);
  const lines = Array.from({ length: 100 }, () => ({ text: 'y' }));
  test.each<[string, Values]>([
    [Array.from({ length: 130 }, () => 'row.Name').join('+'), { Name: long }],
    ['row.Lines.map(a, row.Name + a.text).join(", ")', { Name: long, Lines: [...lines, ...lines] }],
    ['row.Lines.map(a, row.Lines.map(b, row.Name).join("")).join("")', { Name: long, Lines: lines }],
    ['row.Lines.map(a, a.text).join(row.Name)', { Name: long, Lines: [...lines, ...lines] }],
    ['[row.Name].map(a, a + a + a + a + a + a + a + a).map(b, b + b + b + b + b + b + b + b)', { Name: long }],
  ])('%s', (text, values) => expect(compute(text, values).problem).toMatch(/too long a text/));
  test('what grows within reason is computed', () => {
    expect(value('row.Lines.exists(a, row.Name.contains(a.text))', { Name: long, Lines: lines.slice(0, 5) })).toBe(false);
    const many = Array.from({ length: 1_000 }, (_, n) => ({ text: `somebody-${n}@example.com` }));
    expect(value('row.Lines.map(a, a.text).join(", ")', { Lines: many })).toHaveLength(
      many.map((line) => line.text).join(', ').length,
    );
    expect(value('row.Name + "!"', { Name: long })).toHaveLength(500_001);
  });
});

test.each<[string, Field['kind'], Partial<Field>]>([
  ['"2023-02-30"', 'date', {}],
  ['"green"', 'choice', { options: ['red'] }],
  ['"four"', 'text', { max: 3 }],
  ['"\\x00"', 'text', {}],
  ['row.Name.substring(0, 1)', 'text', {}],
  ['"nobody"', 'ref', { to: 'company' }],
  ['1e30 * 1.5', 'money', {}],
])('%s gives nothing that a %s can hold', (text, kind, more) => {
  const formula = compileFormula(kind === 'money' ? `money(${text}, "EUR")` : text, { row }, { ...kinds(kind), ...more });
  expect(formula.compute({ row: { Name: '😀' }, now }).problem).toMatch(/the formula gave/);
});

describe('what goes wrong with a value is a problem of that value', () => {
  test.each<[string, Values, RegExp]>([
    ['row.Rate / (row.Rate - row.Rate)', { Rate: 1 }, /division by zero/],
    ['row.Total + row.Paid', { Total: eur('1'), Paid: { amount: '1', currency: 'USD' } }, /EUR and USD do not mix/],
    ['decimal(row.Name)', { Name: 'twelve' }, /no plain decimal/],
    [
      'row.Lines.exists(a, row.Lines.exists(b, a.text != b.text))',
      { Lines: Array.from({ length: 200 }, () => ({ text: 'x' })) },
      /200 items.*100/,
    ],
    ['size(row.Lines)', { Lines: Array.from({ length: 5_000 }, () => ({ text: 'x' })) }, /5000 items/],
    ['row.Extra + 1', { Extra: 'text' }, /overload/],
    ['sum(row.Lines.map(l, l.amount))', {}, /no currency/],
    ['[decimal(row.Name)].map(a, a * a * a * a * a).map(b, b * b * b * b * b)', { Name: '1'.repeat(30) }, /digits/],
    ['1e300 * 1e300 * 1e300 * 1e300', {}, /digits/],
  ])('%s', (text, values, problem) => expect(compute(text, values).problem).toMatch(problem));

  test('no value makes a formula throw', () => {
    const formulas = [
      'row.Total * 0.1',
      'row.Name + "x"',
      'row.Extra.a.b',
      'sum(row.Lines.map(l, l.amount))',
      'row.Changed',
      'row.Start.zone',
      'row.Rate * 2',
    ].map((text) => compileFormula(text, { row }));
    fc.assert(
      fc.property(
        fc.constantFrom(...formulas),
        fc.dictionary(fc.constantFrom(...Object.keys(row)), fc.jsonValue()),
        (formula, values) => {
          formula.compute({ row: values as Values, now });
        },
      ),
    );
  });
});

describe('conditions', () => {
  test('a blank condition is false', () => {
    const condition = compileCondition('= row.Total > 5', { row });
    expect(condition({ row: {}, now })).toEqual({ holds: false });
    expect(condition({ row: { Total: eur('6') }, now })).toEqual({ holds: true });
    expect(condition.reads.row).toEqual(['Total']);
  });
  test('over both sides', () => {
    const condition = compileCondition('row.Active && record.vip', { row, record: { vip: { kind: 'flag', title: 'VIP' } } });
    expect(condition({ row: { Active: true }, record: { vip: true }, now }).holds).toBe(true);
  });
});
