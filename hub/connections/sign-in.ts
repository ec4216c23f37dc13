/**
 * Signing in at a service: a person is sent off with a state that is used once and belongs to the browser that began, and comes
 * back with a code. Where a browser session asked, the service's address is given at once; else a link of the hub, whose first
 * opener becomes that browser.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { settingsIn } from '#credentials/callback.ts';
import { authorizeUrl, exchange, type Journey, newState, newVerifier } from '#credentials/oauth.ts';
import { type Missing, missingScopes, scopesFor, streamsAllowed } from '#credentials/scopes.ts';
import type { Place } from '#credentials/seal.ts';
import { personalServiceOf } from '#credentials/service.ts';
import { type Tokens, tokensToJson } from '#credentials/tokens.ts';
import { Fault } from '#hub/fault.ts';
import type { Account, Accounts, Connector } from '#kit/connector.ts';
import { Refused } from '#kit/errors.ts';
import type { Json, Values } from '#kit/fields.ts';
import { type ConnectionRow, getConnection, keepConnection, moveConnection, wakeConnection } from '#store/connections.ts';
import { dropGrant, insertGrant } from '#store/grants.ts';
import { bindState, insertState, peekState, type StateRow, takeState } from '#store/oauth-states.ts';
import { lend } from './lend.ts';
import { appFor } from './own-apps.ts';
import { type ConnectionParts, connectorOf, expectSettings } from './parts.ts';

export interface Departure {
  workspace: number;
  connector: string;
  by: string;
  /** Of the browser that asks; absent: whoever opens the link first. */
  session?: string;
  /** Streams to ask for, by short name. Default all but those by choice. A connection signed in anew keeps what it has beside them. */
  streams?: readonly string[];
  /** Settings of the connection, as far as they change. */
  settings?: Values;
  /** Path of the hub to go to afterwards. */
  returnTo?: string;
  /** A connection to sign in anew: another account is refused. */
  connection?: number;
  /** Where the service sends the person back. Default the hub's `/oauth/callback`. */
  redirectUri?: string;
}

export interface Arrival {
  workspace: number;
  connection: number;
  connector: string;
  title: string;
  /** Made now, or revived. */
  made: boolean;
  /** Further accounts that the same sign-in opened: each is a connection too, on the same grant. */
  others: readonly Joined[];
  /** What the person did not allow. */
  missing: readonly Missing[];
  returnTo?: string;
}

export type Joined = Pick<Arrival, 'connection' | 'title' | 'made'>;

/** Sealed with the state. */
interface Luggage {
  verifier: string;
  redirectUri: string;
  scopes: string[];
  by: string;
  settings?: Values;
  returnTo?: string;
  /** The account that must come back. */
  expected?: Expected;
}

type Expected = Pick<Account, 'id' | 'title' | 'settings'>;

const LIFE_MS = 10 * 60_000;

/** Begins a sign-in. `url` is for the browser and good for ten minutes. */
export async function depart(parts: ConnectionParts, asked: Departure): Promise<{ url: string; expires: string }> {
  const { workspace } = asked;
  const connector = connectorOf(parts, asked.connector);
  const service = personalServiceOf(connector, parts.hosts);
  const expected = asked.connection === undefined ? undefined : await expectedAccount(parts, asked, asked.connection);
  expectSettings(connector, asked.settings);
  const app = await appFor(parts, workspace, connector.name);
  const streams = streamsOf(connector, asked.streams);
  const kept = expected === undefined ? [] : scopesFor(service.auth, streamsAllowed(service.auth, expected.scopes));
  const luggage: Luggage = {
    verifier: newVerifier(),
    redirectUri: asked.redirectUri ?? `${parts.publicUrl()}/oauth/callback`,
    scopes: [...new Set([...scopesFor(service.auth, streams), ...kept])],
    by: asked.by,
    ...(asked.settings === undefined ? {} : { settings: asked.settings }),
    ...(asked.returnTo === undefined ? {} : { returnTo: ownPath(asked.returnTo) }),
    ...(expected === undefined ? {} : { expected: { id: expected.id, title: expected.title, settings: expected.settings } }),
  };
  const state = newState();
  const expires = new Date(parts.now() + LIFE_MS);
  const sealed = await parts.seal.close(placeOf(connector.name, workspace), { ...luggage } as Json);
  const session = asked.session === undefined ? '' : digest(asked.session);
  await parts.store.workspace(workspace, (tx) =>
    insertState(tx, { hash: digest(state), connector: connector.name, session, sealed, expires }, new Date(parts.now())),
  );
  const url =
    asked.session === undefined
      ? `${parts.publicUrl()}/oauth/start?state=${state}`
      : await authorizeUrl(service, app, { ...luggage, state }, expected?.title);
  return { url, expires: expires.toISOString() };
}

