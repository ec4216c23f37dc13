/** The keys secrets are sealed with: the first seals, every one opens. They come from the configuration or from a file of our own. */
import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface Key {
  /** Written openly into everything sealed with the key. */
  id: string;
  /** 32 bytes. */
  bytes: Uint8Array;
}

export interface Keyring {
  /** First the one that seals. Never empty. */
  keys: readonly [Key, ...Key[]];
}

const ID = /^[\w-]{1,32}$/;
const BYTES = 32;

/** Reads keys written as `id:key`, a key being 32 bytes in base64url. `where` names the place in errors; a key never stands in one. */
export function keyringFrom(texts: readonly string[], where: string): Keyring {
  const keys = texts.map((text, at) => keyFrom(text, `${where}, key ${at + 1}`));
  const [first, ...rest] = keys;
  if (first === undefined) throw new Error(`${where}: no key found; give at least one as id:key, ${SHAPE}.`);
  const twice = keys.find((key, at) => keys.findIndex(({ id }) => id === key.id) !== at);
  if (twice !== undefined) throw new Error(`${where}: the id "${twice.id}" stands twice; give each key an id of its own.`);
  return { keys: [first, ...rest] };
}

const SHAPE = 'the key being 32 random bytes in base64url (43 characters)';

function keyFrom(part: string, where: string): Key {
  const at = part.indexOf(':');
  const id = part.slice(0, Math.max(at, 0));
  if (!ID.test(id))
    throw new Error(`${where}: found no usable id before ":"; write id:key, the id of letters, digits, "_", "-".`);
  const text = part.slice(at + 1);
  const bytes = Buffer.from(text, 'base64url');
  if (!/^[\w-]+$/.test(text) || bytes.length !== BYTES) {
    throw new Error(
      `${where} ("${id}"): found ${text.length} characters that stand for ${bytes.length} bytes; expected ${SHAPE}.`,
    );
  }
  return { id, bytes };
}

/** A new key as `id:key`. */
export function newKey(id: string): string {
  return `${id}:${randomBytes(BYTES).toString('base64url')}`;
}

/**
 * The keyring kept in a file, one `id:key` a line, made at the first call with mode 600. Hubs that start together end up with one
 * and the same: the file appears whole or not at all.
 */
export async function keyringIn(file: string): Promise<Keyring> {
  const kept = await readIfThere(file);
  if (kept !== undefined) return keyringFrom(linesOf(kept), file);
  await mkdir(dirname(file), { recursive: true });
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, `${newKey(new Date().toISOString().slice(0, 10))}\n`, { mode: 0o600, flag: 'wx' });
  await chmod(draft, 0o600);
  await link(draft, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await rm(draft);
  return keyringFrom(linesOf(await readFile(file, 'utf8')), file);
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
