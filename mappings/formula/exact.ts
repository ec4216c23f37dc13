/** Numbers of formulas: exact decimals, and money that knows its currency. Never binary floating point. */
import type { Environment } from '@marcbachmann/cel-js';
import BigFactory, { type Big } from 'big.js';

/** A constructor of our own, so that nobody else's settings change our division. */
export const Exact = BigFactory();
/** Quotients that never end are rounded, half up, to so many decimals. */
Exact.DP = 20;
Exact.RM = BigFactory.roundHalfUp;

export class Money {
  readonly amount: Big;
  readonly currency: string;
  constructor(amount: Big, currency: string) {
    this.amount = amount;
    this.currency = currency;
  }
}

/** What a formula cannot compute: told to the person, with the place of the formula. */
export class Uncomputable extends Error {}

const whole = (value: bigint): Big => new Exact(value.toString());

/** The amount of money, which must be in the currency of the other. */
function alike(money: Money, other: Money): Big {
  if (money.currency === other.currency) return money.amount;
  throw new Uncomputable(`${other.currency} and ${money.currency} do not mix: convert one of them first`);
}

function over(divisor: Big): Big {
  if (divisor.eq(0)) throw new Uncomputable('division by zero');
  return divisor;
}

function rounded(value: Big, decimals: bigint): Big {
  if (decimals < 0n || decimals > 20n) throw new Uncomputable(`round() takes 0 to 20 decimals, found ${decimals}`);
  return value.round(Number(decimals), BigFactory.roundHalfUp);
}

/** Digits of a number, and how far from its point they may lie: what multiplies itself stays quick, and fits in memory. */
const MOST_DIGITS = 100;
const FARTHEST = 1_000;

/** Is it small enough to be computed with? */
export function isWithin({ c, e }: Big): boolean {
  return c.length <= MOST_DIGITS && Math.abs(e) <= FARTHEST;
}

function within<T extends Big | Money>(value: T): T {
  if (isWithin(value instanceof Money ? value.amount : value)) return value;
  throw new Uncomputable(`a number has more than ${MOST_DIGITS} digits, or is beyond 1e${FARTHEST}; round() it first`);
}

/** Declares decimals and money, their operators and functions. Handlers get values of the types their signature names. */
export function declareNumbers(env: Environment): Environment {
  env.registerType('Decimal', { ctor: Exact, fields: {} });
  env.registerType('Money', { ctor: Money, fields: { amount: 'Decimal', currency: 'string' } });
  declareArithmetic(env);
  declareComparison(env);
  declareFunctions(env);
  return env;
}

function declareArithmetic(env: Environment): void {
  const declare = (...[signature, work]: Parameters<Environment['registerOperator']>): void => {
    env.registerOperator(signature, (a, b) => within(work(a, b)));
  };
  declare('-Decimal: Decimal', (a: Big) => a.neg());
  declare('-Money: Money', (a: Money) => new Money(a.amount.neg(), a.currency));
  declare('Decimal + Decimal: Decimal', (a: Big, b: Big) => a.plus(b));
  declare('Decimal - Decimal: Decimal', (a: Big, b: Big) => a.minus(b));
  declare('Decimal * Decimal: Decimal', (a: Big, b: Big) => a.times(b));
  declare('Decimal / Decimal: Decimal', (a: Big, b: Big) => a.div(over(b)));
  declare('Decimal + int: Decimal', (a: Big, b: bigint) => a.plus(whole(b)));
  declare('Decimal - int: Decimal', (a: Big, b: bigint) => a.minus(whole(b)));
  declare('Decimal * int: Decimal', (a: Big, b: bigint) => a.times(whole(b)));
  declare('Decimal / int: Decimal', (a: Big, b: bigint) => a.div(over(whole(b))));
  declare('int + Decimal: Decimal', (a: bigint, b: Big) => whole(a).plus(b));
  declare('int - Decimal: Decimal', (a: bigint, b: Big) => whole(a).minus(b));
  declare('int * Decimal: Decimal', (a: bigint, b: Big) => whole(a).times(b));
  declare('int / Decimal: Decimal', (a: bigint, b: Big) => whole(a).div(over(b)));
  declare('Money + Money: Money', (a: Money, b: Money) => new Money(a.amount.plus(alike(b, a)), a.currency));
  declare('Money - Money: Money', (a: Money, b: Money) => new Money(a.amount.minus(alike(b, a)), a.currency));
  declare('Money / Money: Decimal', (a: Money, b: Money) => a.amount.div(over(alike(b, a))));
  declare('Money * Decimal: Money', (a: Money, b: Big) => new Money(a.amount.times(b), a.currency));
  declare('Decimal * Money: Money', (a: Big, b: Money) => new Money(b.amount.times(a), b.currency));
  declare('Money / Decimal: Money', (a: Money, b: Big) => new Money(a.amount.div(over(b)), a.currency));
  declare('Money * int: Money', (a: Money, b: bigint) => new Money(a.amount.times(whole(b)), a.currency));
  declare('int * Money: Money', (a: bigint, b: Money) => new Money(b.amount.times(whole(a)), b.currency));
  declare('Money / int: Money', (a: Money, b: bigint) => new Money(a.amount.div(over(whole(b))), a.currency));
}

