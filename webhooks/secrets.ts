/** Port: what the services prove themselves with; and its memory, so that a burst asks once. */

export interface Secrets {
  /**
   * Live secrets of a connector's app, or of one subscription, newest first: two during a rotation, none where nothing was agreed.
   * Undefined: there is no such subscription. Rejects where nobody can tell now.
   */
  of(connector: string, subscription: string | undefined): Promise<readonly string[] | undefined>;
}

/** How long a new secret may be unknown here, and a withdrawn one still good. */
const LIFE_MS = 5_000;
const MOST = 10_000;

type Known = { until: number; secrets: Promise<readonly string[] | undefined> };

/** Asks for each once in five seconds, however many wait for the answer. What failed is asked again. */
export function remembered(secrets: Secrets, now: () => number): Secrets {
  const known = new Map<string, Known>();
  return {
    of(connector, subscription) {
      const key = `${connector}/${subscription ?? ''}`;
      const found = known.get(key);
      if (found !== undefined && found.until > now()) return found.secrets;
      const asked = secrets.of(connector, subscription);
      if (known.size >= MOST) known.clear();
      known.set(key, { until: now() + LIFE_MS, secrets: asked });
      asked.catch(() => known.delete(key));
      return asked;
    },
  };
}