/** The link was opened: it now belongs to this browser. `session` is to be set there; `url` is where to send it. */
export async function board(parts: ConnectionParts, state: string, session?: string): Promise<{ url: string; session: string }> {
  const hash = digest(state);
  const row = living(await peekState(parts.store, hash), parts.now());
  const own = session ?? randomBytes(24).toString('base64url');
  if (!(await parts.store.workspace(row.workspace, (tx) => bindState(tx, hash, digest(own))))) throw elsewhere();
  const luggage = await unpack(parts, row);
  const app = await appFor(parts, row.workspace, row.connector);
  const service = personalServiceOf(connectorOf(parts, row.connector), parts.hosts);
  return { url: await authorizeUrl(service, app, { ...luggage, state }, luggage.expected?.title), session: own };
}

/** The person came back with `params`. Whatever happens, the state is used up. */
export async function arrive(parts: ConnectionParts, params: URLSearchParams, session: string | undefined): Promise<Arrival> {
  const state = params.get('state');
  if (state === null || state === '') throw new Fault('invalid', 'The answer has no state.', 'Start again from the hub.');
  const row = living(await takeState(parts.store, digest(state)), parts.now());
  if (session === undefined || !same(row.session, digest(session))) throw elsewhere();
  const luggage = await unpack(parts, row);
  const connector = connectorOf(parts, row.connector);
  const app = await appFor(parts, row.workspace, row.connector);
  const journey: Journey = { ...luggage, state };
  const service = personalServiceOf(connector, parts.hosts);
  const tokens = await exchange(service, app, journey, params, parts.now());
  const settings = { ...luggage.settings, ...settingsIn(service, params) };
  const { workspace } = row;
  const { by, expected, returnTo, scopes: asked } = luggage;
  return { ...(await welcome(parts, connector, { workspace, by, tokens, expected, settings, asked })), returnTo };
}

/** Somebody who has signed in. */
interface Newcomer {
  workspace: number;
  by: string;
  tokens: Tokens;
  /** Scopes that were asked for. */
  asked?: readonly string[];
  expected?: Expected;
  /** What is known of the account before it is asked: chosen, or said by the service beside the code. */
  settings?: Values;
}

/** Finds out whose tokens these are, and keeps them as connections made or revived: one for each account that was opened. */
export async function welcome(
  parts: ConnectionParts,
  connector: Connector,
  { workspace, by, tokens, asked = [], expected, settings = {} }: Newcomer,
): Promise<Arrival> {
  const wanted = new Set(streamsAllowed(connector.auth, asked));
  const missing = missingScopes(connector.auth, tokens.scopes, (stream) => wanted.has(stream));
  expectIdentity(connector, missing);
  const { chosen, before } = await opened(parts, connector, workspace, tokens, settings);
  const all = [...chosen, ...before];
  if (expected !== undefined && all.every(({ id }) => id !== expected.id)) throw otherAccount(expected.title, all[0]!.title);
  const known = chosen.map((account) => ({ ...account, settings: { ...settings, ...account.settings } }));
  const kept = await keep(parts, connector, workspace, by, tokens, { chosen: known, before });
  const first = kept.find(({ account }) => account === (expected?.id ?? chosen[0]!.id)) ?? kept[0]!;
  const joined = ({ connection, title, made }: (typeof kept)[number]): Joined => ({ connection, title, made });
  const others = kept.filter((one) => one !== first).map(joined);
  return { ...joined(first), others, workspace, connector: connector.name, missing };
}

