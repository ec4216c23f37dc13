/** A whole hub over a real database, with the emulated telephone company connected to it and one clock for both. */
import { routesOf } from '#api/routes.ts';
import { openServer } from '#api/server.ts';
import type { CrmRecord } from '#crm/core.ts';
import { readConfig } from '#hub/config.ts';
import { openLog } from '#hub/log.ts';
import { type Hub, openHub } from '#hub/open.ts';
import type { Role } from '#hub/permissions.ts';
import { listSyncs } from '#store/syncs.ts';
import { testDatabase } from '#test/database.ts';
import { type Emulators, startEmulators } from '#test/emulators/index.ts';
import { atEndOfFile } from '#test/file.ts';

export interface PhoneHub {
  hub: Hub;
  emulators: Emulators;
  url: string;
  workspace: number;
  connection: number;
  /** Somebody else of the same account connects too, in the same workspace. */
  join(who: string): Promise<void>;
  /** Time passes; what the exchange says of it is heard and acted upon. */
  pass(ms: number): Promise<void>;
  /** A stream of every connection is read now. */
  read(stream: 'calls' | 'messages' | 'extensions'): Promise<void>;
  /** The record of a telephony session; throws where there is none, or more than one. */
  callOf(session: string): Promise<CrmRecord>;
  /** A key with a role; `workspace`: default the connected one. */
  key(role: Role, workspace?: number): Promise<string>;
}

export async function openPhoneHub(who = 'ann'): Promise<PhoneHub> {
  const database = await testDatabase();
  const emulators = await startEmulators();
  const workspace = await database.workspace();
  const log = openLog('silent');
  const config = readConfig({
    SWITCHBOARD_KEYS: `test:${'A'.repeat(43)}`,
    SWITCHBOARD_HOSTS: JSON.stringify(emulators.hosts),
    RINGCENTRAL_CLIENT_ID: 'switchboard-demo',
    RINGCENTRAL_CLIENT_SECRET: 'demo-secret',
  });
  const hub = await openHub(config, log, { store: Promise.resolve(database.store), now: () => emulators.clock.now() });
  const server = openServer(routesOf(hub), { identify: (key) => hub.keys.identify(key), log, first: hub.gate.take });
  const { port } = await server.listen(0, '127.0.0.1');
  hub.publicUrl = `http://127.0.0.1:${port}`;
  atEndOfFile(async () => {
    await server.close(0);
    await hub.close();
    await emulators.close();
  });
  const streams = ['calls', 'messages', 'extensions'] as const;
  const syncs: { id: number; stream: string }[] = [];
  async function join(person: string): Promise<number> {
    const assertion = emulators.ringcentral.jwt(person);
    await hub.connections.paste({ workspace, connector: 'ringcentral', by: 'test', assertion });
    const id = (await hub.connections.list(workspace, 0, 10)).at(-1)!.id;
    await hub.subscriptions.attend({ workspace, connection: id });
    for (const sync of (await hub.store.workspace(workspace, listSyncs)).filter((one) => one.connection === id)) {
      if (!streams.some((name) => sync.stream === `ringcentral.${name}`)) continue;
      const { plan, done } = await hub.engine.preview(workspace, sync.id, 'test');
      const problem = await done;
      if (problem) throw problem;
      await hub.engine.execute(workspace, plan, 'test');
      await hub.engine.drain(workspace, sync.id, 'test');
      syncs.push(sync);
    }
    return id;
  }
  const connection = await join(who);
  return {
    ...{ hub, emulators, url: hub.publicUrl, workspace, connection },
    join: async (person) => void (await join(person)),
    async pass(ms) {
      emulators.clock.turn(ms);
      await emulators.ringcentral.settled();
      await hub.news.drain();
      await hub.calls.drain();
    },
    async read(stream) {
      for (const sync of syncs.filter((one) => one.stream === `ringcentral.${stream}`)) {
        await hub.engine.request(workspace, sync.id, false);
        const { problem } = await hub.engine.drain(workspace, sync.id, 'test');
        if (problem) throw problem;
      }
      await hub.calls.drain();
    },
    async callOf(session) {
      const { items } = await hub.crm.list(workspace, 'call', { after: null, limit: 200 });
      const found = items.filter(({ fields }) => fields.session === session);
      if (found.length !== 1) throw new Error(`${found.length} records of ${session}`);
      return found[0]!;
    },
    key: async (role, of = workspace) => (await hub.keys.create(of, { name: role, role })).key,
  };
}
