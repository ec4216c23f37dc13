/** The query language: SELECT … FROM Entity [WHERE c AND c] [ORDERBY f] [STARTPOSITION n] [MAXRESULTS n]. */
import type { Json } from '#kit/fields.ts';
import { badParse, badQuery } from './faults.ts';
import { memberOf, valueAt } from './shapes.ts';
import { type Thing, thing } from './thing.ts';

export interface Query {
  entity: string;
  count: boolean;
  where: readonly Condition[];
  orderBy: readonly { path: string[]; descending: boolean }[];
  start: number;
  most: number;
}

interface Condition {
  path: string[];
  operator: '=' | '<' | '>' | '<=' | '>=' | 'IN' | 'LIKE';
  values: readonly string[];
}

type Token = { text: string; quoted: boolean };

/** Fields that may be asked for; others exist and are refused (4001). */
const FILTERABLE: ReadonlySet<string> = new Set(
  'id metadata.createtime metadata.lastupdatedtime active displayname givenname middlename familyname companyname primaryemailaddr.address balance name sku type description docnumber txndate duedate customerref.value customerref totalamt paymentrefnum accounttype hidden attachableref.entityref.type attachableref.entityref.value parentref.value notes txnstatus emailstatus'.split(
    ' ',
  ),
);

const SORTABLE: ReadonlySet<string> = new Set(
  'id metadata.createtime metadata.lastupdatedtime displayname givenname middlename familyname name sku description txndate docnumber'.split(
    ' ',
  ),
);

/** Reads a query. Throws 4001 with the service's words. `entities`: those one can ask for; their case counts. */
export function parseQuery(source: string, entities: ReadonlySet<string>): Query {
  const tokens = tokensOf(source);
  let at = 0;
  const peek = () => tokens[at]?.text.toUpperCase();
  const word = (wanted: string) => !tokens[at]?.quoted && peek() === wanted && at++ >= 0;
  const need = (wanted: string) => {
    if (!word(wanted))
      throw badParse(`Encountered " "${tokens[at]?.text ?? '<EOF>'}" at position ${at}. Was expecting: "${wanted}"`);
  };
  const next = () => tokens[at++] ?? { text: '', quoted: false };

  need('SELECT');
  const count = word('COUNT');
  if (count) {
    need('(');
    need('*');
    need(')');
  } else need('*');
  need('FROM');
  const entity = next().text;
  if (!entities.has(entity)) throw badQuery(`invalid context declaration: ${entity}`);
  const field = (allowed: ReadonlySet<string>, doing: string) => {
    const { text } = next();
    const path = memberOf(entity, text);
    if (path === undefined) throw badQuery(`Property ${text} not found for Entity ${entity}`);
    if (!allowed.has(path.join('.').toLowerCase())) throw badQuery(`property '${text}' is not ${doing}`);
    return path;
  };
  const where: Condition[] = [];
  if (word('WHERE')) {
    do where.push(condition(field(FILTERABLE, 'queryable'), next, word, need));
    while (word('AND'));
    if (peek() === 'OR') throw badParse('Encountered "OR"; only AND is supported');
  }
  const orderBy: { path: string[]; descending: boolean }[] = [];
  let [start, most] = [1, 100];
  while (at < tokens.length) {
    if (word('ORDERBY') || (word('ORDER') && word('BY'))) {
      do {
        const path = field(SORTABLE, 'sortable');
        const descending = word('DESC');
        if (!descending) word('ASC');
        orderBy.push({ path, descending });
      } while (word(','));
    } else if (word('STARTPOSITION')) start = natural(next().text, 'value', 1, Number.MAX_SAFE_INTEGER);
    else if (word('MAXRESULTS')) most = natural(next().text, 'max results', 1, 1000);
    else throw badParse(`Encountered " "${tokens[at]?.text}"`);
  }
  return { entity, count, where, orderBy, start, most };
}

function condition(path: string[], next: () => Token, word: (w: string) => boolean, need: (w: string) => void): Condition {
  if (word('IN')) {
    need('(');
    const values: string[] = [];
    do values.push(literal(next()));
    while (word(','));
    need(')');
    return { path, operator: 'IN', values };
  }
  const { text } = next();
  const operator = text.toUpperCase();
  if (!['=', '<', '>', '<=', '>=', 'LIKE'].includes(operator)) throw badParse(`Encountered " "${text}"; not an operator`);
  return { path, operator: operator as Condition['operator'], values: [literal(next())] };
}

function literal({ text, quoted }: Token): string {
  if (quoted || /^-?[\d.]+$/.test(text) || /^(true|false)$/i.test(text)) return text;
  throw badParse(`Encountered " "${text}"; a value is quoted`);
}

function natural(text: string, what: string, least: number, most: number): number {
  const n = Number(text);
  if (!Number.isInteger(n)) throw badParse(`Encountered " "${text}"; a number is expected`);
  if (n < least) throw badQuery(`${what} ${n} is too small. Min allowed is ${least}`);
  if (n > most) throw badQuery(`${what} ${n} is too large. Max allowed is ${most}`);
  return n;
}

function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  const pattern = /\s*(?:'((?:\\.|[^'\\])*)'|([A-Za-z_][\w.]*)|(-?\d[\d.]*)|(<=|>=|=|<|>|\(|\)|,|\*))/y;
  const all = source.trim();
  while (pattern.lastIndex < all.length) {
    const from = pattern.lastIndex;
    const found = pattern.exec(all);
    if (found === null) throw badParse(`Lexical error at position ${from}: ${all.slice(from, from + 20)}`);
    const quoted = found[1] !== undefined;
    tokens.push({ quoted, text: quoted ? found[1]!.replace(/\\(.)/g, '$1') : (found[2] ?? found[3] ?? found[4] ?? '') });
  }
  return tokens;
}

/** What a query gives of all there is: only active things, unless it asks for `Active`. */
export function select(query: Query, all: Iterable<Thing>): Thing[] {
  const asksActive = query.where.some(({ path }) => path[0] === 'Active');
  const found = [...all].filter(
    (one) => (asksActive || one.Active !== false) && query.where.every((wanted) => holds(wanted, valueAt(one, wanted.path))),
  );
  if (query.orderBy.length === 0) return found;
  const keys = new Map(found.map((one) => [one, query.orderBy.map(({ path }) => comparable(valueAt(one, path)))]));
  return found.sort((a, b) => {
    for (const [i, { descending }] of query.orderBy.entries()) {
      const order = compare(keys.get(a)![i]!, keys.get(b)![i]!);
      if (order !== 0) return descending ? -order : order;
    }
    return 0;
  });
}

function holds({ operator, values, path }: Condition, value: Json | undefined): boolean {
  const found = comparable(Object.keys(thing(value)).length > 0 ? thing(value).value : value);
  const isTime = /Time$/.test(path.at(-1) ?? '');
  const wanted = values.map((one) => (isTime ? Date.parse(one) : typeof found === 'number' ? Number(one) : one.toLowerCase()));
  if (operator === 'IN') return wanted.includes(found);
  if (operator === 'LIKE') return likeness(values[0]!).test(String(found));
  const order = compare(found, wanted[0]!);
  return { '=': order === 0, '<': order < 0, '>': order > 0, '<=': order <= 0, '>=': order >= 0 }[operator];
}

function likeness(pattern: string): RegExp {
  return new RegExp(
    `^${pattern
      .split('%')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
    'i',
  );
}

/** Times compare as moments, whatever their offset. */
function comparable(value: Json | undefined): string | number {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') return '';
  return /^\d{4}-\d{2}-\d{2}T/.test(value) ? Date.parse(value) : value.toLowerCase();
}

function compare(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