const orders: readonly [string, (order: number) => boolean][] = [
  ['<', (order) => order < 0],
  ['<=', (order) => order <= 0],
  ['>', (order) => order > 0],
  ['>=', (order) => order >= 0],
];

type Comparable = Big | bigint | Money;

function magnitude(value: Comparable): Big {
  if (value instanceof Money) return value.amount;
  return typeof value === 'bigint' ? whole(value) : value;
}

/** Money compares with money of its currency, and with bare numbers by its amount. */
function declareComparison(env: Environment): void {
  const order = (a: Comparable, b: Comparable): number => {
    return magnitude(a).cmp(a instanceof Money && b instanceof Money ? alike(b, a) : magnitude(b));
  };
  const pairs = ['Decimal', 'int', 'Money'].flatMap((left) => ['Decimal', 'int', 'Money'].map((right) => [left, right] as const));
  for (const [left, right] of pairs) {
    if (left === 'int' && right === 'int') continue;
    for (const [operator, holds] of orders)
      env.registerOperator(`${left} ${operator} ${right}: bool`, (a, b) => holds(order(a, b)));
  }
  env.registerOperator('Decimal == Decimal: bool', (a: Big, b: Big) => a.eq(b));
  env.registerOperator('Decimal == int: bool', (a: Big, b: bigint) => a.eq(whole(b)));
  env.registerOperator('Money == Money: bool', (a: Money, b: Money) => a.currency === b.currency && a.amount.eq(b.amount));
}

function declareFunctions(env: Environment): void {
  env.registerFunction('round(Decimal, int): Decimal', (value: Big, decimals: bigint) => rounded(value, decimals));
  env.registerFunction(
    'round(Money, int): Money',
    (value: Money, decimals: bigint) => new Money(rounded(value.amount, decimals), value.currency),
  );
  env.registerFunction('abs(Decimal): Decimal', (value: Big) => value.abs());
  env.registerFunction('abs(Money): Money', (value: Money) => new Money(value.amount.abs(), value.currency));
  env.registerFunction('money(Decimal, string): Money', (amount: Big, currency: string) => new Money(amount, currency));
  env.registerFunction('money(int, string): Money', (amount: bigint, currency: string) => new Money(whole(amount), currency));
  env.registerFunction('decimal(string): Decimal', (text: string) => read(text));
  env.registerFunction('decimal(int): Decimal', (value: bigint) => whole(value));
  env.registerFunction('string(Decimal): string', (value: Big) => value.toFixed());
  env.registerFunction('string(Money): string', (value: Money) => `${value.amount.toFixed()} ${value.currency}`);
  env.registerFunction('sum(list<Decimal>): Decimal', (values: readonly Big[]) =>
    values.reduce((sum, value) => sum.plus(value), new Exact(0)),
  );
  env.registerFunction('sum(list<Money>): Money', (values: readonly Money[]) => {
    const [first, ...rest] = values;
    if (first === undefined) throw new Uncomputable('sum() of no money has no currency');
    return rest.reduce((sum, money) => new Money(sum.amount.plus(alike(money, sum)), sum.currency), first);
  });
}

function read(text: string): Big {
  if (!/^[+-]?\d{1,30}(\.\d{1,30})?$/.test(text.trim()))
    throw new Uncomputable(`${JSON.stringify(text.slice(0, 40))} is no plain decimal number`);
  return new Exact(text.trim());
}
