/** What undoing one record's entries of a run comes to: newest first, and only what still stands as the run left it. Pure. */
import type { Change, CrmRecord } from '#crm/core.ts';
import type { Json } from '#kit/fields.ts';
import type { Row } from '#kit/stream.ts';
import { equal } from '#kit/values.ts';
import type { JournalRow } from '#store/journal.ts';
import type { Link } from '#store/links.ts';
import type { Env } from './env.ts';

export interface PutBack {
  row: string;
  fields: { [field: string]: Json };
}

/** What undoing does to one record and its rows. */
export interface Undoing {
  record: string;
  /** What people call it now; absent where it was erased. */
  name?: string;
  /** Fields put back here. */
  ours: { [field: string]: Change };
  archive?: true;
  restore?: true;
  /** Fields put back over there, in the service's words: of each row that was told. */
  theirs: PutBack[];
  /** A row we created, to be removed. */
  removeRow?: string;
  /** Links that are cut, so that the next run does not bring it all back. */
  sever: string[];
  /** What is not undone, and why. */
  left: { what: string; why: string }[];
}

export interface About {
  now: CrmRecord | undefined;
  links: readonly Link[];
  touched: boolean;
  fresh: ReadonlyMap<string, Row>;
}

export function undoEntry(env: Env, undoing: Undoing, entry: JournalRow, about: About): void {
  const left = (what: string, why: string) => undoing.left.push({ what, why });
  if (entry.side === 'theirs') return undoTheirs(env, undoing, entry, about, left);
  const { now } = about;
  if (!now) return void left(entry.action, 'the record was erased for good');
  switch (entry.action) {
    case 'create':
      if (about.touched) return void left('creation', 'somebody edited the record since');
      undoing.archive = true;
      undoing.ours = {};
      for (const link of about.links) if (link.state !== 'severed') undoing.sever.push(link.row);
      return;
    case 'archive':
      if (now.archived === null) return void left('archiving', 'the record was restored since');
      undoing.restore = true;
      for (const link of about.links) if (link.state === 'gone') undoing.sever.push(link.row);
      return;
    case 'update':
      for (const [field, change] of Object.entries(entry.changes ?? {}))
        if (!FOLLOWING.has(String(change.why))) undoField(env, undoing, field, { change, at: entry.at }, now, left);
      return;
    default:
      left(entry.action, 'this kind of change cannot be undone by itself');
  }
}

/** Why fields changed that follow from others: they follow again. */
const FOLLOWING: ReadonlySet<string> = new Set(['derived', 'formula']);

function undoField(
  env: Env,
  undoing: Undoing,
  field: string,
  { change, at }: { change: { [part: string]: Json }; at: string },
  now: CrmRecord,
  left: (what: string, why: string) => void,
): void {
  const declared = env.translation.fieldOf(field);
  const later = undoing.ours[field];
  const value = later ? later.to : (now.fields[field] ?? null);
  // Who sets a field to the very value the run gave it has edited it, too.
  const retold = !later && Date.parse(now.times?.[field] ?? now.created) > Date.parse(at);
  if (retold || (declared && !equal(declared, value, change.to))) return left(field, 'somebody edited the field since');
  undoing.ours[field] = { from: now.fields[field] ?? null, to: change.from ?? null, why: 'undo' };
}

function undoTheirs(
  env: Env,
  undoing: Undoing,
  entry: JournalRow,
  about: About,
  left: (what: string, why: string) => void,
): void {
  const row = entry.row;
  const link = about.links.find((l) => l.row === row);
  const fresh = row === null ? undefined : about.fresh.get(row);
  if (entry.action === 'delete') return left('deletion over there', 'a deleted row cannot be brought back');
  if (row === null || !link || !fresh) return left('change over there', 'the row is not there any more');
  if (entry.action === 'create') {
    if (!env.stream.remove || env.stream.undo.create === 'never')
      return left('creation over there', 'the service does not let us remove it');
    if (env.versionOf(fresh) !== link.version) return left('creation over there', 'somebody edited the row since');
    undoing.removeRow = row;
    undoing.theirs = undoing.theirs.filter((back) => back.row !== row);
    undoing.sever.push(row);
    return;
  }
  const known = env.rowOf(link).fields;
  for (const [field, change] of Object.entries(entry.changes ?? {})) {
    const declared = env.stream.fields[field];
    const back = undoing.theirs.find((b) => b.row === row);
    const later = back?.fields;
    const value = later && field in later ? later[field] : fresh.fields[field];
    const asLeft = declared && (equal(declared, value, change.to) || (!later && equal(declared, value, known[field])));
    if (!asLeft) left(field, 'somebody edited the field over there since');
    else if (back) back.fields[field] = change.from ?? null;
    else undoing.theirs.push({ row, fields: { [field]: change.from ?? null } });
  }
}

export function decisionOf(undoing: Undoing): string {
  if (undoing.archive) return 'archive';
  if (undoing.removeRow) return 'remove there';
  if (undoing.restore) return 'restore';
  if (Object.keys(undoing.ours).length > 0 || undoing.theirs.length > 0) return 'put back';
  return 'leave';
}
