/** A file of Drive: fields, and Google's file to our row. Pure. Only what describes a file is read, never what is in it. */
import type { Field, Fields, Json, Values } from '#kit/fields.ts';
import { isObject, type JsonObject, objectOf, objectsOf, textOf } from '#kit/json.ts';
import { checkValues, Misfits, problem } from '#kit/rows.ts';
import type { Row } from '#kit/stream.ts';
import { put } from '#kit/values.ts';
import { isName, nameIn, type RecordShape } from './records.ts';

const text = (title: string): Field => ({ kind: 'text', title, max: 4_096, readOnly: true });

export const fileFields = {
  name: text('Name'),
  exportName: text('Name when it is downloaded'),
  uid: text('Identity in every account that sees it'),
  mime: text('Media type'),
  size: { kind: 'number', title: 'Size, bytes', readOnly: true },
  hash: text('Content hash, with its algorithm in front'),
  link: { kind: 'link', title: 'Link', readOnly: true },
  revision: text('Revision'),
  modified: { kind: 'instant', title: 'Modified', readOnly: true },
  owner: { kind: 'email', title: 'Owner', readOnly: true },
  drive: text('Shared drive'),
  folder: text('Folder'),
  sharedWith: {
    kind: 'list',
    title: 'Shared with',
    identity: 'address',
    of: { address: { kind: 'email', title: 'Address', required: true }, name: { kind: 'text', title: 'Name' } },
    max: 5_000,
    readOnly: true,
  },
} as const satisfies Fields;

const KEPT = [
  ...['id', 'name', 'mimeType', 'size', 'md5Checksum', 'webViewLink', 'headRevisionId', 'modifiedTime', 'version', 'driveId'],
] as const;

/** Asked of every read: without it Drive says hardly more than the name. */
export const FILE_FIELDS = `${KEPT.join(',')},trashed,parents,owners(emailAddress),permissions(emailAddress,displayName,type)`;

const NATIVE = 'application/vnd.google-apps.';

/** What Google's own documents become when they are downloaded: they have no bytes of their own. */
const EXPORTS = new Map([
  ['document', 'docx'],
  ['spreadsheet', 'xlsx'],
  ['presentation', 'pptx'],
  ['drawing', 'png'],
  ['script', 'json'],
  ['form', 'zip'],
  ['site', 'txt'],
]);

/** Folders and shortcuts are no files; what lies in the bin is none any more. */
export function isFile({ mimeType, trashed }: JsonObject): boolean {
  return trashed !== true && mimeType !== `${NATIVE}folder` && mimeType !== `${NATIVE}shortcut`;
}

export const NO_FILES = ['folder', 'shortcut'].map((kind) => `mimeType != '${NATIVE}${kind}'`).join(' and ');

export const fileShape: RecordShape = { trim: trimFile, toRow: toFileRow, idOf: ({ id }) => nameIn(id) };

function trimFile(file: JsonObject): JsonObject {
  const raw: JsonObject = {};
  for (const member of KEPT) if (file[member] !== undefined && file[member] !== null) raw[member] = file[member];
  if (Array.isArray(file.parents) && typeof file.parents[0] === 'string') raw.parents = [file.parents[0]];
  const [owner] = objectsOf(file.owners);
  if (textOf(owner?.emailAddress) !== undefined) raw.owners = [{ emailAddress: owner!.emailAddress! }];
  const people = objectsOf(file.permissions).filter(
    ({ type, emailAddress }) => type === 'user' && textOf(emailAddress) !== undefined,
  );
  if (people.length > 0)
    raw.permissions = people.map(({ emailAddress, displayName }) => ({
      emailAddress: emailAddress!,
      ...(textOf(displayName) !== undefined && { displayName: displayName! }),
    }));
  return raw;
}

export function toFileRow(raw: Json): Row {
  if (!isObject(raw) || typeof raw.id !== 'string' || !isName(raw.id))
    throw new Misfits([problem('id', isObject(raw) ? (raw.id ?? null) : raw, 'the id of a file')]);
  const fields: Values = { uid: `gdrive:${raw.id}` };
  put(fields, 'name', raw.name);
  const extension = EXPORTS.get(String(raw.mimeType).slice(NATIVE.length));
  const native = String(raw.mimeType).startsWith(NATIVE);
  if (typeof raw.name === 'string') fields.exportName = native && extension !== undefined ? `${raw.name}.${extension}` : raw.name;
  put(fields, 'mime', raw.mimeType);
  // An int64 is a text in JSON.
  if (raw.size !== undefined) fields.size = typeof raw.size === 'string' && /^\d+$/.test(raw.size) ? Number(raw.size) : raw.size;
  if (typeof raw.md5Checksum === 'string') fields.hash = `md5:${raw.md5Checksum}`;
  put(fields, 'link', raw.webViewLink);
  put(fields, 'revision', raw.headRevisionId);
  put(fields, 'modified', raw.modifiedTime);
  const owner = textOf(objectsOf(raw.owners)[0]?.emailAddress);
  put(fields, 'owner', owner);
  put(fields, 'drive', raw.driveId);
  put(fields, 'folder', Array.isArray(raw.parents) ? raw.parents[0] : undefined);
  put(
    fields,
    'sharedWith',
    objectsOf(raw.permissions)
      .filter(({ emailAddress }) => emailAddress !== owner)
      .map(({ emailAddress, displayName }) => ({
        address: emailAddress!,
        ...(displayName !== undefined && { name: displayName }),
      })),
  );
  const problems = checkValues(fileFields, fields);
  if (problems.length > 0) throw new Misfits(problems);
  return { id: raw.id, fields, raw, ...(typeof raw.version === 'string' && { version: raw.version }) };
}

/** Of a change: its file, where it has one that counts. */
export function fileOf(change: Json): JsonObject | undefined {
  return objectOf(objectOf(change)?.file);
}
