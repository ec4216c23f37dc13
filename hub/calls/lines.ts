/** The telephone lines of a workspace. */
import { Fault } from '#hub/fault.ts';
import { listConnections } from '#store/connections.ts';
import type { Tx } from '#store/database.ts';
import { type CallParts, type Line, lineOf } from './parts.ts';

/** Throws `Fault` where the connection is none. */
export async function needLine(tx: Tx, parts: Pick<CallParts, 'telephonyOf'>, connection: number): Promise<Line> {
  const line = await lineOf(tx, parts, connection);
  if (line !== undefined) return line;
  throw new Fault(
    'missing',
    `Connection ${connection} is not there, or its service is no telephone.`,
    'List the connections, and choose one of a telephone service.',
  );
}

export async function linesOf(tx: Tx, parts: Pick<CallParts, 'telephonyOf'>): Promise<Line[]> {
  const rows = await listConnections(tx, 0, 1_000);
  const telephones = rows.filter((row) => parts.telephonyOf(row.connector) !== undefined);
  const lines = await Promise.all(telephones.map((row) => lineOf(tx, parts, row.id)));
  return lines.flatMap((line) => line ?? []);
}
