/** Time zones by name: IANA's, which is what a `zoned` value bears, and those of Windows. */
import { windowsZones } from './windows-zones.ts';

/** Most names remembered: what services send is a few dozen, what somebody makes up is without end. */
const MOST = 1_000;

/** Each name with the one of its zone that stands for all of its names (`Asia/Kolkata`: `Asia/Calcutta`); null where it is none. */
const known = new Map<string, string | null>();

function primary(name: string): string | null {
  let zone = known.get(name);
  if (zone === undefined) {
    try {
      zone = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
    } catch {
      zone = null;
    }
    if (known.size < MOST) known.set(name, zone);
  }
  return zone;
}

/** A name of the IANA database, old ones included, or a fixed offset such as `+02:00`. */
export function isZone(name: string): boolean {
  return primary(name) !== null;
}

/** Do both names mean one zone, as Asia/Calcutta and Asia/Kolkata do? Europe/Oslo and Europe/Berlin are two. */
export function sameZone(a: string, b: string): boolean {
  return a === b || (primary(a) ?? a) === (primary(b) ?? b);
}

const byWindows = new Map(Object.entries(windowsZones).map(([name, zones]) => [name.toLowerCase(), zones.split(' ')[0]!]));
byWindows.set('tzone://microsoft/utc', 'Etc/UTC');

let byZone: Map<string, string> | undefined;

/**
 * The IANA zone that a name of either kind means: an IANA name stays as it is written. A name nobody knows stays too (`Customized Time
 * Zone`): the check of the row's fields refuses it with its place.
 */
export function ianaZone(name: string): string {
  const bare = name.trim();
  return isZone(bare) ? bare : (byWindows.get(bare.toLowerCase()) ?? bare);
}

/** The name Windows has for a zone, by any of its IANA names; undefined where it has none (`Antarctica/Troll`, `+02:00`). */
export function windowsZone(zone: string): string | undefined {
  byZone ??= new Map(
    Object.entries(windowsZones).flatMap(([name, zones]) =>
      zones.split(' ').map((one): [string, string] => [primary(one) ?? one, name]),
    ),
  );
  return byZone.get(primary(zone) ?? zone);
}
