import type { Json } from '#kit/fields.ts';
import type { Answer, Call } from '../kit/server.ts';
import type { Account } from './account.ts';
import { ClassicError, json } from './errors.ts';
import { invalid, isMessage } from './event.ts';
import type { Message } from './json.ts';
import type { Operation } from './operations.ts';

const WWW = 'https://www.googleapis.com';
const SCOPES = ['drive.metadata.readonly', 'drive.readonly', 'drive'].map((scope) => `https://www.googleapis.com/auth/${scope}`);
export const DRIVES = ['supportsAllDrives', 'includeItemsFromAllDrives', 'driveId', 'corpora', 'spaces'];

export const driveOperation = (
  name: string,
  verb: string,
  path: RegExp,
  query: readonly string[],
  handle: Operation['handle'],
): Operation => ({ name, verb, path, scopes: SCOPES, query, quota: 'drive', method: name, origin: WWW, handle });

export const driveOperations: readonly Operation[] = [
  driveOperation('drive.changes.getStartPageToken', 'GET', /^\/drive\/v3\/changes\/startPageToken$/, DRIVES, ({ drive }) =>
    json({ kind: 'drive#startPageToken', startPageToken: String(drive.log.length + 1) }),
  ),
  driveOperation(
    'drive.changes.list',
    'GET',
    /^\/drive\/v3\/changes$/,
    [...DRIVES, 'pageToken', 'pageSize', 'includeRemoved', 'restrictToMyDrive'],
    changes,
  ),
  driveOperation('drive.files.list', 'GET', /^\/drive\/v3\/files$/, [...DRIVES, 'pageToken', 'pageSize', 'q', 'orderBy'], list),
  driveOperation('drive.files.get', 'GET', /^\/drive\/v3\/files\/([^/]+)$/, DRIVES, ({ drive }, { params, query }) => {
    const found = drive.find(params[0] ?? '');
    if (found?.body === undefined) throw new ClassicError(404, 'notFound', `File not found: ${params[0]}.`);
    return json(masked(drive.shown(found), query.get('fields') ?? 'kind,id,name,mimeType'));
  }),
];

function sizeOf(query: URLSearchParams): number {
  const size = Number(query.get('pageSize') ?? 100);
  if (!(size >= 1 && size <= 1000)) throw invalid('Invalid value for: pageSize');
  return size;
}

function list({ drive }: Account, { query }: Call): Answer {
  const size = sizeOf(query);
  const from = Number(query.get('pageToken') ?? 0);
  if (!Number.isInteger(from)) throw invalid('Invalid Value', { locationType: 'parameter', location: 'pageToken' });
  const unwanted = [...(query.get('q') ?? '').matchAll(/mimeType != '([^']+)'/g)].map((match) => match[1]);
  const bin = /trashed = false/.test(query.get('q') ?? '');
  const all = drive
    .all()
    .map(drive.shown)
    .filter(({ mimeType, trashed }) => !unwanted.includes(String(mimeType)) && !(bin && trashed === true));
  const answer: Message = {
    ...{
      kind: 'drive#fileList',
      incompleteSearch: drive.incomplete && query.get('corpora') === 'allDrives',
      files: all.slice(from, from + size),
    },
    ...(from + size < all.length && { nextPageToken: String(from + size) }),
  };
  return json(masked(answer, query.get('fields') ?? 'kind,incompleteSearch,nextPageToken,files(kind,id,name,mimeType)'));
}

/** One entry a file, its newest state; tokens never end. */
function changes({ drive }: Account, { query }: Call): Answer {
  const size = sizeOf(query);
  const from = Number(query.get('pageToken') ?? Number.NaN);
  if (!Number.isInteger(from) || from < 1) throw invalid('Invalid Value', { locationType: 'parameter', location: 'pageToken' });
  const to = Math.min(drive.log.length, from - 1 + size);
  const entries: Message[] = [];
  for (let seq = from; seq <= to; seq++) {
    const state = drive.find(drive.log[seq - 1] ?? '');
    if (state === undefined || state.seq !== seq) continue;
    const removed = state.body === undefined;
    entries.push({
      ...{ kind: 'drive#change', changeType: 'file', time: new Date(state.modified).toISOString(), removed, fileId: state.id },
      ...(!removed && { file: drive.shown(state) }),
    });
  }
  const end: Message = to < drive.log.length ? { nextPageToken: String(to + 1) } : { newStartPageToken: String(to + 1) };
  const answer: Message = { kind: 'drive#changeList', ...end, changes: entries };
  const sparse = 'kind,nextPageToken,newStartPageToken,changes(kind,changeType,time,removed,fileId,file(kind,id,name,mimeType))';
  return json(masked(answer, query.get('fields') ?? sparse));
}

/** A partial response: `a,b(c,d)`. Throws for what cannot be read. */
function masked(value: Message, fields: string): Message {
  if (fields === '*') return value;
  return pick(value, parse(fields));
}

interface Mask {
  [member: string]: Mask | null;
}

function parse(text: string): Mask {
  const mask: Mask = {};
  let rest = text;
  while (rest !== '') {
    const [whole, name, open] = /^\s*([A-Za-z0-9]+)\s*(\()?/.exec(rest) ?? [];
    if (whole === undefined || name === undefined) throw invalid(`Invalid field selection ${text}`);
    rest = rest.slice(whole.length);
    if (open === undefined) mask[name] = null;
    else {
      let depth = 1;
      let end = 0;
      while (depth > 0 && end < rest.length) depth += { '(': 1, ')': -1 }[rest[end++]!] ?? 0;
      if (depth > 0) throw invalid(`Invalid field selection ${text}`);
      mask[name] = parse(rest.slice(0, end - 1));
      rest = rest.slice(end);
    }
    rest = rest.replace(/^\s*,\s*/, '');
  }
  return mask;
}

function pick(value: Message, mask: Mask): Message {
  return Object.fromEntries(
    Object.entries(mask).flatMap(([name, inner]) => (value[name] === undefined ? [] : [[name, within(value[name], inner)]])),
  );
}

function within(value: Json, mask: Mask | null): Json {
  if (mask === null) return value;
  if (Array.isArray(value)) return value.map((one) => within(one, mask));
  return isMessage(value) ? pick(value, mask) : value;
}
