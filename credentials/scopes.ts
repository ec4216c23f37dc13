/** Granular consent: a person may allow less than was asked. What is missing is named at once instead of failing later. */
import type { Auth, OAuth2 } from '#kit/connector.ts';

/** What a connection cannot do, because the person did not allow it. */
export interface Missing {
  /** The stream that cannot be read or written; absent: not even who it is can be asked. */
  stream?: string;
  scopes: readonly string[];
}

/** Scopes to ask for: those of every connection, and of these streams (all, where none are named); none where they are the app's. */
export function scopesFor({ scopes }: OAuth2, streams?: readonly string[]): string[] {
  if (scopes.ofApp) return [];
  const wanted = streams ?? Object.keys(scopes.streams);
  return [...new Set([...scopes.always, ...(scopes.unnamed ?? []), ...wanted.flatMap((stream) => scopes.streams[stream] ?? [])])];
}

/** What was not granted, capability by capability. Scopes compare as the service writes them in its answer. */
export function missingScopes({ scopes }: Auth, granted: readonly string[]): Missing[] {
  const plain = (scope: string) => (scopes.ofResource ? scope.slice(scope.lastIndexOf('/') + 1).toLowerCase() : scope);
  const has = new Set(granted.map(plain));
  const lacking = (asked: readonly string[]) => asked.filter((scope) => !has.has(plain(scope)));
  return [
    { scopes: lacking(scopes.always) },
    ...Object.entries(scopes.streams).map(([stream, asked]) => ({ stream, scopes: lacking(asked) })),
  ].filter((one) => one.scopes.length > 0);
}
