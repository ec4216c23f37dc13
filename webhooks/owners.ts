/** Whose address is it, and what must a sender know? Asked by every delivery: remembered for seconds, whatever the answer. */
import type { Ref, Register, Secret } from './register.ts';

export interface Owner extends Ref {
  /** Live ones, newest first. */
  secrets: readonly string[];
}

/** Less than it takes until a service bears a new secret (`ROTATION_MS` in subscriptions.ts), however many hubs there are. */
export const REMEMBERED_MS = 5_000;
const MOST = 10_000;
/** What we make: 32 bytes in base64url. Anything else is nobody's. */
const ADDRESS = /^[\w-]{43}$/;

interface Remembered {
  found: Promise<(Ref & { secrets: readonly Secret[] }) | undefined>;
  until: number;
}

export interface Owners {
  /** Undefined: nobody has this address. Rejects where the store cannot be asked, which is not remembered. */
  of(connector: string, address: string): Promise<Owner | undefined>;
  /** It was changed in this process. */
  forget(connector: string, address: string): void;
}

export function openOwners({ register, now }: { register: Pick<Register, 'byAddress'>; now(): number }): Owners {
  const known = new Map<string, Remembered>();

  function ask(connector: string, address: string): Remembered['found'] {
    const found = register.byAddress(connector, address);
    const key = `${connector}/${address}`;
    known.delete(key);
    known.set(key, { found, until: performance.now() + REMEMBERED_MS });
    found.catch(() => known.delete(key));
    if (known.size > MOST) known.delete(known.keys().next().value!); // the one asked longest ago
    return found;
  }

  return {
    async of(connector, address) {
      if (!ADDRESS.test(address)) return undefined;
      const remembered = known.get(`${connector}/${address}`);
      const fresh = remembered !== undefined && remembered.until > performance.now();
      const found = await (fresh ? remembered.found : ask(connector, address));
      if (found === undefined) return undefined;
      const { secrets, ...ref } = found;
      const live = secrets.filter(({ until }) => until === undefined || until > now());
      return { ...ref, secrets: live.map(({ secret }) => secret) };
    },
    forget: (connector, address) => known.delete(`${connector}/${address}`),
  };
}
