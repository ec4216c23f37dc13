import { hash } from '../kit/random.ts';
import type { State } from './book.ts';
import { invalid } from './errors.ts';
import type { Ids } from './ids.ts';
import type { Message } from './json.ts';
import { FIELDS, READABLE, UPDATABLE } from './schema.ts';

/** What an answer shows of each person. */
export interface View {
  /** Equal for equal views. */
  key: string;
  fields: ReadonlySet<string>;
  contacts: boolean;
  profiles: boolean;
  /** Lists show at most so many e-mail addresses and phone numbers. */
  most: number;
  /** Syncs tell former names. */
  former: boolean;
}

const SOURCES = new Set([
  'READ_SOURCE_TYPE_PROFILE',
  'READ_SOURCE_TYPE_CONTACT',
  'READ_SOURCE_TYPE_DOMAIN_CONTACT',
  'READ_SOURCE_TYPE_OTHER_CONTACT',
]);

/** The view that a mask and a list of sources ask for. */
export function viewOf(fields: ReadonlySet<string>, sources: readonly string[], how: 'get' | 'list' | 'sync'): View {
  for (const source of sources)
    if (!SOURCES.has(source))
      throw invalid(
        `Invalid value at 'sources' (type.googleapis.com/google.people.v1.ReadSourceType), ${JSON.stringify(source)}`,
      );
  const asked = new Set(sources.length > 0 ? sources : ['READ_SOURCE_TYPE_PROFILE', 'READ_SOURCE_TYPE_CONTACT']);
  const key = `${how} ${[...asked].sort().join()} ${[...fields].sort().join()}`;
  return {
    key,
    fields,
    contacts: asked.has('READ_SOURCE_TYPE_CONTACT'),
    profiles: asked.has('READ_SOURCE_TYPE_PROFILE'),
    most: how === 'get' ? Number.POSITIVE_INFINITY : 100,
    former: how === 'sync',
  };
}

/** The fields a mask names. `name` is how the call spells the parameter. */
export function maskOf(mask: string, name: string, may: 'read' | 'update'): Set<string> {
  const page = may === 'read' ? 'people/get' : 'people/updateContact';
  const where = `Valid paths are documented at https://developers.google.com/people/api/rest/v1/${page}.`;
  const fields = new Set<string>();
  for (const path of mask.split(',').map((one) => one.trim().replace(/^person\./, ''))) {
    if (path === '') continue;
    if (!(may === 'read' ? READABLE : UPDATABLE).has(path))
      throw invalid(`Invalid ${name} mask path: ${JSON.stringify(path)}. ${where}`);
    fields.add(path);
  }
  if (fields.size === 0) throw invalid(`${name} mask is required. Please specify one or more valid paths. ${where}`);
  return fields;
}

/** The mask of a write's answer: every field where none is named. */
export function optionalMask(mask: string | null, name: string): ReadonlySet<string> {
  return mask === null || mask === '' ? READABLE : maskOf(mask, name, 'read');
}

/** Writes people as JSON and keeps what it has written while there is room. */
export function createWriter(ids: Ids, room = 512 * 1024 * 1024) {
  const untouched = new Map<string, Buffer[]>();
  let left = room;

  /** The JSON of a person, as bytes. */
  function bytes(state: State, view: View): Buffer {
    const generated = state.version === 1 && state.listed === 0;
    if (!generated) {
      state.written ??= new Map();
      const known = state.written.get(view.key) ?? Buffer.from(personJson(state, view, ids));
      state.written.set(view.key, known);
      return known;
    }
    const kept = untouched.get(view.key) ?? [];
    const known = kept[state.n];
    if (known) return known;
    const fresh = Buffer.from(personJson(state, view, ids));
    if (left >= fresh.length && view.most !== Number.POSITIVE_INFINITY) {
      left -= fresh.length;
      kept[state.n] = fresh;
      untouched.set(view.key, kept);
    }
    return fresh;
  }

  return { bytes, text: (state: State, view: View): string => personJson(state, view, ids) };
}

