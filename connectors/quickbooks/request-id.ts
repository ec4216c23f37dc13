/** Under what name the service remembers a write. */
import { createHash } from 'node:crypto';

/** At most 36 characters, the same for the same keys: what was sent under it once is answered as it was then. */
export function requestIdOf(...keys: readonly string[]): string {
  const [only] = keys;
  if (keys.length === 1 && only !== undefined && /^[\w-]{1,36}$/.test(only)) return only;
  return createHash('sha256').update(keys.join('\n')).digest('hex').slice(0, 32);
}
