/** Taking away: a name is made inactive, an estimate is deleted, other documents are voided so that their numbers stay without a gap. */
import { randomUUID } from 'node:crypto';
import type { Context } from '#kit/context.ts';
import { TryLater } from '#kit/errors.ts';
import type { JsonObject } from '#kit/json.ts';
import type { Removal } from '#kit/stream.ts';
import { sendBatch } from './batches.ts';
import { NOT_FOUND } from './faults.ts';
import { findByIds } from './finding.ts';
import { failureOf, inTurn } from './outcomes.ts';
import { MOST } from './push.ts';
import type { Kind } from './things.ts';
import { isVoided, voiding } from './voiding.ts';

export async function remove(kind: Kind, ctx: Context, ids: readonly string[]): Promise<Removal[]> {
  const there = await findByIds(ctx, kind, ids);
  const outcomes = new Map<string, Removal>();
  const open = ids.filter((id) => {
    const found = there.get(id);
    if (found !== undefined && !isAway(kind, found)) return true;
    outcomes.set(id, { is: 'gone' });
    return false;
  });
  const jobs = [];
  for (let from = 0; from < open.length; from += MOST) {
    const some = open.slice(from, from + MOST);
    jobs.push({
      drafts: some,
      send: () =>
        removeSome(
          kind,
          ctx,
          some.map((id) => [id, there.get(id)!]),
        ),
    });
  }
  const problem = await inTurn(jobs, outcomes);
  if (problem !== undefined && outcomes.size === 0) throw problem;
  const afterMs = problem instanceof TryLater ? problem.afterMs : 0;
  return ids.map((id) => outcomes.get(id) ?? { is: 'later', afterMs });
}

function isAway(kind: Kind, raw: JsonObject): boolean {
  if (kind.named) return raw.Active === false;
  return kind.entity !== 'Estimate' && isVoided(kind, raw);
}

async function removeSome(
  kind: Kind,
  ctx: Context,
  those: readonly (readonly [string, JsonObject])[],
): Promise<Map<string, Removal>> {
  const items = those.map(([id, raw]) => itemFor(kind, { Id: id, SyncToken: raw.SyncToken ?? '0' }));
  // Each attempt under a name of its own: an item's refusal would be answered for ever, and the token guards against doing it twice.
  const answers = await sendBatch(ctx, `remove ${kind.entity}`, randomUUID(), items);
  return new Map(
    those.map(([id], at): [string, Removal] => {
      const { said } = answers[at]!;
      if (said === undefined) return [id, { is: 'done' }];
      if (said.code === NOT_FOUND) return [id, { is: 'gone' }];
      const failure = failureOf(said);
      // Somebody was there meanwhile: it is looked at again.
      return [id, failure.is === 'stale' ? { is: 'later', afterMs: 0 } : failure];
    }),
  );
}

function itemFor(kind: Kind, body: JsonObject): JsonObject {
  const { named, entity } = kind;
  if (named) return { operation: 'update', [entity]: { ...body, sparse: true, Active: false } };
  if (entity === 'Estimate') return { operation: 'delete', [entity]: body };
  return voiding(kind, body);
}
