import type { Json } from '#kit/fields.ts';
import { badRequest, invalid } from './errors.ts';
import { isItem, membersOf } from './schema.ts';

export type Message = { [member: string]: Json };

/** Largest body Google's front end takes. */
const MOST = 10_485_760;

/**
 * Reads the body of a request as a message of the API, as strictly as Google's own JSON reader: unknown members and wrong
 * types are 400 with the path in snake case. `root` begins that path where the body stands for one field of the request.
 */
export function readBody(body: Buffer, message: string, root = ''): Message {
  if (body.length > MOST) throw invalid(`Request payload size exceeds the limit: ${MOST} bytes.`);
  if (body.length === 0) return {};
  let value: Json;
  try {
    value = JSON.parse(body.toString());
  } catch (error) {
    throw badRequest(`Invalid JSON payload received. ${error instanceof Error ? error.message : 'Unexpected token.'}`, '');
  }
  return readMessage(value, message, root);
}

function readMessage(value: Json, message: string, path: string): Message {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw wrong(value, path, message);
  const members = membersOf(message);
  const out: Message = {};
  for (const [given, content] of Object.entries(value)) {
    const name = Object.hasOwn(members, given) ? given : camel(given);
    const type =
      name === 'metadata' && isItem(message) ? 'FieldMetadata' : Object.hasOwn(members, name) ? members[name] : undefined;
    if (type === undefined) {
      const at = path === '' ? '' : ` at '${path}'`;
      throw badRequest(`Invalid JSON payload received. Unknown name ${JSON.stringify(given)}${at}: Cannot find field.`, path);
    }
    if (content === null) continue;
    out[name] = readValue(content, type.replace('!', ''), path === '' ? snake(name) : `${path}.${snake(name)}`);
  }
  return out;
}

function readValue(value: Json, type: string, path: string): Json {
  if (type.startsWith('[]')) {
    const list = Array.isArray(value) ? value : [value];
    return list.map((one, i) => readValue(one, type.slice(2), `${path}[${i}]`));
  }
  if (type.startsWith('{}')) {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) throw wrong(value, path, 'Map');
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [key, readMessage(one, type.slice(2), `${path}[${key}]`)]),
    );
  }
  if (type === 'text') {
    if (typeof value !== 'string') throw wrong(value, path, 'TYPE_STRING');
    if (!value.isWellFormed()) throw badRequest(`Invalid value at '${path}' (TYPE_STRING), invalid UTF-8`, path);
    return value;
  }
  if (type === 'flag') {
    if (typeof value !== 'boolean') throw wrong(value, path, 'TYPE_BOOL');
    return value;
  }
  if (type === 'int') {
    const n = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
    if (typeof n !== 'number' || !Number.isInteger(n) || Math.abs(n) > 0x7fffffff) throw wrong(value, path, 'TYPE_INT32');
    return n;
  }
  if (type.startsWith('enum ')) {
    if (typeof value !== 'string' || !type.slice(5).split('|').includes(value)) throw wrong(value, path, 'TYPE_ENUM');
    return value;
  }
  return readMessage(value, type, path);
}

function wrong(value: Json, path: string, type: string) {
  return badRequest(`Invalid value at '${path}' (${type}), ${JSON.stringify(value)}`, path);
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);
}

function camel(name: string): string {
  return name.replace(/_([a-z])/g, (_, c: string) => c.toUpperCase());
}
