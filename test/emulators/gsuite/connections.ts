import type { Clock } from '../kit/clock.ts';
import { hash } from '../kit/random.ts';
import type { Answer, Call } from '../kit/server.ts';
import type { Account } from './account.ts';
import type { State } from './book.ts';
import { badRequest, expiredSyncToken, invalid, written } from './errors.ts';
import { maskOf, type View, viewOf } from './present.ts';

/** Sync tokens live seven days (people.connections.list). */
export const SYNC_TOKEN_LIFE = 7 * 24 * 3_600_000;

interface SyncToken {
  account: string;
  /** Position of the last change the bearer has seen. */
  seq: number;
  issued: number;
  generation: number;
  /** Fingerprint of the parameters that must be the same. */
  asked: number;
}

interface PageToken {
  account: string;
  /** Position (in change order) or offset (in another order) after which the page begins. */
  after: number;
  asked: number;
}

const ORDERS = ['LAST_MODIFIED_ASCENDING', 'LAST_MODIFIED_DESCENDING', 'FIRST_NAME_ASCENDING', 'LAST_NAME_ASCENDING'];

/** Is this the first page of a full sync, which has a quota of its own? */
export function beginsFullSync(call: Call): boolean {
  return !call.query.get('pageToken') && !call.query.get('syncToken');
}

/** `people.connections.list`: the account's contacts, or what changed since a sync token. */
export function listConnections(account: Account, call: Call, clock: Clock): Answer {
  const { query } = call;
  if (call.params[0] !== 'people/me') throw invalid('Invalid resource name. Only "people/me" is valid.');
  const [syncToken, pageToken] = [query.get('syncToken') ?? '', query.get('pageToken') ?? ''];
  const size = pageSizeOf(query.get('pageSize'));
  const order = query.get('sortOrder') ?? 'LAST_MODIFIED_ASCENDING';
  if (!ORDERS.includes(order))
    throw badRequest(
      `Invalid value at 'sort_order' (type.googleapis.com/google.people.v1.ListConnectionsRequest.SortOrder), ${JSON.stringify(order)}`,
      'sort_order',
    );
  const fields = maskOf(query.get('personFields') ?? query.get('requestMask.includeField') ?? '', 'personFields', 'read');
  const view = viewOf(fields, query.getAll('sources'), syncToken ? 'sync' : 'list');
  const lasting = hash([[...fields].sort().join(), query.getAll('sources').sort().join(), size, order].join(' '));
  const asked = hash([lasting, syncToken, query.get('requestSyncToken') ?? 'false'].join(' '));

  const since = syncToken ? readSyncToken(account, syncToken, lasting, clock) : 0;
  const after = pageToken ? readPageToken(account, pageToken, asked) : since;
  const until = account.book.head();
  const { states, next } =
    order === 'LAST_MODIFIED_ASCENDING'
      ? account.book.page(after, until, size, syncToken !== '')
      : sorted(account, order, after, size);
  const total = syncToken ? account.book.changes(since, until) : account.book.count();
  return answer(account, states, view, {
    total,
    nextPageToken: next === undefined ? undefined : encode({ account: account.id, after: next, asked } satisfies PageToken),
    nextSyncToken:
      next === undefined && query.get('requestSyncToken') === 'true'
        ? encode({
            account: account.id,
            seq: until,
            issued: clock.now(),
            generation: account.generation,
            asked: lasting,
          } satisfies SyncToken)
        : undefined,
  });
}

function answer(
  account: Account,
  states: readonly State[],
  view: View,
  ends: { total: number; nextPageToken?: string; nextSyncToken?: string },
): Answer {
  const tail: string[] = [];
  if (ends.nextPageToken) tail.push(`"nextPageToken":"${ends.nextPageToken}"`);
  if (ends.nextSyncToken) tail.push(`"nextSyncToken":"${ends.nextSyncToken}"`);
  if (ends.total > 0) tail.push(`"totalPeople":${ends.total},"totalItems":${ends.total}`);
  if (states.length === 0) return written(`{${tail.join(',')}}`);
  const parts: Buffer[] = [OPEN];
  for (const state of states) parts.push(account.writer.bytes(state, view), COMMA);
  parts[parts.length - 1] = Buffer.from(`]${tail.map((one) => `,${one}`).join('')}}`);
  return written(Buffer.concat(parts));
}

const OPEN = Buffer.from('{"connections":[');
const COMMA = Buffer.from(',');

function pageSizeOf(text: string | null): number {
  const size = text === null || text === '0' ? 100 : Number(text);
  if (!Number.isInteger(size))
    throw badRequest(`Invalid value at 'page_size' (TYPE_INT32), ${JSON.stringify(text)}`, 'page_size');
  if (size < 1 || size > 1000) throw invalid('Page size must be between 1 and 1000.');
  return size;
}

function readSyncToken(account: Account, text: string, asked: number, clock: Clock): number {
  const token = decode(text);
  if (token === undefined || !('seq' in token) || token.account !== account.id) throw invalid('Sync token is invalid.');
  if (token.generation < account.generation || token.issued + SYNC_TOKEN_LIFE <= clock.now()) throw expiredSyncToken();
  if (token.asked !== asked) throw invalid('Request parameters must match the first call that provided the sync token.');
  return token.seq;
}

function readPageToken(account: Account, text: string, asked: number): number {
  const token = decode(text);
  if (token === undefined || !('after' in token) || token.account !== account.id) throw invalid('Page token is invalid.');
  if (token.asked !== asked) throw invalid('Request parameters must match the first call that provided the page token.');
  return token.after;
}

function encode(token: SyncToken | PageToken): string {
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

function decode(text: string): SyncToken | PageToken | undefined {
  try {
    const token: SyncToken | PageToken | null = JSON.parse(Buffer.from(text, 'base64url').toString());
    return typeof token === 'object' && token !== null ? token : undefined;
  } catch {
    return undefined;
  }
}

/** Another order than that of the last change: everyone is looked at for each page. */
function sorted(account: Account, order: string, offset: number, size: number): { states: State[]; next: number | undefined } {
  const everyone = [...account.book.all()];
  const nameOf = (state: State, part: string) => String(state.contact.names?.[0]?.[part] ?? '');
  if (order === 'LAST_MODIFIED_DESCENDING') everyone.reverse();
  else {
    const part = order === 'FIRST_NAME_ASCENDING' ? 'givenName' : 'familyName';
    everyone.sort((a, b) => nameOf(a, part).localeCompare(nameOf(b, part)) || a.seq - b.seq);
  }
  const next = offset + size;
  return { states: everyone.slice(offset, next), next: next < everyone.length ? next : undefined };
}
