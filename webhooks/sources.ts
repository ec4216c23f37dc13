/**
 * How much forged traffic a source may still send. Only what was found forged is counted and only forged requests are refused by it:
 * a genuine delivery passes however many came before it, from whatever address. Behind a proxy all share the proxy's address.
 */

export interface Sources {
  /** A forged request came from this address. True: it is one too many. */
  forged(address: string): boolean;
}

/** At once, and then each second. */
const BURST = 1_000;
const PER_SECOND = 20;
/** Addresses that are remembered. */
const MOST = 10_000;

interface Bucket {
  left: number;
  at: number;
}

export function openSources(now: () => number): Sources {
  const buckets = new Map<string, Bucket>();
  return {
    forged(address) {
      const key = networkOf(address);
      const at = now();
      const before = buckets.get(key);
      const left =
        before === undefined ? BURST : Math.min(BURST, before.left + (Math.max(0, at - before.at) / 1_000) * PER_SECOND);
      buckets.delete(key);
      if (buckets.size >= MOST) buckets.delete(buckets.keys().next().value!);
      buckets.set(key, { left: Math.max(0, left - 1), at });
      return left < 1;
    },
  };
}

/** One customer of a network has 2^64 addresses of IPv6: they count as one. */
function networkOf(address: string): string {
  if (!address.includes(':') || address.startsWith('::ffff:')) return address;
  const [head = '', tail] = address.split('::', 2);
  const groups = head.split(':');
  if (tail !== undefined) while (groups.length < 4) groups.push('0');
  return groups.slice(0, 4).join(':');
}
