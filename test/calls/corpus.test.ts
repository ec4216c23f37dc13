/** Whose call is it? Two thousand labelled hard cases, asked of the database as calls are: right or abstained, never wrong. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { candidatesFor } from '#calls/candidates.ts';
import { decide, type Verdict } from '#calls/match.ts';
import { DEFAULTS } from '#calls/policy.ts';
import { makeRoster } from '#calls/roster.ts';
import type { Creation } from '#crm/core.ts';
import { core } from '#crm/crm.ts';
import type { Values } from '#kit/fields.ts';
import { uuidv7 } from '#store/ids.ts';
import { testDatabase } from '#test/database.ts';
import { type Card, type Case, COUNTRIES, FILE, makeCases } from './corpus/generate.ts';

const AT = '2026-03-02T12:00:00.000Z';
const CALL = uuidv7();
const cases = readFileSync(FILE, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Case);
const database = await testDatabase();

type Ruling = 'right' | 'abstained' | 'wrong';

/** Ids of the cards are those of the records. */
function recordsOf(cards: readonly Card[]): { ids: Map<string, string>; creations: Creation[] } {
  const ids = new Map(cards.map((card) => [card.id, uuidv7()]));
  const creations = cards.flatMap((card): Creation[] => {
    const id = ids.get(card.id)!;
    const fields: Values = {
      name: card.name,
      ...(card.phones.length > 0 && { phones: card.phones.map((value) => ({ value })) }),
      ...(card.company !== undefined && { company: ids.get(card.company)! }),
      ...(card.country !== undefined && { addresses: [{ countryCode: card.country }] }),
      ...(card.became !== undefined && { contact: ids.get(card.became)!, status: 'converted' }),
    };
    const more: Creation[] = [{ id, object: card.object, fields }];
    if (card.deal) more.push({ id: uuidv7(), object: 'opportunity', fields: { name: 'A deal', status: 'open', contact: id } });
    const last = new Date(Date.parse(AT) - (card.last ?? 0) * 86_400_000 - 60_000).toISOString();
    if (card.last !== undefined) more.push({ id: uuidv7(), object: 'call', fields: { contact: id, started: last } });
    return more;
  });
  return { ids, creations };
}

/** Cases of one country, in the order they were given: what was said of each. */
async function judge(region: string, some: readonly Case[]): Promise<{ one: Case; ruling: Ruling; verdict: Verdict }[]> {
  const workspace = await database.workspace(region);
  await database.owner.query('update workspaces set region = $2 where workspace = $1', [workspace, region]);
  const books = some.map((one) => recordsOf(one.cards));
  return database.store.workspace(workspace, async (tx) => {
    await core.create(
      tx,
      books.flatMap((book) => book.creations),
      { by: 'test', at: AT },
    );
    const wanted = some.map((one) => ({
      ...{ number: one.number, home: region, call: CALL, at: AT },
      ...(one.ext !== undefined && { ext: one.ext }),
    }));
    const candidates = await candidatesFor(tx, wanted, region);
    return some.map((one, n) => {
      const numbers = one.own ?? [];
      const roster = makeRoster([{ id: '1', name: 'Own', kind: 'person', numbers, active: true }], DEFAULTS, region);
      const verdict = decide({ candidates: roster.owns(one.number) ? [] : candidates[n]!, agent: null, at: Date.parse(AT) });
      return { one, verdict, ruling: rule(one, books[n]!.ids, verdict) };
    });
  });
}

function rule({ person, company }: Case, ids: ReadonlyMap<string, string>, verdict: Verdict): Ruling {
  const named = verdict.contact ?? verdict.lead;
  const truth = person === undefined ? null : ids.get(person)!;
  if (named !== null && named !== truth) return 'wrong';
  if (verdict.company !== null && verdict.company !== ids.get(company ?? '')) return 'wrong';
  return named === truth ? 'right' : 'abstained';
}

test('the corpus is what its generator makes of its seed, and as large and as wide as it claims', () => {
  expect(makeCases()).toEqual(cases);
  expect(cases.length).toBeGreaterThanOrEqual(2_000);
  expect(COUNTRIES.length).toBeGreaterThanOrEqual(40);
  expect(new Set(cases.map((one) => one.region)).size).toBe(COUNTRIES.length);
});

test('every case is right or abstained from, none is wrong, and most of what can be known is known', async () => {
  const judged: Awaited<ReturnType<typeof judge>> = [];
  for (const [region, some] of Map.groupBy(cases, (one) => one.region)) judged.push(...(await judge(region, some)));
  const wrong = judged.filter(({ ruling }) => ruling === 'wrong');
  expect(wrong.map(({ one, verdict }) => ({ ...one, verdict }))).toEqual([]);
  const shareOf = (...kinds: string[]): number => {
    const of = judged.filter(({ one }) => kinds.includes(one.kind));
    return of.filter(({ ruling }) => ruling === 'right').length / of.length;
  };
  // A matcher that always abstains is never wrong either.
  expect(shareOf('own', 'second')).toBeGreaterThan(0.99);
  expect(shareOf('lead')).toBeGreaterThan(0.99);
  expect(shareOf('stranger', 'own side')).toBe(1);
  expect(shareOf('abroad')).toBeGreaterThan(0.35);
  expect(shareOf('switchboard')).toBeGreaterThan(0.4);
  expect(shareOf('family')).toBeGreaterThan(0.3);
}, 120_000);
