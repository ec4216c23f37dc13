/** What a command works with: the hub opened in this process, joined to the running database; no server is needed. */
import { type Command, InvalidArgumentError } from 'commander';
import { readConfig } from '#hub/config.ts';
import { Fault } from '#hub/fault.ts';
import type { Hub } from '#hub/open.ts';
import type { Json } from '#kit/fields.ts';
import { type Output, openOutput } from './output.ts';

export interface Session {
  hub: Hub;
  workspace: number;
  /** Who does it, for the journal. */
  by: string;
  output: Output;
  /** Aborted by Ctrl-C: the command stops in order. */
  signal: AbortSignal;
}

/** Opens the hub, does the work, and closes the hub whatever happened. */
export async function inHub(command: Command, work: (session: Session) => Promise<void>): Promise<void> {
  const { json = false, workspace } = command.optsWithGlobals<{ json?: boolean; workspace: number }>();
  const [{ startHub }, { openLog }] = await Promise.all([import('#hub/start.ts'), import('#hub/log.ts')]);
  const config = readConfig();
  const hub = await startHub(config, openLog(config.logLevel === 'info' ? 'warn' : config.logLevel));
  const { signal, release } = interruptible();
  try {
    const named = command.getOptionValueSourceWithGlobals('workspace') === 'cli';
    if (named) await present(hub, workspace);
    await work({ hub, workspace, by: 'cli', output: openOutput(json, named ? workspace : undefined), signal });
  } finally {
    release();
    await hub.close();
  }
}

/** Throws where there is no such firm: it would look like one that has nothing. */
async function present(hub: Hub, workspace: number): Promise<void> {
  const [found] = await hub.firms.list({ after: workspace - 1, limit: 1 });
  if (found?.id !== workspace)
    throw new Fault('missing', `There is no workspace ${workspace}.`, '`npm run cli -- workspaces` lists them.');
}

/** The first Ctrl-C aborts the signal; the second ends the process. */
function interruptible(): { signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  return {
    signal: controller.signal,
    release: () => void process.off('SIGINT', interrupt).off('SIGTERM', interrupt),
  };
}

/** Reads a whole number from `least` up; commander tells the person where it is none. */
export function whole(least: number): (text: string) => number {
  return (text) => {
    if (/^\d{1,15}$/.test(text) && Number(text) >= least) return Number(text);
    throw new InvalidArgumentError(`A whole number from ${least} is allowed.`);
  };
}

/** Is this the id of a record? */
export const isRecordId = (text: string): boolean => /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text);

/** Reads the id of a record. */
export function recordId(text: string): string {
  if (isRecordId(text)) return text;
  throw new InvalidArgumentError('The id of a record is allowed, as in `records`.');
}

/** Reads name=value; a value that is no JSON is text. */
export function pairOf(text: string): [string, Json] {
  const [, name, value] = /^(\w+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError(`${text}: write name=value.`);
  try {
    return [name, JSON.parse(value) as Json];
  } catch {
    return [name, value];
  }
}
