/** Why does this field hold this value? By walking the record's journal backwards. */

import type { CrmCore } from '#crm/core.ts';
import { Fault } from '#hub/fault.ts';
import type { Json, Values } from '#kit/fields.ts';
import type { Stream } from '#kit/stream.ts';
import { equal } from '#kit/values.ts';
import type { Mapping } from '#mappings/format.ts';
import { fieldOf, fieldsOf } from '#mappings/objects.ts';
import type { Tx } from '#store/database.ts';
import { type JournalRow, recordEntries } from '#store/journal.ts';
import { type Link, linksOfRecord } from '#store/links.ts';
import { getVersion } from '#store/mappings.ts';
import { listSources } from '#store/sources.ts';
import { getSync } from '#store/syncs.ts';
import { translation } from './translate.ts';

export interface Explanation {
  record: string;
  field: string;
  value: Json;
  /** Null where the record never had a value here. */
  source: {
    /** `<connector>.<stream>`; null for a person's edit. */
    stream: string | null;
    connection: number | null;
    row: string | null;
    run: number | null;
    by: string;
    at: string;
    why: string;
    mappingVersion: number | null;
    /** The line of the mapping, as it was then. */
    rule: Json;
    /** What the row held, before codecs. */
    raw: Json;
    /** Each step from raw to value. */
    steps: { step: string; value: Json }[];
    /** What was there before. */
    replaced: Json;
    /** The value that lost, where both sides had changed. */
    lost: Json;
  } | null;
  /** The one connection that may overwrite it, if one was named its source; null: any may, as its mapping says. */
  onlyFrom: number | null;
  /** What the other sides hold, and why that may differ. */
  elsewhere: { stream: string; connection: number; row: string; state: string; value: Json; why: string }[];
  /** Earlier values, newest first. */
  history: { at: string; by: string; run: number | null; why: string; from: Json; to: Json }[];
}

const PAGE = 200;
const HISTORY = 20;

export async function explain(
  tx: Tx,
  crm: CrmCore,
  streamOf: (name: string) => Stream,
  id: string,
  field: string,
): Promise<Explanation> {
  const record = (await crm.read(tx, [id])).get(id);
  if (!record)
    throw new Fault('missing', `record ${id}: not found`, 'Check the id; records of other workspaces are not visible.');
  const { custom } = await crm.about(tx, record.object);
  const declared = fieldsOf(record.object, custom);
  if (!fieldOf(declared, field)) {
    const known = Object.keys(declared).join(', ');
    throw new Fault('missing', `the object ${record.object} has no field ${JSON.stringify(field)}`, `Its fields are: ${known}.`);
  }
  const links = await linksOfRecord(tx, id);
  const { entries, creation } = await entriesOf(tx, id, field);
  const told: Explanation = {
    record: id,
    field,
    value: record.fields[field] ?? null,
    source: null,
    onlyFrom: (await listSources(tx, record.object)).find((s) => s.field === field)?.connection ?? null,
    elsewhere: [],
    history: entries.map((e) => {
      const change = e.changes![field]!;
      return { at: e.at, by: e.by, run: e.run, why: String(change.why ?? ''), from: change.from ?? null, to: change.to ?? null };
    }),
  };
  const cause = entries[0] ?? creation;
  if (cause && (entries[0] || record.fields[field] !== undefined)) {
    told.source = await sourceOf(tx, crm, streamOf, cause, field, record.fields, links);
  }
  for (const link of links) {
    const there = await valueThere(tx, crm, streamOf, link, field, record.fields);
    if (there) told.elsewhere.push(there);
  }
  return told;
}

/** The record's entries that changed the field, newest first, and its creation. */
async function entriesOf(tx: Tx, record: string, field: string): Promise<{ entries: JournalRow[]; creation: JournalRow | null }> {
  const entries: JournalRow[] = [];
  for (let before: number | null = null; ; ) {
    const page: JournalRow[] = await recordEntries(tx, record, before, PAGE);
    for (const entry of page) {
      if (entry.side !== 'ours') continue;
      if (entry.action === 'create') return { entries, creation: entry };
      if (entry.changes?.[field] && entries.length < HISTORY) entries.push(entry);
    }
    if (page.length < PAGE) return { entries, creation: null };
    before = page.at(-1)!.seq;
  }
}

async function sourceOf(
  tx: Tx,
  crm: CrmCore,
  streamOf: (name: string) => Stream,
  entry: JournalRow,
  field: string,
  ours: Values,
  links: readonly (Link & { sync: number })[],
): Promise<Explanation['source']> {
  const change = entry.changes?.[field];
  const source: NonNullable<Explanation['source']> = {
    stream: null,
    connection: null,
    row: entry.row,
    run: entry.run,
    by: entry.by,
    at: entry.at,
    why: change ? String(change.why ?? '') : entry.sync === null ? 'created by a person' : 'created from the row',
    mappingVersion: entry.mappingVersion,
    rule: null,
    raw: change?.raw ?? null,
    steps: [],
    replaced: change?.from ?? null,
    lost: change?.lost ?? null,
  };
  const sync = entry.sync === null ? undefined : await getSync(tx, entry.sync);
  if (!sync || entry.mappingVersion === null) return source;
  source.stream = sync.stream;
  source.connection = sync.connection;
  const mapping = (await getVersion(tx, sync.mapping, entry.mappingVersion))?.body as Mapping | undefined;
  const rule = mapping?.fields.find((r) => r.crm === field);
  if (!mapping || !rule) return source;
  source.rule = JSON.parse(JSON.stringify(rule)) as Json;
  const stream = streamOf(sync.stream);
  const link = links.find((l) => l.sync === entry.sync && l.row === entry.row);
  const row = link ? stream.toRow(link.raw).fields : {};
  if (change?.raw !== undefined && !rule.theirs.startsWith('=')) row[rule.theirs] = change.raw;
  source.raw = rule.theirs.startsWith('=') ? null : (row[rule.theirs] ?? null);
  const { custom, region } = await crm.about(tx, sync.object);
  const { object, connection } = sync;
  const through = translation({ mapping, stream, crm, custom, region, object, connection, now: Date.now });
  source.steps = await through.trace(tx, field, row, ours);
  return source;
}

async function valueThere(
  tx: Tx,
  crm: CrmCore,
  streamOf: (name: string) => Stream,
  link: Link & { sync: number; stream: string; connection: number },
  field: string,
  ours: Values,
): Promise<Explanation['elsewhere'][number] | null> {
  const sync = await getSync(tx, link.sync);
  const mapping = sync && ((await getVersion(tx, sync.mapping, link.mapping_version))?.body as Mapping | undefined);
  const rule = mapping?.fields.find((r) => r.crm === field);
  if (!sync || !mapping || !rule || rule.theirs.startsWith('=')) return null;
  const stream = streamOf(sync.stream);
  const value = stream.toRow(link.raw).fields[rule.theirs] ?? null;
  const { custom, region } = await crm.about(tx, sync.object);
  const { object, connection } = sync;
  const declared = translation({ mapping, stream, crm, custom, region, object, connection, now: Date.now }).fieldOf(field);
  const owed = declared !== undefined && !equal(declared, ours[field], link.ours[field]);
  return {
    stream: link.stream,
    connection: link.connection,
    row: link.row,
    state: link.state,
    value,
    why: link.apart?.[field] ?? (owed ? 'owed' : 'in step'),
  };
}
