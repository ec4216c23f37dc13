/** What a run of one sync knows and may use: opened once per slice, when the lease is taken. */
import { createHash } from 'node:crypto';
import type { CrmCore } from '#crm/core.ts';
import type { Context } from '#kit/context.ts';
import type { Fields, Json, Values } from '#kit/fields.ts';
import type { Row, Stream } from '#kit/stream.ts';
import type { Mapping } from '#mappings/format.ts';
import { keptMapping } from '#mappings/parse.ts';
import type { Store, Tx } from '#store/database.ts';
import type { Link } from '#store/links.ts';
import { getMapping, listVersions } from '#store/mappings.ts';
import { fieldsOfOthers } from '#store/sources.ts';
import { holdLease, listSyncs, nextReading, oneWriter, type SyncRow } from '#store/syncs.ts';
import type { Beside } from './beside.ts';
import type { Counts } from './counts.ts';
import { knownCrm, type Standings } from './known.ts';
import { isRepeatable } from './moved.ts';
import { homeOf, mayShare, ownerOf, sharesOpen } from './owner.ts';
import type { Base, Withheld } from './settle.ts';
import { type Translation, translation } from './translate.ts';

export interface Env {
  workspace: number;
  store: Store;
  crm: CrmCore;
  /** As it stood when the last page was kept. */
  sync: SyncRow;
  /** When the sync was due when its lease was taken. */
  taken: string | null;
  stream: Stream;
  /** Of any sync of the workspace. */
  streamOf(name: string): Stream;
  context: Context;
  translation: Translation;
  /** The same mapping, were another region's national numbers meant. */
  translationIn(region: string): Translation;
  mapping: { createsOurs: boolean; createsTheirs: boolean; gone: NonNullable<Mapping['gone']>; oursGone: 'leave' | 'remove' };
  mappingVersion: number;
  /** Fields of the object that another connection alone may overwrite, as the page under way found them. */
  sourcedElsewhere: ReadonlySet<string>;
  /** Syncs of other people's accounts or of other books, from which nothing may go to this one; empty where the mapping lets them share. */
  foreign: ReadonlySet<number>;
  /** Syncs of other books of which only what is still owed goes to this one. */
  behind: ReadonlySet<number>;
  /** Of a stream that stands in books: the syncs of the same books. */
  kin: ReadonlySet<number>;
  /** Of a stream whose things stand in one account: the users whose account this is. */
  home: ReadonlySet<string>;
  /** The rows that stand for each record, as the page under way found them; empty where it has no copies. */
  standing: Standings;
  /** record → what of it is kept from this account, as the page under way found it. */
  withheld: ReadonlyMap<string, Withheld>;
  beside: Beside | undefined;
  by: string;
  /** Calls made to the service since the lease was taken, and what earlier slices of the run counted. */
  progress: { calls: number; before: Counts };
  /** Syncs that have something to do since a page of this one: woken when the lease is given back. */
  woken: Set<number>;
  /** The plan whose pages are kept and whose outward items are being delivered. */
  delivering: number | null;
  /** As read when the lease was taken. */
  facts: Facts;
  /** Country whose national phone numbers are meant. */
  region: string;
  now(): number;
  /** From now on `now()` says this; null lets the clock run again. */
  stopClock(at: number | null): void;
  /** Is what settling is given to be kept for replay, this time? */
  sampled(): boolean;
  /** A number from the one sequence that orders reads and agreements. */
  reading(): Promise<number>;
  /** One page, one transaction: the lease is checked, the workspace's one writer is this one; a lost race repeats it. */
  page<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  versionOf(row: Row): string;
  rowOf(link: Link): Row;
  baseOf(link: Link): Base;
  /** crm fields whose rule is not what it was in that version of the mapping. */
  editedSince(version: number): ReadonlyMap<string, 'new' | 'changed'>;
}

