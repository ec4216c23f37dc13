/** Routes by path, the more exact first, so that `/api/records/search` is no record called `search`. */
import type { Route } from './route.ts';

export interface Path {
  path: string;
  routes: Route[];
}

/** Throws on two routes of the same path and method, and where a path's parameters are not those declared. */
export function pathsOf(routes: readonly Route[]): Path[] {
  const byPath = new Map<string, Route[]>();
  for (const route of routes) {
    const here = byPath.get(route.path) ?? [];
    if (here.some((other) => other.method === route.method)) {
      throw new Error(`Two routes are ${route.method} ${route.path}: keep one.`);
    }
    expectParameters(route);
    byPath.set(route.path, [...here, route]);
  }
  return [...byPath].map(([path, here]) => ({ path, routes: here })).sort((a, b) => (rank(a.path) < rank(b.path) ? -1 : 1));
}

/** The names of a path's parameters: `['object', 'id']` of `/api/records/:object/:id`. */
export function parametersOf(path: string): string[] {
  return [...path.matchAll(/:(\w+)/g)].map((match) => match[1]!);
}

function expectParameters(route: Route): void {
  const inPath = parametersOf(route.path).sort().join(', ');
  const declared = Object.keys(route.params?.shape ?? {})
    .sort()
    .join(', ');
  if (inPath !== declared) {
    throw new Error(
      `${route.method} ${route.path} has the parameters "${inPath}" in its path and "${declared}" in params: make them the same.`,
    );
  }
}

/** Sorts literal steps before parameters, step by step. */
function rank(path: string): string {
  return path
    .split('/')
    .map((step) => (step.startsWith(':') ? '\uffff' : step))
    .join('/');
}
