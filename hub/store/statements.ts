/** One statement: sent under a name so that it is planned once, and found again when it fails. */
import { createHash } from 'node:crypto';
import pg from 'pg';

const MOST_PREPARED = 1_000;
const names = new Map<string, string>();

/** Repeated statements are planned once per connection. Past a limit they are sent unnamed. */
export function nameOf(text: string): string | undefined {
  let name = names.get(text);
  if (name === undefined) {
    if (names.size >= MOST_PREPARED) return undefined;
    name = createHash('sha256').update(text).digest('base64url').slice(0, 22);
    names.set(text, name);
  }
  return name;
}

/** Whom a statement came from: its stack is read only if it fails. */
export interface Origin {
  stack?: string;
}

export function originOf(sender: (...args: never[]) => unknown): Origin {
  const origin: Origin = {};
  Error.captureStackTrace(origin, sender);
  return origin;
}

/** Says which statement failed, and where it is: its first line and the function that sent it. */
export function located(error: unknown, text: string, origin: Origin): unknown {
  if (!(error instanceof Error) || error.message.includes(' — in: ')) return error;
  const first = text.trim().split('\n')[0];
  const from = placeIn(origin.stack ?? '');
  const detail = error instanceof pg.DatabaseError && tells(error.detail) ? ` (${error.detail})` : '';
  error.message += ` — in: ${first}${from === '' ? '' : ` — sent by ${from}`}${detail}`;
  return error;
}

/** PostgreSQL quotes the whole row that breaks a check: a message that is logged must not. */
function tells(detail: string | undefined): boolean {
  return detail !== undefined && detail !== '' && !detail.startsWith('Failing row contains');
}

/** `insertSync (syncs.ts:44)`, or the place alone where the function has no name. */
function placeIn(stack: string): string {
  const [, name, file] = /^\s+at (?:async )?(?:(.+) \()?(?:.*[/\\])?([^/\\]+:\d+):\d+\)?$/m.exec(stack) ?? [];
  return name === undefined ? (file ?? '') : `${name} (${file})`;
}