/** Another hub has the sync now: this one must change nothing more. */
export class LeaseLost extends Error {
  constructor(sync: number) {
    super(`sync ${sync}: the lease passed to another hub; this one stops`);
    this.name = 'LeaseLost';
  }
}

/** The mapping was edited while pages were under way: the slice ends and the next one uses the new version. */
export class MappingMoved extends Error {
  constructor(sync: number) {
    super(`sync ${sync}: its mapping was edited; the slice begins anew under the new version`);
    this.name = 'MappingMoved';
  }
}

const REPEATS = 5;

export interface EnvParts {
  workspace: number;
  store: Store;
  crm: CrmCore;
  sync: SyncRow;
  stream: Stream;
  /** Of any sync of the workspace. */
  streamOf(name: string): Stream;
  context: Context;
  beside?: Beside | undefined;
  by: string;
  now(): number;
  /** The part of pages kept for replay, 0 to 1. Default none. */
  samples?: number | undefined;
  /** A mapping that is not saved yet, for its impact. */
  draft?: Mapping;
}

export async function openEnv(parts: EnvParts): Promise<Env> {
  const facts = await parts.store.workspace(parts.workspace, async (tx) => ({
    current: (await getMapping(tx, parts.sync.mapping))!.version,
    versions: await listVersions(tx, parts.sync.mapping),
    ...(await relationsOf(parts, tx)),
    home: parts.stream.once ? await homeOf(tx, parts.crm, parts.sync.connection) : new Set<string>(),
    ...(await parts.crm.about(tx, parts.sync.object)),
  }));
  return envOf(parts, facts);
}

/** What was read when the lease was taken: with it and the parts, the same pages are settled in the same way. */
export interface Facts {
  /** The mapping's version. */
  current: number;
  versions: readonly { version: number; body: Json }[];
  foreign: ReadonlySet<number>;
  kin: ReadonlySet<number>;
  home: ReadonlySet<string>;
  region: string;
  custom: Fields;
}

export function envOf(parts: EnvParts, facts: Facts): Env {
  const { workspace, store, stream, context, by } = parts;
  const { versions, current, foreign, kin, home, region, custom } = facts;
  const crm = knownCrm(parts.crm);
  let stopped: number | null = null;
  const now = () => stopped ?? parts.now();
  const bodies = new Map(versions.map((v) => [v.version, keptMapping(v.body)]));
  if (parts.draft) bodies.set(current + 1, parts.draft);
  const mappingVersion = parts.draft ? current + 1 : current;
  const mapping = bodies.get(mappingVersion)!;
  const { object, connection } = parts.sync;
  const translationIn = (region: string) => translation({ mapping, stream, crm, custom, region, object, connection, now });
  const progress: Env['progress'] = { calls: 0, before: {} };
  const rows = new WeakMap<Link, Row>();
  const edits = new Map<number, ReadonlyMap<string, 'new' | 'changed'>>();
  const env: Env = {
    workspace,
    store,
    crm,
    sync: parts.sync,
    taken: parts.sync.due,
    stream,
    streamOf: parts.streamOf,
    context: countingCalls(context, progress),
    progress,
    beside: parts.beside,
    by,
    woken: new Set(),
    delivering: null,
    facts,
    region,
    now,
    stopClock(at) {
      stopped = at;
    },
    sampled: () => Math.random() < (parts.samples ?? 0),
    mappingVersion,
    sourcedElsewhere: new Set(),
    foreign: mayShare(mapping, stream) ? new Set() : foreign,
    behind: sharesOpen(mapping, stream) ? foreign : new Set(),
    kin,
    home,
    standing: new Map(),
    withheld: new Map(),
    mapping: {
      createsOurs: mapping.create === 'both' || mapping.create === 'crm',
      createsTheirs: (mapping.create === 'both' || mapping.create === 'theirs') && stream.push !== undefined,
      gone: mapping.gone ?? 'archive',
      oursGone: stream.remove ? (mapping.ours?.gone ?? 'leave') : 'leave',
    },
    translation: translationIn(region),
    translationIn,
    reading: () => store.workspace(workspace, nextReading),
    page: (work) => keepTrying(() => store.workspace(workspace, (tx) => locked(env, tx, work, parts.draft !== undefined))),
    versionOf: (row) => row.version ?? createHash('md5').update(JSON.stringify(row.raw)).digest('base64url'),
    rowOf(link) {
      let row = rows.get(link);
      if (!row) rows.set(link, (row = stream.toRow(link.raw)));
      return row;
    },
    baseOf(link) {
      const theirs = withLag(env.rowOf(link).fields, link.theirs);
      return { theirs, ours: link.ours, inward: () => env.translation.formulas(theirs) };
    },
    editedSince(version) {
      let edited = edits.get(version);
      if (!edited)
        edits.set(version, (edited = version === mappingVersion ? new Map() : differences(bodies.get(version), mapping)));
      return edited;
    },
  };
  return env;
}

