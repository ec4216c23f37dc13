/** OAuth states: each is used once, by the browser that began. Only hashes are kept. */
import { HERE } from './columns.ts';
import type { Store, Tx } from './database.ts';

export interface StateRow {
  workspace: number;
  connector: string;
  /** SHA-256 of the session it is bound to; empty: not bound yet. */
  session: string;
  sealed: string;
  expires: string;
}

export interface NewState extends Omit<StateRow, 'workspace' | 'expires'> {
  /** SHA-256 of the state. */
  hash: string;
  expires: Date;
}

/** Keeps a state, and forgets those nobody came back with. */
export async function insertState(tx: Tx, { hash, connector, session, sealed, expires }: NewState, now: Date): Promise<void> {
  await tx.run(`delete from oauth_states where workspace = ${HERE} and expires < $1`, [now]);
  await tx.run(
    `insert into oauth_states (workspace, hash, connector, session, sealed, expires) values (${HERE}, $1, $2, $3, $4, $5)`,
    [hash, connector, session, sealed, expires],
  );
}

const COLUMNS = 'workspace, connector, session, sealed, expires';

/** Worker: who comes back has no workspace yet. */
export async function peekState(store: Store, hash: string): Promise<StateRow | undefined> {
  return store.installation(
    async (tx) => (await tx.query<StateRow>(`select ${COLUMNS} from oauth_states where hash = $1`, [hash]))[0],
  );
}

/** Takes the state for good: of two who come back with it, one gets it. Worker. */
export async function takeState(store: Store, hash: string): Promise<StateRow | undefined> {
  return store.installation(
    async (tx) => (await tx.query<StateRow>(`delete from oauth_states where hash = $1 returning ${COLUMNS}`, [hash]))[0],
  );
}

/** Binds a state to the first session that opens it. False where another was first. */
export async function bindState(tx: Tx, hash: string, session: string): Promise<boolean> {
  return (await tx.run(`update oauth_states set session = $2 where hash = $1 and session in ('', $2)`, [hash, session])) > 0;
}
