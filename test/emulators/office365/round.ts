import type { Answer } from '../kit/server.ts';
import { badRequest, json } from './errors.ts';
import { decode, encode, onlyParameters, preference, selectOf, type Token } from './odata.ts';
import type { Entry, Shelf } from './shelf.ts';
import type { Thing } from './thing.ts';
import type { Visit } from './visit.ts';

export interface Round {
  shelf: Shelf;
  /** Folder, calendar or list. */
  place: string;
  /** Under the version: `me/contacts/delta`. */
  path: string;
  type: string;
  /** `Contacts`, for what is refused. */
  what: string;
  /** Parameters of the first request beside `$select`, which the token keeps. */
  first?: readonly string[];
  /** A calendar view takes no `$select`. */
  noSelect?: true;
  show(entry: Exclude<Entry, { removed: string }>, select: readonly string[] | undefined, token: Token): Thing[];
}

/** Most things on a page, whatever is wished. */
const MOST = 500;
const USUAL = 10;

/** A page of a round of changes: from a first request, a nextLink or a deltaLink, each taken as it was given. */
export function answerRound(visit: Visit, round: Round): Answer {
  const { account, call, root, now } = visit;
  const { query } = call;
  const given = query.get('$skiptoken') ?? query.get('$deltatoken');
  let token: Token;
  if (given !== null) {
    onlyParameters(query, ['$skiptoken', '$deltatoken'], `change tracking over the '${round.what}' resource`);
    token = decode(given, round.place, account.generation);
  } else {
    onlyParameters(
      query,
      [...(round.noSelect ? [] : ['$select']), ...(round.first ?? [])],
      `change tracking over the '${round.what}' resource`,
    );
    const select = selectOf(query.get('$select'), round.type);
    const more = Object.fromEntries(
      [...query].filter(([name]) => name !== '$select').map(([name, value]) => [name.toLowerCase(), value]),
    );
    token = {
      place: round.place,
      after: 0,
      first: true,
      size: sizeOf(visit),
      generation: account.generation,
      issued: now,
      select,
      more,
    };
  }
  const until = token.until ?? round.shelf.head();
  const { entries, next } = round.shelf.page(round.place, token.after, until, sizeOf(visit), !token.first);
  const { first, until: _, ...kept } = token;
  const link: Token =
    next === undefined
      ? { ...kept, after: until, issued: now, generation: account.generation }
      : { ...token, after: next, until };
  const kind = next === undefined ? '@odata.deltaLink' : '@odata.nextLink';
  return json({
    '@odata.context': `${root}/$metadata#Collection(${round.type})`,
    [kind]: `${root}/${round.path}?${next === undefined ? '$deltatoken' : '$skiptoken'}=${encode(link)}`,
    value: entries.flatMap((entry) => {
      if (!('removed' in entry)) return round.show(entry, token.select, token);
      const id = visit.immutable ? entry.removed : entry.legacy;
      return [{ '@odata.type': `#microsoft.graph.${round.type}`, id, '@removed': { reason: 'deleted' } }];
    }),
  });
}

/** `Prefer: odata.maxpagesize`, which is a wish, and does not live in the link. */
function sizeOf({ call }: Visit): number {
  const wish = Number(preference(call, 'odata.maxpagesize') ?? USUAL);
  if (!Number.isInteger(wish) || wish < 1) throw badRequest('Bad page size.', 'ErrorInvalidRequest');
  return Math.min(wish, MOST);
}