async function keep(
  parts: ConnectionParts,
  { name: connector }: Connector,
  workspace: number,
  by: string,
  tokens: Tokens,
  { chosen, before }: Accounts,
): Promise<(Joined & { account: string })[]> {
  const sealed = await parts.seal.close({ kind: 'grant', connector, workspace }, tokensToJson(tokens));
  return parts.store.workspace(workspace, async (tx) => {
    const grant = await insertGrant(tx, { connector, sealed, expires: tokens.expires ?? null });
    const { scopes } = tokens;
    const kept: (Joined & { account: string; former: number | null })[] = [];
    for (const { id: account, title, settings = {} } of chosen) {
      const { id, ...rest } = await keepConnection(tx, { connector, account, title, grant, settings, scopes, by });
      kept.push({ connection: id, title, account, ...rest });
    }
    for (const { id: account, title } of before) {
      const moved = await moveConnection(tx, { connector, account, grant, scopes });
      if (moved !== undefined) kept.push({ connection: moved.id, title, account, made: false, former: moved.former });
    }
    // The former grant is forgotten, not revoked: services end every grant of the account and app together, the new one too.
    for (const { former } of kept) if (former !== null) await dropGrant(tx, former);
    for (const { connection: id, account } of kept) {
      await parts.onConnected(tx, { workspace, id, connector, account, by });
      await wakeConnection(tx, id, new Date(parts.now()));
    }
    return kept.map(({ former: _, ...one }) => one);
  });
}

async function opened(
  parts: ConnectionParts,
  connector: Connector,
  workspace: number,
  tokens: Tokens,
  settings: Values,
): Promise<Accounts> {
  const signal = new AbortController().signal;
  const account = `signing in to ${workspace}`;
  const ctx = lend(parts, { connector, account, settings, signal, first: tokens, tokens: async () => tokens });
  return connector.accounts === undefined ? { chosen: [await connector.check(ctx)], before: [] } : connector.accounts(ctx);
}

/** Whose account a connection is. */
export async function expectedAccount(
  parts: ConnectionParts,
  asked: Pick<Departure, 'workspace' | 'connector'>,
  id: number,
): Promise<Expected & Pick<ConnectionRow, 'scopes'>> {
  const row = await parts.store.workspace(asked.workspace, (tx) => getConnection(tx, id));
  if (row !== undefined && row.connector === asked.connector)
    return { id: row.account, title: row.title, settings: row.settings, scopes: row.scopes };
  throw missingConnection(id);
}

export function missingConnection(id: ConnectionRow['id']): Fault {
  return new Fault('missing', `There is no connection ${id}.`, 'List the connections to see which there are.');
}

function streamsOf({ name, streams }: Connector, asked: readonly string[] | undefined): readonly string[] | undefined {
  const unknown = asked?.filter((stream) => !Object.hasOwn(streams, stream)) ?? [];
  if (unknown.length === 0) return asked;
  const known = Object.keys(streams).join(', ');
  throw new Fault('invalid', `${name} has no streams ${unknown.join(', ')}.`, `Choose among ${known}.`, [
    { path: 'streams', found: unknown.join(', '), allowed: known },
  ]);
}

/** A path of the hub itself, so that a link cannot send people on to another site. */
function ownPath(path: string): string {
  const base = 'http://hub.invalid';
  if (path.startsWith('/') && URL.canParse(path, base) && new URL(path, base).origin === base) return path;
  throw new Fault('invalid', `returnTo is ${path.slice(0, 80)}.`, 'Give a path of the hub, beginning with one slash.', [
    { path: 'returnTo', found: path.slice(0, 80), allowed: 'a path of the hub: /…' },
  ]);
}

/** Without the scopes of every connection it cannot even be asked whose account it is. */
function expectIdentity({ title }: Connector, missing: readonly Missing[]): void {
  const always = missing.find(({ stream }) => stream === undefined);
  if (always === undefined) return;
  throw new Refused(
    `Not allowed at ${title}: ${always.scopes.join(', ')}.`,
    'Connect again and leave these boxes ticked: without them the hub cannot tell whose account it is.',
  );
}

async function unpack(parts: ConnectionParts, { connector, workspace, sealed }: StateRow): Promise<Luggage> {
  return (await parts.seal.open(placeOf(connector, workspace), sealed)) as Json & Luggage;
}

function placeOf(connector: string, workspace: number): Place {
  return { kind: 'state', connector, workspace };
}

function living(row: StateRow | undefined, now: number): StateRow {
  if (row !== undefined && Date.parse(row.expires) > now) return row;
  throw new Fault(
    'forbidden',
    row === undefined
      ? 'This sign-in is not known: it was used already, or was never begun here.'
      : 'This sign-in took longer than ten minutes.',
    'Start again from the hub.',
  );
}

function elsewhere(): Fault {
  return new Fault('forbidden', 'This sign-in was begun in another browser.', 'Start again, and stay in one browser.');
}

function otherAccount(expected: string, found: string): Fault {
  return new Fault(
    'conflict',
    `The connection is for ${expected}, but you signed in as ${found}.`,
    `Sign in as ${expected}, or connect ${found} as an account of its own.`,
  );
}

function digest(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

function same(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
