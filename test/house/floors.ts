/** The floors: each imports only what is below, rooms of one floor do not know each other, and nothing runs in a ring. */
import type { Doors, Source } from './source.ts';
import type { Violation } from './violation.ts';

/** From top to bottom. A room ends in `/`, or is a file; `*` stands for any one folder, each a room of its own. */
export const FLOORS: readonly (readonly Room[])[] = [
  ['test/'],
  [['hub/main.ts', 'hub/worker.ts', 'hub/workshop.ts', 'hub/start.ts', 'hub/open.ts', 'hub/cli/']],
  ['hub/api/', 'hub/console/'],
  ['hub/calls/', 'hub/actions/', 'hub/firms.ts', 'hub/ledger/', 'hub/rules/', 'hub/news/'],
  ['hub/sync/'],
  ['hub/crm/', 'hub/connections/', 'hub/keys.ts'],
  ['hub/store/'],
  // The ground of hub: words that every room of it uses and that use no room.
  [
    [
      'hub/config.ts',
      'hub/fault.ts',
      'hub/turns.ts',
      'hub/shares.ts',
      'hub/vigil.ts',
      'hub/failure.ts',
      'hub/log.ts',
      'hub/metrics.ts',
      'hub/service-calls.ts',
      'hub/webhook-counts.ts',
      'hub/permissions.ts',
    ],
  ],
  ['mappings/', 'credentials/', 'webhooks/'],
  ['connectors/index.ts'],
  ['connectors/*/'],
  ['connectors/kit/'],
];

/** One path, or several that make one room. */
type Room = string | readonly string[];

interface Place {
  floor: number;
  room: string;
}

/** Undefined: the file stands outside every room. Searched from below, so that the kit is no service. */
export function placeOf(file: string): Place | undefined {
  for (const [floor, rooms] of [...FLOORS.entries()].reverse()) {
    for (const room of rooms) {
      const paths: readonly string[] = typeof room === 'string' ? [room] : room;
      const path = paths.find((one) => covers(one, file));
      if (path === undefined) continue;
      const own = path.includes('*')
        ? `${file
            .split('/')
            .slice(0, path.split('/').length - 1)
            .join('/')}/`
        : paths.join(', ');
      return { floor, room: own };
    }
  }
  return undefined;
}

function covers(path: string, file: string): boolean {
  if (!path.endsWith('/')) return file === path;
  const parts = path.slice(0, -1).split('/');
  const of = file.split('/');
  return of.length > parts.length && parts.every((part, at) => part === '*' || part === of[at]);
}

export function floorViolations(sources: readonly Source[]): Violation[] {
  return sources.flatMap((source) => {
    const here = placeOf(source.file);
    if (here === undefined) return [homeless(source.file)];
    return source.imports.flatMap(({ name, line, target }) => {
      const there = target === undefined ? undefined : placeOf(target);
      if (there === undefined || there.room === here.room || there.floor > here.floor) return [];
      const beside = there.floor === here.floor;
      return [
        {
          file: source.file,
          line,
          found: `imports '${name}'`,
          rule: beside
            ? `${here.room} and ${there.room} are siblings that do not know each other`
            : `${here.room} lies below ${there.room}; a floor imports only what is below it`,
          remedy: beside
            ? 'let a floor above hand over what is needed, or move what both need below'
            : 'take what is needed as an argument (a port) from above, or move it to a floor below both',
        },
      ];
    });
  });
}

function homeless(file: string): Violation {
  return {
    file,
    line: 0,
    found: 'stands in no room',
    rule: 'every file has a room, and every room a floor',
    remedy: 'move it into a room, or give it its floor in test/house/floors.ts',
  };
}

/** Across rooms by the room's door, `#store/links.ts`; `../` never leaves the folder that a door opens. */
export function doorViolations(sources: readonly Source[], doors: Doors): Violation[] {
  const folders = [...doors].sort(([, a], [, b]) => b.length - a.length);
  const doorOf = (file: string) => folders.find(([, folder]) => file.startsWith(`${folder}/`));
  return sources.flatMap(({ file, imports }) =>
    imports.flatMap(({ name, line, target }) => {
      if (target === undefined || !name.startsWith('.')) return [];
      const [door, folder] = doorOf(target) ?? [];
      if (door === undefined || folder === undefined || door === doorOf(file)?.[0]) return [];
      return [
        {
          file,
          line,
          found: `imports '${name}'`,
          rule: 'across rooms imports go through the door that package.json names',
          remedy: `write '${door}${target.slice(folder.length)}'`,
        },
      ];
    }),
  );
}

/** Rings of imports, those of types included; each ring is told once. */
export function ringViolations(sources: readonly Source[]): Violation[] {
  const known = new Map(sources.map((source) => [source.file, source]));
  const done = new Set<string>();
  const path: string[] = [];
  const violations: Violation[] = [];
  const visit = (file: string): void => {
    path.push(file);
    for (const { name, line, target } of known.get(file)?.imports ?? []) {
      if (target === undefined || done.has(target) || !known.has(target)) continue;
      const begin = path.indexOf(target);
      if (begin === -1) visit(target);
      else
        violations.push({
          file,
          line,
          found: `imports '${name}' and so closes the ring ${[...path.slice(begin), target].join(' → ')}`,
          rule: 'no ring of imports, types included',
          remedy: 'move what both need into a file of its own that imports neither',
        });
    }
    path.pop();
    done.add(file);
  };
  for (const { file } of sources) if (!done.has(file)) visit(file);
  return violations;
}
