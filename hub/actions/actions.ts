/**
 * Actions: what a service does for us beside streams. Each is kept before it is sent, so that one whose answer never came is seen;
 * it is sent again only under a key that the service knows, by whoever says so.
 */
import { randomUUID } from 'node:crypto';
import { Fault } from '#hub/fault.ts';
import type { Action, Connector } from '#kit/connector.ts';
import type { Context } from '#kit/context.ts';
import { bothOf, Problem, Reconnect, Refused, TryLater } from '#kit/errors.ts';
import type { Values } from '#kit/fields.ts';
import { checkValues } from '#kit/rows.ts';
import { equal } from '#kit/values.ts';
import { type ActionRow, actionAsked, getAction, insertAction, listActions, noteAction, repeatAction } from '#store/actions.ts';
import { type ConnectionRow, getConnection } from '#store/connections.ts';
import type { Store, Tx } from '#store/database.ts';
import { linksOfRecord } from '#store/links.ts';
import { readRecords } from '#store/records.ts';

export interface ActionParts {
  store: Store;
  /** Throws `Fault` for one that is not there. */
  connectorOf(name: string): Connector;
  /** What a connector is lent for one connection. Throws `Reconnect` when its grant is dead. */
  context(workspace: number, connection: number, signal: AbortSignal): Promise<Context>;
  /** Milliseconds since the epoch. */
  now(): number;
  /** For the maintainer. */
  log: { error(about: object, message: string): void };
}

export interface Asking {
  connection: number;
  action: string;
  input: Values;
  /** Whom or what it is about; of an action upon a row, the record that the row stands for. */
  record?: string;
  /** Asked twice under the same key, it is done once. */
  key?: string;
}

export interface Who {
  workspace: number;
  by: string;
  /** May money leave the firm for it? */
  pays: boolean;
}

export interface Actions {
  /** What a connection can be asked to do, by name. */
  offered(workspace: number, connection: number): Promise<{ [name: string]: Action }>;
  /** Does it, and answers what came of it. Throws `Fault` where it cannot be asked so. */
  perform(who: Who, asked: Asking): Promise<ActionRow>;
  /** Sends one again whose answer never came. Throws `Fault` where that could do it twice. */
  repeat(who: Who, id: number): Promise<ActionRow>;
  look(workspace: number, id: number): Promise<ActionRow>;
  /** Newest first. */
  list(workspace: number, filter: { record: string | null; before: number | null; most: number }): Promise<ActionRow[]>;
  /** Resolves when nothing is being sent. */
  idle(): Promise<void>;
}

/** A call ends sooner than this, retries and waits included. */
const ANSWER_MS = 120_000;

export function openActions(parts: ActionParts): Actions {
  const { store } = parts;
  const sending = new Set<Promise<ActionRow>>();
  const tracked = (work: Promise<ActionRow>): Promise<ActionRow> => {
    sending.add(work);
    return work.finally(() => sending.delete(work));
  };
  return {
    offered: (workspace, connection) =>
      store.workspace(workspace, async (tx) => parts.connectorOf((await need(tx, connection)).connector).actions ?? {}),
    perform: (who, asked) => tracked(perform(parts, who, asked)),
    repeat: (who, id) => tracked(repeat(parts, who, id)),
    look: async (workspace, id) => seen(parts, await store.workspace(workspace, (tx) => needRow(tx, id))),
    list: async (workspace, filter) =>
      (await store.workspace(workspace, (tx) => listActions(tx, filter))).map((row) => seen(parts, row)),
    idle: async () => void (await Promise.allSettled(sending)),
  };
}

async function perform(parts: ActionParts, who: Who, asked: Asking): Promise<ActionRow> {
  const { store, now } = parts;
  const { workspace, by } = who;
  const wanted = await store.workspace(workspace, async (tx) => {
    const before = asked.key === undefined ? undefined : await actionAsked(tx, asked.key);
    if (before !== undefined) return { row: before };
    const connection = await need(tx, asked.connection);
    const action = actionFor(who, parts.connectorOf(connection.connector), asked.action);
    if (asked.record !== undefined) await needRecord(tx, asked.record);
    const input = await inputFor(tx, connection, action, asked);
    const row = await insertAction(tx, {
      ...{ connection: connection.id, action: asked.action, asked: asked.key ?? null, record: asked.record ?? null, input, by },
      ...{ key: randomUUID(), at: new Date(now()), until: new Date(now() + ANSWER_MS) },
    });
    return row === undefined ? { row: (await actionAsked(tx, asked.key!))! } : { row, action };
  });
  if (wanted.action === undefined) return seen(parts, sameAs(wanted.row, asked));
  return send(parts, workspace, wanted.row, wanted.action);
}

async function repeat(parts: ActionParts, who: Who, id: number): Promise<ActionRow> {
  const { store, now } = parts;
  const { workspace } = who;
  const { row, action } = await store.workspace(workspace, async (tx) => {
    const before = seen(parts, await needRow(tx, id));
    const action = actionFor(who, parts.connectorOf((await need(tx, before.connection)).connector), before.action);
    refuseTwice(parts, before, action);
    const row = await repeatAction(tx, id, new Date(now()), new Date(now() + ANSWER_MS));
    if (row === undefined) throw new Fault('conflict', `Action ${id} is being sent.`, 'Look at it again for what came of it.');
    return { row, action };
  });
  return send(parts, workspace, row, action);
}

