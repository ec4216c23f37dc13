/** The addresses that are the gate's: `/webhooks/:connector` and `/webhooks/:connector/:subscription`. */

export interface Address {
  connector: string;
  subscription: string | undefined;
  /** Without the `?`. */
  query: string;
}

const OURS = '/webhooks/';
const PLACE = /^\/webhooks\/([a-z0-9-]{1,64})(?:\/([\w~.-]{1,200}))?\/?$/;

/** Is it for the gate to answer, whatever it says? */
export function isOurs(url: string): boolean {
  return url.startsWith(OURS);
}

/** Undefined: nothing can be there. */
export function addressOf(url: string): Address | undefined {
  const mark = url.indexOf('?');
  const found = PLACE.exec(mark === -1 ? url : url.slice(0, mark));
  if (found === null) return undefined;
  return { connector: found[1]!, subscription: found[2], query: mark === -1 ? '' : url.slice(mark + 1) };
}
