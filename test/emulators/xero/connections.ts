import { randomUUID } from 'node:crypto';
import type { Clock } from '../kit/clock.ts';

/** An organisation that a person has connected to an app. */
export interface Connection {
  id: string;
  account: string;
  clientId: string;
  tenantId: string;
  tenantName: string;
  authEventId: string;
  created: number;
  updated: number;
}

export type Connections = ReturnType<typeof createConnections>;

export function createConnections(clock: Clock) {
  let held: Connection[] = [];
  const isOf = (one: Connection, account: string, clientId: string) => one.account === account && one.clientId === clientId;

  return {
    /** The person has chosen an organisation in this sign-in. */
    add(given: Pick<Connection, 'account' | 'clientId' | 'tenantId' | 'tenantName' | 'authEventId'>): void {
      const before = held.find((one) => isOf(one, given.account, given.clientId) && one.tenantId === given.tenantId);
      if (before) Object.assign(before, given, { updated: clock.now() });
      else held.push({ ...given, id: randomUUID(), created: clock.now(), updated: clock.now() });
    },
    of: (account: string, clientId: string, authEventId?: string | null): readonly Connection[] =>
      held.filter((one) => isOf(one, account, clientId) && (!authEventId || one.authEventId === authEventId)),
    has: (account: string, clientId: string, tenantId: string): boolean =>
      held.some((one) => isOf(one, account, clientId) && one.tenantId === tenantId),
    /** False where there is no such connection of this person. */
    drop(account: string, clientId: string, id: string): boolean {
      const before = held.length;
      held = held.filter((one) => !(isOf(one, account, clientId) && one.id === id));
      return held.length < before;
    },
    dropAll(account: string, clientId?: string): void {
      held = held.filter((one) => one.account !== account || (clientId !== undefined && one.clientId !== clientId));
    },
    dropTenant(tenantId: string): void {
      held = held.filter((one) => one.tenantId !== tenantId);
    },
    /** Apps that have connected an organisation. */
    apps: (tenantId: string): ReadonlySet<string> =>
      new Set(held.filter((one) => one.tenantId === tenantId).map(({ clientId }) => clientId)),
  };
}
