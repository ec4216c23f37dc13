/** Granular consent: a person may allow less than was asked. What is missing is named at once instead of failing later. */
import type { Auth, OAuth2 } from '#kit/connector.ts';

/** What a connection cannot do, because the person did not allow it. */
export interface Missing {
  /** The stream that cannot be read or written; absent: not even who it is can be asked. */
  stream?: string;
  scopes: readonly string[];
}

/**
 * Scopes to ask for: those of every connection, and of these streams (where none are named, all but those by choice); none where they
 * are the app's.
 */
export function scopesFor({ scopes }: OAuth2, streams?: readonly string[]): string[] {
  if (scopes.ofApp) return [];
  const wanted = streams ?? Object.keys(scopes.streams).filter((stream) => !isByChoice(scopes, stream));
  return [...new Set([...scopes.always, ...(scopes.unnamed ?? []), ...wanted.flatMap((stream) => scopes.streams[stream] ?? [])])];
}

/** What was not granted, capability by capability. Scopes compare as the service writes them in its answer. `used`: of a stream by choice. */
export function missingScopes(
  { scopes }: Auth,
  granted: readonly string[],
  used: (stream: string) => boolean = () => false,
): Missing[] {
  const has = new Set(granted.map((scope) => plain(scopes, scope)));
  const lacking = (asked: readonly string[]) => asked.filter((scope) => !has.has(plain(scopes, scope)));
  return [
    { scopes: lacking(scopes.always) },
    ...Object.entries(scopes.streams)
      .filter(([stream]) => !isByChoice(scopes, stream) || used(stream))
      .map(([stream, asked]) => ({ stream, scopes: lacking(asked) })),
  ].filter((one) => one.scopes.length > 0);
}

/** Which of these streams a connection has by what was granted: all but those by choice that were not allowed. */
export function streamsAllowed({ scopes }: Auth, granted: readonly string[], streams = Object.keys(scopes.streams)): string[] {
  const has = new Set(granted.map((scope) => plain(scopes, scope)));
  const whole = (stream: string) => (scopes.streams[stream] ?? []).every((scope) => has.has(plain(scopes, scope)));
  return streams.filter((stream) => !isByChoice(scopes, stream) || whole(stream));
}

function isByChoice({ byChoice = [] }: Auth['scopes'], stream: string): boolean {
  return byChoice.includes(stream);
}

const plain = ({ ofResource }: Auth['scopes'], scope: string): string =>
  ofResource ? scope.slice(scope.lastIndexOf('/') + 1).toLowerCase() : scope;
