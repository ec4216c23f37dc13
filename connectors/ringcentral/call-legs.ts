/** Who talked in a call, and how long: told by its legs, since the record's own time includes menus and ringing. Pure. */
import type { Json } from '#kit/fields.ts';
import { type JsonObject, numberOf, objectOf, textOf } from '#kit/json.ts';
import { idOf, msOf } from './records.ts';

export interface Talk {
  /** The extension that talked longest; where nobody talked, the one that was rung first. */
  extension?: string;
  /** Undefined: the record has no legs to tell it by. */
  seconds?: number;
}

const CONNECTED: ReadonlySet<string> = new Set(['Accepted', 'Call connected']);

/** Legs that arrive at an extension (a queue, a menu, a park place) rather than at somebody's telephone. */
const ARRIVING: ReadonlySet<string> = new Set([
  'Accept',
  'Hunting',
  'CallPark',
  'ParkLocation',
  'ConferenceCall',
  'PagingServer',
]);

/** The leg of a click-to-call that rings whoever clicked. */
const INNER = /ToSubscriber$/;

export function talkOf(legs: readonly JsonObject[], direction: Json | undefined): Talk {
  if (legs.length === 0) return {};
  const connected = legs.filter((leg) => CONNECTED.has(textOf(leg.result) ?? ''));
  const talking = narrowed(connected, direction);
  const extension = longest(talking) ?? extensionOf(legs.find((leg) => extensionOf(leg) !== undefined));
  return { ...(extension !== undefined && { extension }), seconds: Math.round(lengthOf(talking) / 1000) };
}

/** Of the legs that were connected those that are a conversation, as far as they can be told apart. */
function narrowed(connected: readonly JsonObject[], direction: Json | undefined): readonly JsonObject[] {
  const outer = connected.filter((leg) => !INNER.test(textOf(leg.legType) ?? ''));
  const legs = outer.length > 0 ? outer : connected;
  if (direction === 'Outbound') return legs;
  const ringing = legs.filter((leg) => !ARRIVING.has(textOf(leg.legType) ?? ''));
  return ringing.length > 0 ? ringing : legs;
}

export function extensionOf(leg: JsonObject | undefined): string | undefined {
  return idOf(objectOf(leg?.extension)?.id);
}

/** Milliseconds of a leg or a record. */
export function durationOf(of: JsonObject): number | undefined {
  return numberOf(of.durationMs) ?? secondsIn(of.duration);
}

function secondsIn(duration: Json | undefined): number | undefined {
  const seconds = numberOf(duration);
  return seconds === undefined ? undefined : seconds * 1000;
}

function longest(legs: readonly JsonObject[]): string | undefined {
  const talked = new Map<string, number>();
  for (const leg of legs) {
    const extension = extensionOf(leg);
    if (extension !== undefined) talked.set(extension, (talked.get(extension) ?? 0) + (durationOf(leg) ?? 0));
  }
  let best: string | undefined;
  for (const [extension, ms] of talked) if (best === undefined || ms > talked.get(best)!) best = extension;
  return best;
}

/** How long at least one of the legs went on, ms: legs of one conversation lie over one another. */
function lengthOf(legs: readonly JsonObject[]): number {
  const spans = legs
    .map((leg) => ({ from: msOf(leg.startTime) ?? 0, ms: durationOf(leg) ?? 0 }))
    .toSorted((a, b) => a.from - b.from);
  let sum = 0;
  let until = Number.NEGATIVE_INFINITY;
  for (const { from, ms } of spans) {
    const end = from + ms;
    sum += Math.max(0, end - Math.max(from, until));
    until = Math.max(until, end);
  }
  return sum;
}
