/** Who talked in a call, and how long: told by its legs, since the record's own time includes menus and ringing. Pure. */
import type { Json } from '#kit/fields.ts';
import { type JsonObject, numberOf, objectOf, textOf } from '#kit/json.ts';
import { idOf, msOf } from './records.ts';

export interface Talk {
  /** The extension that talked longest; where nobody talked, the one that was rung, or of several the first: their queue. */
  extension?: string;
  /** Undefined: the record has no legs to tell it by. */
  seconds?: number;
}

const CONNECTED: ReadonlySet<string> = new Set(['Accepted', 'Call connected']);

/** Legs at which nobody talks, or nobody but a supervisor: they count only where there is nothing else. */
const ASIDE = /^(Hunting|CallPark|ParkLocation|PagingServer|SilentMonitoring|Monitoring|JoinCall|.*ToSubscriber)$/;

/** Legs that ring the telephones of an extension at which the call has arrived. */
const RINGING = /^(PstnToSip|FindMe|FollowMe|RingMe|SipForwarding|MobileApp)$/;

export function talkOf(legs: readonly JsonObject[], direction: Json | undefined, answered: boolean): Talk {
  if (legs.length === 0) return {};
  const extensions = legs.filter((leg) => extensionOf(leg) !== undefined);
  if (!answered) return { ...named(extensionOf(extensions.find((leg) => !isConnected(leg)) ?? extensions[0])), seconds: 0 };
  const talking = talkingOf(legs, direction).map(toSpan);
  const people = talking.filter((span) => !talking.some((inner) => isWithin(inner, span)));
  return { ...named(longest(people) ?? extensionOf(extensions[0])), seconds: Math.round(lengthOf(people) / 1000) };
}

const named = (extension: string | undefined) => (extension === undefined ? {} : { extension });

const isConnected = (leg: JsonObject) => CONNECTED.has(textOf(leg.result) ?? '');

/** Legs that were a conversation; in a call from outside, not the one that leads out again. */
function talkingOf(legs: readonly JsonObject[], direction: Json | undefined): readonly JsonObject[] {
  const connected = legs.filter(isConnected);
  const taken = connected.filter((leg) => direction !== 'Inbound' || leg.result === 'Accepted');
  const proper = taken.filter((leg) => !ASIDE.test(textOf(leg.legType) ?? ''));
  return [proper, taken, connected].find((some) => some.length > 0) ?? [];
}

interface Span {
  from: number;
  to: number;
  extension: string | undefined;
  type: string;
}

function toSpan(leg: JsonObject): Span {
  const from = msOf(leg.startTime) ?? 0;
  return { from, to: from + (durationOf(leg) ?? 0), extension: extensionOf(leg), type: textOf(leg.legType) ?? '' };
}

/**
 * A menu or a queue goes on for as long as the person behind it talks, and began before: what encloses a later leg is none of the
 * conversation. So is the arrival at a person whose telephones rang in vain for a while.
 */
function isWithin(inner: Span, outer: Span): boolean {
  if (inner.from <= outer.from || inner.to > outer.to + 1_000) return false;
  return inner.extension !== outer.extension || (RINGING.test(inner.type) && outer.type === 'Accept');
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

function longest(spans: readonly Span[]): string | undefined {
  const talked = new Map<string, number>();
  for (const { extension, from, to } of spans) {
    if (extension !== undefined) talked.set(extension, (talked.get(extension) ?? 0) + to - from);
  }
  let best: string | undefined;
  for (const [extension, ms] of talked) if (best === undefined || ms > talked.get(best)!) best = extension;
  return best;
}

/** How long at least one of the legs went on, ms: legs of one conversation lie over one another. */
function lengthOf(spans: readonly Span[]): number {
  let sum = 0;
  let until = Number.NEGATIVE_INFINITY;
  for (const { from, to } of spans.toSorted((a, b) => a.from - b.from)) {
    sum += Math.max(0, to - Math.max(from, until));
    until = Math.max(until, to);
  }
  return sum;
}