export type Writer = ReturnType<typeof createWriter>;

const FIELD_NAMES = Object.keys(FIELDS);

function personJson(state: State, view: View, ids: Ids): string {
  const { n, version } = state;
  let out = `{"resourceName":"${state.resourceName}","etag":"${ids.personEtag(n, version)}"`;
  const profile = view.profiles && !state.deleted ? state.profile : undefined;
  if (view.fields.has('metadata')) out += `,"metadata":${metadataJson(state, view, ids)}`;
  if (state.deleted) return `${out}}`;
  const contactSource = `{"type":"CONTACT","id":"${ids.sourceId(n)}"}`;
  for (const field of FIELD_NAMES) {
    if (!view.fields.has(field)) continue;
    const own = view.contacts ? shown(state, field, view) : undefined;
    const theirs = profile?.[field];
    if (own === undefined && theirs === undefined) continue;
    out += `,"${field}":[`;
    if (own) out += itemsJson(own, contactSource, true);
    if (theirs) out += (own ? ',' : '') + itemsJson(theirs, profileSource(n), own === undefined);
    out += ']';
  }
  return `${out}}`;
}

/** A contact's own items of a field, as many as the view shows. */
function shown(state: State, field: string, view: View): readonly Message[] | undefined {
  if (field === 'photos') return [{ url: `https://lh3.googleusercontent.com/cm/${state.n}=s100`, default: true }];
  const items = state.contact[field];
  return items !== undefined && items.length > view.most && (field === 'emailAddresses' || field === 'phoneNumbers')
    ? items.slice(0, view.most)
    : items;
}

/** Items with the metadata that names their source; the first one is its source's primary, and perhaps the person's. */
function itemsJson(items: readonly Message[], source: string, primary: boolean): string {
  let out = '';
  for (let i = 0; i < items.length; i++) {
    const first = i > 0 ? '' : primary ? '"primary":true,"sourcePrimary":true,' : '"sourcePrimary":true,';
    out += `${i > 0 ? ',' : ''}{"metadata":{${first}"source":${source}}`;
    const item = items[i];
    for (const name in item) out += `,"${name}":${valueJson(item[name])}`;
    out += '}';
  }
  return out;
}

/** Text that needs an escape in JSON. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what JSON escapes
const ESCAPED = /["\\\u0000-\u001f\ud800-\udfff]/;

function valueJson(value: Message[string] | undefined): string {
  return typeof value === 'string' && !ESCAPED.test(value) ? `"${value}"` : JSON.stringify(value);
}

function metadataJson(state: State, view: View, ids: Ids): string {
  const { n, version, at } = state;
  const sources: string[] = [];
  if (view.contacts) {
    const micros = String(hash(`${n} ${version}`) % 1000).padStart(3, '0');
    const time = `${new Date(at).toISOString().slice(0, -1)}${micros}Z`;
    sources.push(`{"type":"CONTACT","id":"${ids.sourceId(n)}","etag":"${ids.sourceEtag(n, version)}","updateTime":"${time}"}`);
  }
  if (view.profiles && state.profile && !state.deleted) {
    sources.push(
      `{"type":"PROFILE","id":"${profileId(n)}","etag":"#profile${n}=","profileMetadata":{"objectType":"PERSON","userTypes":["GOOGLE_USER"]}}`,
    );
  }
  const former =
    view.former && state.formerNames.length > 0 ? `,"previousResourceNames":${JSON.stringify(state.formerNames)}` : '';
  return `{"sources":[${sources.join(',')}]${former}${state.deleted ? ',"deleted":true' : ''},"objectType":"PERSON"}`;
}

const profileId = (n: number): string => `1${String(n).padStart(20, '0')}`;
const profileSource = (n: number): string => `{"type":"PROFILE","id":"${profileId(n)}"}`;
