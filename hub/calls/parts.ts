/** What the room of calls is given by whoever opens the hub. */
import type { Context } from '#kit/context.ts';
import type { Telephony } from '#kit/telephony.ts';
import { connectionsBeside, getConnection } from '#store/connections.ts';
import type { Store, Tx } from '#store/database.ts';
import type { Engine } from '#sync/engine.ts';

export interface CallParts {
  store: Store;
  engine: Pick<Engine, 'request' | 'edited' | 'bring'>;
  /** The telephone that a connector's service is; undefined where it is none. */
  telephonyOf(connector: string): Telephony | undefined;
  /** What a connector is lent for one connection. */
  context(workspace: number, connection: number, signal: AbortSignal): Promise<Context>;
  /** Where people reach the hub. */
  publicUrl(): string;
  /** Milliseconds since the epoch; everything due uses it. */
  now(): number;
  /** For the maintainer. */
  log: { info(about: object, message: string): void; error(about: object, message: string): void };
}

/** A connection as a telephone line. */
export interface Line {
  connection: number;
  connector: string;
  title: string;
  account: string;
  active: boolean;
  /** Only the events of whoever is connected are told. */
  ownOnly: boolean;
  /** Full name of its stream of finished calls. */
  stream: string;
  telephony: Telephony;
  /** Other connections of the service in this workspace: some of their calls are the same. */
  beside: readonly { connection: number; ownOnly: boolean }[];
}

/** Undefined where there is no such connection, or its service is no telephone. */
export async function lineOf(tx: Tx, parts: Pick<CallParts, 'telephonyOf'>, connection: number): Promise<Line | undefined> {
  const [row, others] = await Promise.all([getConnection(tx, connection), connectionsBeside(tx, connection)]);
  const telephony = row && parts.telephonyOf(row.connector);
  if (row === undefined || telephony === undefined) return undefined;
  const { connector, title, account, settings } = row;
  const ownOnly = telephony.ownOnly?.(settings) ?? false;
  const beside = others.map((other) => ({ connection: other.id, ownOnly: telephony.ownOnly?.(other.settings) ?? false }));
  const active = row.state === 'active' && row.grant_id !== null;
  return { connection, connector, title, account, active, ownOnly, beside, stream: `${connector}.${telephony.calls}`, telephony };
}

/** Is this (full name) the stream of finished calls of a telephone service? */
export function isCalls({ telephonyOf }: Pick<CallParts, 'telephonyOf'>, stream: string): boolean {
  const [connector = '', name] = stream.split('.', 2);
  return telephonyOf(connector)?.calls === name;
}

/** Is this (full name) the stream among whose messages a telephone service's voicemails are? */
export function isVoicemails({ telephonyOf }: Pick<CallParts, 'telephonyOf'>, stream: string): boolean {
  const [connector = '', name] = stream.split('.', 2);
  return name !== undefined && telephonyOf(connector)?.voicemails?.stream === name;
}
