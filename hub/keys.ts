/**
 * API keys: `sb_<id>_<secret>`. The secret is 256 random bits, shown once and kept as its SHA-256: so many bits need no slow hash, and
 * the index is asked for a hash that nobody can steer.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { insertFirstKey, insertKey, type KeyRow, listKeys, livingKey, revokeKey } from '#store/api-keys.ts';
import type { Store } from '#store/database.ts';
import { Fault } from './fault.ts';
import { PERMISSIONS, type Permission, ROLES, type Role } from './permissions.ts';

export interface KeyWish {
  name: string;
  role: Role;
  /** Instant. */
  expires?: string;
}

/** A key just made: the only time its text is seen. */
export interface MadeKey extends KeyRow {
  key: string;
}

export interface Keys {
  /** Throws `missing` where there is no such workspace, `invalid` where it would have expired already. */
  create(workspace: number, wish: KeyWish): Promise<MadeKey>;
  list(workspace: number, page: { after: number; limit: number }): Promise<KeyRow[]>;
  /** Throws `missing` where the workspace has no such key. */
  revoke(workspace: number, id: number): Promise<void>;
  /** Undefined: unknown, revoked or expired. */
  identify(key: string): Promise<{ workspace: number; by: string; permissions: ReadonlySet<Permission> } | undefined>;
  /** On the very first start: a workspace, and a key for its operator. Undefined where keys exist. */
  first(): Promise<string | undefined>;
}

const SHAPE = /^sb_(\d{1,9})_([\w-]{43})$/;

export function openKeys(store: Store): Keys {
  return {
    async create(workspace, wish) {
      expectAhead(wish.expires);
      const secret = newSecret();
      const row = await insertKey(store, workspace, {
        name: wish.name,
        hash: hashOf(secret),
        permissions: ROLES[wish.role],
        expires: wish.expires,
      });
      if (row === undefined) throw new Fault('missing', `There is no workspace ${workspace}.`, 'Name one that is there.');
      return { ...row, key: asKey(row.id, secret) };
    },
    list: (workspace, page) => listKeys(store, workspace, page.after, page.limit),
    async revoke(workspace, id) {
      if (await revokeKey(store, workspace, id)) return;
      throw new Fault('missing', `There is no key ${id}.`, 'GET /api/keys lists the keys.');
    },
    async identify(key) {
      const [, id, secret] = SHAPE.exec(key) ?? [];
      if (id === undefined || secret === undefined) return undefined;
      const hash = hashOf(secret);
      const row = await livingKey(store, hash);
      if (row === undefined || row.id !== Number(id) || !timingSafeEqual(Buffer.from(row.hash), Buffer.from(hash)))
        return undefined;
      return {
        workspace: row.workspace,
        by: `key ${row.id}`,
        permissions: new Set(PERMISSIONS.filter((name) => row.permissions.includes(name))),
      };
    },
    async first() {
      const secret = newSecret();
      const made = await insertFirstKey(store, 'My firm', { name: 'first', hash: hashOf(secret), permissions: ROLES.operator });
      return made && asKey(made.id, secret);
    },
  };
}

/** Throws `Fault` where a key would be good for nothing. */
function expectAhead(expires: string | undefined): void {
  if (expires === undefined || Date.parse(expires) > Date.now()) return;
  throw new Fault('invalid', `The key would expire ${expires}, which is past.`, 'Name an instant to come, or none.', [
    { path: 'expires', found: expires, allowed: 'an instant to come' },
  ]);
}

function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

function asKey(id: number, secret: string): string {
  return `sb_${id}_${secret}`;
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
