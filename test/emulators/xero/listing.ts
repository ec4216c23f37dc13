import type { Json } from '#kit/fields.ts';
import type { Call } from '../kit/server.ts';
import { refuse } from './errors.ts';
import { ID, type Kind, type Ledger, type Organisation } from './ledger.ts';
import { present, type Showing } from './present.ts';
import { type Body, bodies, body } from './wire.ts';

export interface Listing {
  kind: Kind;
  /** Rows of a page where no size is asked for; absent: the list has no pages. */
  page?: number;
  /** Largest page. */
  most?: number;
  /** Query parameters that name ids, and the member each is about. */
  ids?: { readonly [parameter: string]: string };
}

export interface Listed {
  rows: Body[];
  pagination?: { page: number; pageSize: number; pageCount: number; itemCount: number };
}

/**
 * A list as the service gives it: changed since, filtered, ordered, and by pages only where a page is asked for. Deleted and voided
 * documents are in it; archived contacts only on demand.
 */
export function list(ledger: Ledger, of: Organisation, listing: Listing, call: Call): Listed {
  const { query } = call;
  const asked = query.get('page');
  const paged = listing.page !== undefined && asked !== null;
  const found = order(
    ledger.list(of, listing.kind).filter((one) => isWanted(one, listing, call)),
    query.get('order'),
    listing.kind,
  );
  const showing: Showing = {
    full: listing.page === undefined || (paged && query.get('summaryOnly') !== 'true'),
    decimals: query.get('unitdp') === '4' ? 4 : 2,
  };
  const show = (object: Body) => present(ledger, of, listing.kind, object, showing);
  if (!paged) return { rows: found.map(show) };
  const size = Math.min(Number(query.get('pageSize') ?? listing.page), listing.most ?? listing.page!);
  const page = Number(asked);
  if (!Number.isInteger(page) || page < 1 || !(size >= 1))
    throw refuse(400, 16, 'QueryParseException', 'Invalid page or pageSize');
  const pagination = { page, pageSize: size, pageCount: Math.ceil(found.length / size), itemCount: found.length };
  const rows = found.slice((page - 1) * size, page * size).map(show);
  // Quotes have pages and say nothing of them.
  return listing.most === undefined ? { rows } : { rows, pagination };
}

function isWanted(object: Body, { kind, ids = {} }: Listing, { query, headers }: Call): boolean {
  const since = headers['if-modified-since'];
  if (since !== undefined && Number(object.UpdatedDateUTC) < sinceOf(since)) return false;
  for (const [parameter, member] of Object.entries(ids)) {
    const wanted = query.get(parameter);
    if (wanted === null) continue;
    const value = member.split('.').reduce<Json | undefined>((at, name) => body(at)[name], object);
    if (!wanted.toLowerCase().split(',').includes(String(value).toLowerCase())) return false;
  }
  if (kind === 'Contacts' && object.ContactStatus === 'ARCHIVED' && query.get('includeArchived') !== 'true') return false;
  const where = query.get('where');
  return where === null || where === '' || where.split(/\s+AND\s+/i).every((term) => holds(object, term.trim()));
}

/** UTC, to the second. */
function sinceOf(text: string): number {
  const ms = Date.parse(/Z|GMT|[+-]\d{2}:?\d{2}$/.test(text) ? text : `${text}Z`);
  if (Number.isNaN(ms)) throw refuse(400, 16, 'QueryParseException', `If-Modified-Since ${text} is no date`);
  return Math.floor(ms / 1000) * 1000;
}

/** `Status=="PAID"`, `Date>=DateTime(2026,01,01)`, `Contact.ContactID==guid("…")`, `AmountDue>0`. */
function holds(object: Body, term: string): boolean {
  const parts = /^([\w.]+)\s*(==|!=|>=|<=|>|<)\s*(.+)$/.exec(term);
  if (parts === null) throw refuse(400, 16, 'QueryParseException', `The where clause '${term}' cannot be parsed`);
  const [, path = '', operator = '', written = ''] = parts;
  const value = path.split('.').reduce<Json | undefined>((at, name) => body(at)[name], object) ?? null;
  const other = literal(written.trim());
  const [a, b] = [comparable(value), comparable(other)];
  switch (operator) {
    case '==':
      return a === b;
    case '!=':
      return a !== b;
    default:
      if (a === null || b === null) return false;
      return operator === '>=' ? a >= b : operator === '<=' ? a <= b : operator === '>' ? a > b : a < b;
  }
}

function comparable(value: Json): string | number | boolean | null {
  if (typeof value === 'string') return value.toLowerCase();
  return typeof value === 'object' ? null : value;
}

function literal(text: string): Json {
  const quoted = /^(?:guid\()?"((?:\\.|[^"\\])*)"\)?$/i.exec(text)?.[1];
  if (quoted !== undefined) return quoted.replace(/\\(.)/g, '$1');
  const date = /^DateTime\((\d+),\s*(\d+),\s*(\d+)\)$/i.exec(text);
  if (date !== null) return `${date[1]}-${date[2]!.padStart(2, '0')}-${date[3]!.padStart(2, '0')}`;
  if (text === 'true' || text === 'false') return text === 'true';
  if (text === 'null') return null;
  if (!Number.isNaN(Number(text))) return Number(text);
  throw refuse(400, 16, 'QueryParseException', `The value '${text}' cannot be parsed`);
}

function order(objects: Body[], by: string | null, kind: Kind): Body[] {
  const [member = ID[kind], way = 'ASC'] = (by ?? '').split(/\s+/).filter((part) => part !== '');
  const sign = way.toUpperCase() === 'DESC' ? -1 : 1;
  const sorted = (object: Body) => object[member] ?? '';
  if (by === null) return objects;
  return objects.toSorted((a, b) => {
    const [left, right] = [sorted(a), sorted(b)];
    if (left === right) return String(a[ID[kind]]) < String(b[ID[kind]]) ? -1 : 1;
    return left < right ? -sign : sign;
  });
}

/** What an organisation's tracking categories look like. */
export function trackingCategories({ tracking }: Organisation): Body[] {
  return tracking.map(({ Options, ...category }) => ({
    ...category,
    Status: 'ACTIVE',
    Options: bodies(Options.map((option) => ({ ...option, Status: 'ACTIVE' }))),
  }));
}
