import type { Call } from '../kit/server.ts';
import { badRequest, stateLost } from './errors.ts';
import { TYPES } from './schema.ts';
import type { Thing } from './thing.ts';

/** Is an id to be given that outlives a move? */
export function wantsImmutable({ headers }: Pick<Call, 'headers'>): boolean {
  return preferences(headers.prefer).some((one) => /^idtype="?immutableid"?$/i.test(one));
}

/** The value of a preference, without its quotes. */
export function preference({ headers }: Pick<Call, 'headers'>, name: string): string | undefined {
  const found = preferences(headers.prefer).find((one) => one.toLowerCase().startsWith(`${name.toLowerCase()}=`));
  return found?.slice(name.length + 1).replaceAll('"', '');
}

function preferences(header: string | string[] | undefined): string[] {
  return String(header ?? '')
    .split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/)
    .map((one) => one.trim());
}

/** The members that `$select` names; undefined: all. */
export function selectOf(text: string | null, type: string): readonly string[] | undefined {
  if (text === null) return undefined;
  const names = text.split(',').map((one) => one.trim());
  const known = new Set([
    ...Object.keys(TYPES[type] ?? {}),
    'id',
    'createdDateTime',
    'lastModifiedDateTime',
    'changeKey',
    'parentFolderId',
  ]);
  const unknown = names.find((name) => !known.has(name));
  if (unknown !== undefined)
    throw badRequest(
      `Could not find a property named '${unknown}' on type 'microsoft.graph.${type}'.`,
      'RequestBroker--ParseUri',
    );
  return names;
}

/** Ids are always given, and etags where there are some. */
export function selected(thing: Thing, select: readonly string[] | undefined): Thing {
  if (select === undefined) return thing;
  return Object.fromEntries(
    Object.entries(thing).filter(([name]) => name.startsWith('@') || name === 'id' || select.includes(name)),
  );
}

export function topOf(query: URLSearchParams, usual: number, most: number): number {
  const text = query.get('$top');
  if (text === null) return usual;
  const top = Number(text);
  if (!Number.isInteger(top) || top < 1 || top > most)
    throw badRequest(`Invalid value '${text}' for $top: between 1 and ${most}.`, 'ErrorInvalidUrlQuery');
  return top;
}

/** Only these parameters are known here; others are told, as with change tracking. */
export function onlyParameters(query: URLSearchParams, known: readonly string[], what: string): void {
  const strange = [...query.keys()].find((name) => !known.some((one) => one.toLowerCase() === name.toLowerCase()));
  if (strange !== undefined)
    throw badRequest(`The following parameters are not supported with ${what}: '${strange}'.`, 'ErrorInvalidUrlQuery');
}

/** Ids that an `$expand` of extended properties asks for. */
export function expandedOf(text: string | null): string[] {
  if (text === null) return [];
  const inner = /^singleValueExtendedProperties\(\$filter=(.*)\)$/i.exec(text)?.[1];
  const ids =
    inner === undefined ? [] : [...inner.matchAll(/id eq '((?:[^']|'')*)'/g)].map(([, id = '']) => id.replaceAll("''", "'"));
  if (ids.length === 0) throw badRequest('The query specified in the URI is not valid: $expand.', 'ErrorInvalidUrlQuery');
  return ids;
}

/** What a link bears: opaque to everybody else. */
export interface Token {
  place: string;
  after: number;
  /** A page within a round: where it ends. Absent: the next round begins after `after`. */
  until?: number;
  /** What came before: a first round shows no tombstones. */
  first?: true;
  size: number;
  select?: readonly string[];
  generation: number;
  issued: number;
  more?: { readonly [name: string]: string };
}

export function encode(token: Token): string {
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

/** Throws 410 for one of a generation that is forgotten. */
export function decode(text: string, place: string, generation: number): Token {
  let token: Token;
  try {
    token = JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    throw badRequest('Badly formed token.', 'BadRequest');
  }
  if (token?.place !== place) throw badRequest('Badly formed token.', 'BadRequest');
  if (token.generation < generation) throw stateLost();
  return token;
}