/** The syncs of streams that belong to the same kind of owner: another's, and its own. */
async function relationsOf({ sync, stream, streamOf }: EnvParts, tx: Tx): Promise<Pick<Facts, 'foreign' | 'kin'>> {
  const own = ownerOf(stream);
  if (own === null) return { foreign: new Set(), kin: new Set() };
  const alike = (await listSyncs(tx)).filter((one) => ownerOf(streamOf(one.stream)) === own);
  const idsWhere = (same: boolean) =>
    new Set(alike.flatMap((one) => ((one.connection === sync.connection) === same ? [one.id] : [])));
  return { foreign: idsWhere(false), kin: idsWhere(true) };
}

/** Every attempt counts, not only the one that succeeds. */
function countingCalls(context: Context, progress: Env['progress']): Context {
  return {
    ...context,
    call: (cost, send, options) =>
      context.call(
        cost,
        (signal, rest) => {
          progress.calls += 1;
          return send(signal, rest);
        },
        options,
      ),
  };
}

async function locked<T>(env: Env, tx: Tx, work: (tx: Tx) => Promise<T>, draft: boolean): Promise<T> {
  await oneWriter(tx);
  const held = await holdLease(tx, env.sync.id, env.sync.generation);
  if (!held) throw new LeaseLost(env.sync.id);
  env.sync = held;
  const mapping = await getMapping(tx, held.mapping, 'share');
  if (!draft && mapping?.version !== env.mappingVersion) throw new MappingMoved(held.id);
  env.sourcedElsewhere = await fieldsOfOthers(tx, held.object, held.connection);
  return work(tx);
}

async function keepTrying<T>(attempt: () => Promise<T>): Promise<T> {
  for (let n = 1; ; n += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (n >= REPEATS || !isRepeatable(error)) throw error;
    }
  }
}

/** The agreement is the row as read, but where it stayed behind. */
function withLag(fields: Values, lag: Values | null): Values {
  if (lag === null) return fields;
  const theirs = { ...fields };
  for (const [field, value] of Object.entries(lag)) {
    if (value === null) delete theirs[field];
    else theirs[field] = value;
  }
  return theirs;
}

function differences(before: Mapping | undefined, after: Mapping): ReadonlyMap<string, 'new' | 'changed'> {
  const old = new Map((before?.fields ?? []).map((rule) => [rule.crm, rule]));
  const edited = new Map<string, 'new' | 'changed'>();
  for (const rule of after.fields) {
    const was = old.get(rule.crm);
    if (!was) edited.set(rule.crm, 'new');
    else if (text(was.theirs, was.via, was.default) !== text(rule.theirs, rule.via, rule.default))
      edited.set(rule.crm, 'changed');
  }
  return edited;
}

/** What decides a rule's value; who wins, or which way it goes, does not. */
const text = (...parts: (Json | object | undefined)[]): string => JSON.stringify(parts);
