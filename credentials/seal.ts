/**
 * Seals secrets: JWE (RFC 7516), `dir` with A256GCM, the key named by its id. What is sealed is bound to its place: a secret copied
 * to another workspace, connector or table does not open there.
 */
import { CompactEncrypt, compactDecrypt, decodeProtectedHeader, errors } from 'jose';
import { Refused } from '#kit/errors.ts';
import type { Json } from '#kit/fields.ts';
import type { Keyring } from './keyring.ts';

/** Where a secret belongs. */
export interface Place {
  kind: 'grant' | 'app' | 'state' | 'subscription';
  connector: string;
  workspace: number;
}

/** The secret cannot be opened with the keys at hand. Trying again does not help; putting the key back does. */
export class Unreadable extends Refused {}

export interface Seal {
  /** Id of the key that seals. */
  readonly current: string;
  close(place: Place, secret: Json): Promise<string>;
  /** Throws Unreadable, with the id of the key that is missing. */
  open(place: Place, sealed: string): Promise<Json>;
  /** Was it sealed with another key than the current one? */
  stale(sealed: string): boolean;
}

export function createSeal({ keys }: Keyring): Seal {
  const byId = new Map(keys.map(({ id, bytes }) => [id, bytes]));
  const [current] = keys;
  return {
    current: current.id,
    close: (place, secret) =>
      new CompactEncrypt(new TextEncoder().encode(JSON.stringify(secret)))
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: current.id, for: addressOf(place) })
        .encrypt(current.bytes),
    async open(place, sealed) {
      const kid = keyIdOf(sealed);
      const bytes = byId.get(kid);
      if (bytes === undefined) throw missing(place, kid, [...byId.keys()]);
      return opened(place, sealed, kid, bytes);
    },
    stale: (sealed) => keyIdOf(sealed) !== current.id,
  };
}

function addressOf({ kind, connector, workspace }: Place): string {
  return `${kind}/${connector}/${workspace}`;
}

function keyIdOf(sealed: string): string {
  try {
    return String(decodeProtectedHeader(sealed).kid);
  } catch {
    return 'unknown';
  }
}

async function opened(place: Place, sealed: string, kid: string, bytes: Uint8Array): Promise<Json> {
  try {
    const { plaintext, protectedHeader } = await compactDecrypt(sealed, bytes, {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
    });
    if (protectedHeader.for !== addressOf(place)) throw new errors.JWEInvalid(`sealed for ${protectedHeader.for}`);
    return JSON.parse(new TextDecoder().decode(plaintext));
  } catch (error) {
    throw new Unreadable(
      `The secret of ${addressOf(place)} names key "${kid}", but does not open with it: ${error instanceof Error ? error.message : error}.`,
      `The key "${kid}" was exchanged under the same id, or the row was altered. Put the former key back, or connect again.`,
      undefined,
      error,
    );
  }
}

function missing(place: Place, kid: string, known: readonly string[]): Unreadable {
  return new Unreadable(
    `The secret of ${addressOf(place)} was sealed with key "${kid}"; this hub has ${known.map((id) => `"${id}"`).join(', ')}.`,
    `Put key "${kid}" back into SWITCHBOARD_KEYS (or the key file) beside the new one until everything is resealed, or connect again.`,
  );
}
