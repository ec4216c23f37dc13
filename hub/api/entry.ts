/** Who asks: a bearer key, and what its role may. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Permission } from '#hub/permissions.ts';
import { BadRequest } from './problems.ts';

/** Whom a key stands for. */
export interface Caller {
  workspace: number;
  /** For the journal: `key 12`. */
  by: string;
  permissions: ReadonlySet<Permission>;
}

/** Looks a key up. Undefined: unknown, revoked or expired; which of them is nobody's business. */
export type Identify = (key: string) => Promise<Caller | undefined>;

export const NOBODY: Caller = { workspace: 0, by: 'public', permissions: new Set() };

/** Throws 401 without a good key, 403 where the key may not. */
export async function admit(
  headers: IncomingHttpHeaders,
  permission: Permission | 'public',
  identify: Identify,
): Promise<Caller> {
  if (permission === 'public') return NOBODY;
  const [scheme = '', key = '', ...rest] = (headers.authorization ?? '').split(' ');
  if (scheme.toLowerCase() !== 'bearer' || key === '' || rest.length > 0) throw unauthorised('No key was sent.', '');
  const caller = await identify(key);
  if (caller === undefined) throw unauthorised('The key is unknown, revoked or expired.', ', error="invalid_token"');
  if (!caller.permissions.has(permission)) {
    const allowed = [...caller.permissions].join(', ') || 'nothing';
    throw new BadRequest(
      403,
      `This needs the permission ${permission}; the key has ${allowed}.`,
      'Ask an admin for a key with that permission.',
    );
  }
  return caller;
}

function unauthorised(message: string, more: string): BadRequest {
  return new BadRequest(401, message, 'Send Authorization: Bearer sb_…; `npm run cli -- key create` makes a key.', {
    headers: { 'www-authenticate': `Bearer realm="switchboard"${more}` },
  });
}
