/** Records what settling a page is given, and settles it again from that alone: the same plan, byte for byte. */
import type { CrmCore } from '#crm/core.ts';
import type { Context } from '#kit/context.ts';
import type { Json } from '#kit/fields.ts';
import type { Stream } from '#kit/stream.ts';
import type { Store, Tx } from '#store/database.ts';
import type { Beside } from './beside.ts';
import { type Answered, type Case, compareOutcomes, type Outcome, planText, type Replayed } from './case.ts';
import { type Desk, newDesk } from './desk.ts';
import { type Env, envOf } from './env.ts';
import type { Arrival } from './item.ts';
import { onTape, type Tape } from './known.ts';
import { type PagePlan, planPage } from './page.ts';

export type Recorded = { case: Case } & ({ plan: PagePlan; error?: undefined } | { plan?: undefined; error: unknown });

/** Settles a page under a clock that stands still, and says what it was given. Never throws for what settling throws. */
export async function record(env: Env, tx: Tx, arrivals: readonly Arrival[], desk: Desk): Promise<Recorded> {
  const known: Answered[] = [];
  const ids = new Map<string, string>();
  const clock = env.now();
  const noting: Desk = {
    plan: desk.plan,
    idFor(key) {
      const id = desk.idFor(key);
      ids.set(key, id);
      return id;
    },
  };
  env.stopClock(clock);
  try {
    const plan = await onTape(tx, recorder(known), () => planPage(env, tx, arrivals, noting));
    return { plan, case: { ...given(), plan: JSON.parse(planText(plan)) as Json } };
  } catch (error) {
    return { error, case: { ...given(), failed: messageOf(error) } };
  } finally {
    env.stopClock(null);
  }

  function given(): Case {
    const { cursor: _cursor, problem: _problem, drift: _drift, ...sync } = env.sync;
    const { current, versions, foreign, kin, region, custom } = env.facts;
    return {
      ...{ case: 1, stream: sync.stream, clock, sync, region, custom },
      mapping: { version: current, versions: versions.map(({ version, body }) => ({ version, body })) },
      foreign: [...foreign],
      kin: [...kin],
      sourcedElsewhere: [...env.sourcedElsewhere],
      page: arrivals,
      desk: { plan: desk.plan, ids: [...ids] },
      known,
    };
  }
}

/** Settles a case again, from itself and the stream's code alone. */
export async function replay(one: Case, stream: Stream): Promise<Outcome> {
  const { mapping, region, custom, desk } = one;
  const env = envOf(
    {
      ...{ workspace: 0, store: nothingElse('store') as Store, crm: nothingElse('crm') as CrmCore, stream },
      ...{ streamOf: () => stream, context: nothingElse('context') as Context, by: 'replay', now: () => one.clock },
      sync: { ...one.sync, cursor: null, problem: null, drift: null },
      ...(one.known.some(({ question }) => question === 'outside') && { beside: nothingElse('beside') as Beside }),
    },
    {
      current: mapping.version,
      versions: mapping.versions,
      home: new Set(),
      foreign: new Set(one.foreign),
      kin: new Set(one.kin),
      region,
      custom,
    },
  );
  env.sourcedElsewhere = new Set(one.sourcedElsewhere);
  const tx: Tx = { query: refuse, run: refuse };
  try {
    const plan = await onTape(tx, player(one.known), () => planPage(env, tx, one.page, newDesk(desk.plan, new Map(desk.ids))));
    return { plan: JSON.parse(planText(plan)) as Json };
  } catch (error) {
    return { failed: messageOf(error) };
  }
}

/** Is it settled as it was then? */
export async function compareReplay(one: Case, stream: Stream): Promise<Replayed> {
  return compareOutcomes(one, await replay(one, stream));
}

function recorder(known: Answered[]): Tape {
  return async (question, args, ask) => {
    const asked = JSON.stringify(args);
    const answer = await ask();
    // As text at once: what settling does with an answer afterwards was not given.
    const kept = answer instanceof Map ? { answer: [...answer], map: true } : { answer };
    known.push(JSON.parse(JSON.stringify({ question, args: JSON.parse(asked), ...kept })) as Answered);
    return answer;
  };
}

function player(known: readonly Answered[]): Tape {
  const answers = new Map(known.map((one) => [`${one.question} ${JSON.stringify(one.args)}`, one]));
  return async <T>(question: string, args: readonly Json[]): Promise<T> => {
    const found = answers.get(`${question} ${JSON.stringify(args)}`);
    if (found === undefined) throw new Error(`the case does not know ${question}(${JSON.stringify(args).slice(1, -1)})`);
    const answer = structuredClone(found.answer);
    return (found.map ? new Map(answer as unknown as [Json, Json][]) : answer) as T;
  };
}

/** Stands for what settling has no use for, and says so if it has. */
function nothingElse(name: string): object {
  return new Proxy(
    {},
    {
      get(_, property) {
        return () => {
          throw new Error(`settling asked ${name}.${String(property)}, which no case can know`);
        };
      },
    },
  );
}

function refuse(text: string): never {
  throw new Error(`settling asked the database past its known questions: ${text.trim().split('\n')[0]}`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
