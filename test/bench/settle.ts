/** The pure core alone: how many pairs of row and record it settles in a second, field by field. */
import { streamOf } from '#connectors/index.ts';
import { core } from '#crm/crm.ts';
import type { Values } from '#kit/fields.ts';
import type { Row } from '#kit/stream.ts';
import { defaultMapping } from '#mappings/defaults.ts';
import { newDesk } from '#sync/desk.ts';
import { type Pair, settle } from '#sync/settle.ts';
import { type Translation, translation } from '#sync/translate.ts';
import { atLeast, type Bench } from './figure.ts';
import { pages } from './pages.ts';
import { type BenchHub, openStage, STREAM } from './stage.ts';

const PEOPLE = 1_000;

export const settling: Bench = async ({ rows }, report) => {
  const stage = await openStage(PEOPLE);
  try {
    const { translator, people } = await translated(stage.hub);
    const now = stage.hub.now();
    const measure = (figure: string, pairs: readonly Pair[]) => report(atLeast('settle', figure, settledPerSecond(pairs, rows)));
    const pair = (row: Values, inward: Values, base: Pair['base'], record: Values): Pair => ({
      ...{ rules: translator.rules, row, inward, base, record, now },
      ...{
        resting: new Set(),
        edited: new Map(),
        leads: true,
        sourcedElsewhere: new Set(),
        outward: true,
        withheld: new Set(),
        owner: null,
        cut: [],
        replaced: null,
        stale: false,
      },
      ...{
        rowTime: new Date(now).toISOString(),
        recordTime: () => new Date(now - 1_000).toISOString(),
        apart: null,
        flips: null,
      },
    });
    const agreed = (row: Row, values: Values): Pair['base'] => ({ theirs: row.fields, ours: values, inward: () => values });
    measure(
      'rows/s, nothing changed',
      people.map(({ row, values }) => pair(row.fields, values, agreed(row, values), values)),
    );
    measure(
      'rows/s, one field changed there and one here',
      people.map(({ row, values }) =>
        pair({ ...row.fields, jobTitle: 'Head' }, { ...values, jobTitle: 'Head' }, agreed(row, values), {
          ...values,
          nickname: 'Bo',
        }),
      ),
    );
    measure(
      'rows/s, first meeting with a record of the same values',
      people.map(({ row, values }) => pair(row.fields, values, null, values)),
    );
  } finally {
    await stage.close();
  }
};

/** People as the mapping sees them. */
async function translated(hub: BenchHub): Promise<{ translator: Translation; people: { row: Row; values: Values }[] }> {
  const mapping = defaultMapping(STREAM)!;
  const parts = {
    mapping,
    stream: streamOf(STREAM),
    crm: core,
    custom: {},
    region: 'US',
    object: mapping.to,
    connection: 1,
    now: hub.now,
  };
  const translator = translation(parts);
  const { workspace } = await hub.tenant();
  const people: { row: Row; values: Values }[] = [];
  for await (const { rows } of pages(hub.context)) {
    const { translated } = await hub.store.workspace(workspace, (tx) => translator.inward(tx, rows, newDesk()));
    for (const row of rows) people.push({ row, values: translated.get(row.id)!.values });
  }
  return { translator, people };
}

function settledPerSecond(pairs: readonly Pair[], least: number): number {
  for (const pair of pairs) settle(pair); // compiled before it is timed
  const began = performance.now();
  let settled = 0;
  while (settled < least) {
    for (const pair of pairs) settle(pair);
    settled += pairs.length;
  }
  return settled / ((performance.now() - began) / 1000);
}