function refuseTwice({ now }: ActionParts, { id, state, at }: ActionRow, { lifetime }: Action): void {
  const refuse = (message: string, advice: string): never => {
    throw new Fault('conflict', message, advice);
  };
  if (state !== 'unsure') refuse(`Action ${id} is ${state}.`, 'Only one whose answer never came is sent again.');
  if (lifetime === undefined)
    refuse(`Action ${id} may have been done, and the service knows no keys.`, 'Look at the service, and ask anew if it was not.');
  if (now() - Date.parse(at) >= lifetime!)
    refuse(
      `Action ${id} may have been done, and the service has forgotten its key.`,
      'Look at the service, and ask anew if it was not.',
    );
}

async function send(parts: ActionParts, workspace: number, row: ActionRow, action: Action): Promise<ActionRow> {
  const { store, now } = parts;
  const came = await outcome(parts, workspace, row, action);
  return store.workspace(workspace, async (tx) => {
    await noteAction(tx, row.id, { ...came, ended: new Date(now()) });
    return (await getAction(tx, row.id))!;
  });
}

async function outcome(
  parts: ActionParts,
  workspace: number,
  { connection, input, key }: ActionRow,
  action: Action,
): Promise<Pick<ActionRow, 'state' | 'answer' | 'said'>> {
  let sent = false;
  try {
    // Whoever asked may leave: what was begun is brought to its end.
    const ctx = await parts.context(workspace, connection, new AbortController().signal);
    sent = true;
    return { state: 'done', answer: await action.run(ctx, input, key), said: '' };
  } catch (error) {
    if (!(error instanceof Problem)) parts.log.error({ workspace, connection, err: error }, 'an action failed');
    const said = error instanceof Problem ? bothOf(error) : (error as Error).message;
    const sure = !sent || error instanceof Refused || error instanceof Reconnect || (error instanceof TryLater && error.notSent);
    return { state: sure || action.does === 'look' ? 'refused' : 'unsure', answer: null, said };
  }
}

/** As it stands: an answer that is overdue does not come any more. */
function seen({ now }: ActionParts, row: ActionRow): ActionRow {
  if (row.state !== 'sending' || Date.parse(row.until) > now()) return row;
  return { ...row, state: 'unsure', said: 'The hub stopped before the service had answered.' };
}

/** What was asked before under the same key, where it was the same. */
function sameAs(before: ActionRow, { action, connection, input, record, key }: Asking): ActionRow {
  const refuse = (advice: string): never => {
    throw new Fault('conflict', `The key "${key}" was used for ${before.action} at connection ${before.connection}.`, advice);
  };
  if (before.action !== action || before.connection !== connection) refuse('Use a key of its own for each thing you ask.');
  const meant: Values = { ...input };
  if (record !== undefined && before.input.row !== undefined) meant.row = before.input.row;
  const same = before.record === (record?.toLowerCase() ?? null) && equal(INPUT, before.input, meant);
  return same
    ? before
    : refuse('It was asked with another input or for another record: use a key of its own for each thing you ask.');
}

const INPUT = { kind: 'json', title: 'Input' } as const;

async function inputFor(tx: Tx, connection: ConnectionRow, action: Action, asked: Asking): Promise<Values> {
  const input = { ...asked.input };
  if (action.upon !== undefined && asked.record !== undefined) input.row = await rowOf(tx, connection, action.upon, asked.record);
  const problems = checkValues(action.input, input);
  if (problems.length === 0) return input;
  throw new Fault('invalid', `${action.title}: the input does not fit.`, 'Correct each place named.', problems);
}

/** The row that stands for a record over there. */
async function rowOf(tx: Tx, { id, connector, title }: ConnectionRow, stream: string, record: string): Promise<string> {
  const links = await linksOfRecord(tx, record);
  const found = links.find((l) => l.connection === id && l.stream === `${connector}.${stream}` && l.state === 'live');
  if (found !== undefined) return found.row;
  throw new Fault(
    'conflict',
    `Record ${record} is not among the ${stream} of ${title}.`,
    'Let the sync create it there first; `why` says what keeps it back.',
  );
}

function actionFor({ pays }: Who, { title, actions = {} }: Connector, name: string): Action {
  const found = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (found?.does === 'pay' && !pays)
    throw new Fault(
      'forbidden',
      `${found.title}: money would leave the firm.`,
      'Ask somebody with the permission "actions:pay".',
    );
  if (found !== undefined) return found;
  const known = Object.keys(actions).join(', ') || 'none';
  throw new Fault('missing', `${title} has no action called "${name}".`, `It has: ${known}.`);
}

async function need(tx: Tx, id: number): Promise<ConnectionRow> {
  const found = await getConnection(tx, id);
  if (found !== undefined) return found;
  throw new Fault('missing', `There is no connection ${id}.`, 'List the connections to see which there are.');
}

async function needRecord(tx: Tx, id: string): Promise<void> {
  if ((await readRecords(tx, [id])).length > 0) return;
  throw new Fault('missing', `There is no record ${id}.`, 'Look it up by search or by its object.');
}

async function needRow(tx: Tx, id: number): Promise<ActionRow> {
  const found = await getAction(tx, id);
  if (found !== undefined) return found;
  throw new Fault('missing', `There is no action ${id}.`, 'List the actions to see which there are.');
}
