/** The workspace itself: its name, whose national phone numbers it means, and by what its match keys were made. */
import type { Tx } from './database.ts';

/** How far keys have been computed anew: first stale ones are dropped in order of key, then missing ones added in order of record. */
export interface Reindex {
  /** What they are made by: region and number of the key rules. */
  by: string;
  walk: 'keys' | 'records';
  from: string;
}

export interface WorkspaceRow {
  workspace: number;
  name: string;
  region: string;
  indexed: string;
  reindex: Reindex | null;
}

export async function getWorkspace(tx: Tx): Promise<WorkspaceRow | undefined> {
  return (await tx.query<WorkspaceRow>('select workspace, name, region, indexed, reindex from workspaces'))[0];
}

export interface WorkspaceNamed {
  id: number;
  name: string;
}

/** Installation. */
export async function insertWorkspace(tx: Tx, name: string): Promise<WorkspaceNamed> {
  return (
    await tx.query<WorkspaceNamed>('insert into workspaces (name) values ($1) returning workspace as id, name', [name])
  )[0]!;
}

/** Installation; in order of their ids. */
export function listWorkspaces(tx: Tx, after: number, most: number): Promise<WorkspaceNamed[]> {
  return tx.query<WorkspaceNamed>(
    'select workspace as id, name from workspaces where workspace > $1 order by workspace limit $2',
    [after, most],
  );
}

export async function setRegion(tx: Tx, region: string): Promise<void> {
  await tx.run(`update workspaces set region = $1 where workspace = current_setting('switchboard.workspace')::int`, [region]);
}

export async function noteReindex(tx: Tx, { indexed, reindex }: Pick<WorkspaceRow, 'indexed' | 'reindex'>): Promise<void> {
  await tx.run(
    `update workspaces set indexed = $1, reindex = $2 where workspace = current_setting('switchboard.workspace')::int`,
    [indexed, reindex === null ? null : JSON.stringify(reindex)],
  );
}

/** Workspaces whose match keys are not those that their region and the key rules give. Worker. */
export async function unindexed(tx: Tx, keyRules: number): Promise<number[]> {
  const rows = await tx.query<{ workspace: number }>(
    `select workspace from workspaces where indexed <> region || ' ' || $1::text order by workspace`,
    [String(keyRules)],
  );
  return rows.map(({ workspace }) => workspace);
}
