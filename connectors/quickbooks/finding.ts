/** Queries: what the language has of use here, and the answers it gives. */
import type { Context } from '#kit/context.ts';
import { Changed } from '#kit/errors.ts';
import { type JsonObject, objectOf, objectsOf } from '#kit/json.ts';
import { ask } from './client.ts';
import type { Done, Sdk } from './sdk.ts';
import { idOf, type Kind } from './things.ts';

/** "The maximum number of entities that can be returned in a response is 1000" (data-queries). */
export const MOST = 1_000;

/** Most ids in one query: it travels in an address. */
export const MOST_IDS = 200;

export type Asked = Kind['entity'] | 'TaxRate' | 'Account' | 'Attachable';

const FIND: { readonly [entity in Asked]: (sdk: Sdk, criteria: string, done: Done) => void } = {
  Customer: (sdk, criteria, done) => sdk.findCustomers(criteria, done),
  Item: (sdk, criteria, done) => sdk.findItems(criteria, done),
  Estimate: (sdk, criteria, done) => sdk.findEstimates(criteria, done),
  Invoice: (sdk, criteria, done) => sdk.findInvoices(criteria, done),
  CreditMemo: (sdk, criteria, done) => sdk.findCreditMemos(criteria, done),
  Payment: (sdk, criteria, done) => sdk.findPayments(criteria, done),
  Term: (sdk, criteria, done) => sdk.findTerms(criteria, done),
  TaxCode: (sdk, criteria, done) => sdk.findTaxCodes(criteria, done),
  TaxRate: (sdk, criteria, done) => sdk.findTaxRates(criteria, done),
  Account: (sdk, criteria, done) => sdk.findAccounts(criteria, done),
  Attachable: (sdk, criteria, done) => sdk.findAttachables(criteria, done),
};

/** Things by a query; `time` is the service's clock. Names that are inactive come only where the conditions ask for them. */
export async function find(
  ctx: Context,
  entity: Asked,
  conditions: readonly string[],
  rest = `maxresults ${MOST}`,
): Promise<{ things: readonly JsonObject[]; time: number }> {
  const name = `query ${entity}`;
  const where = conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`;
  const answer = await ask(ctx, { name, entity }, (sdk, done) => FIND[entity](sdk, `${where} ${rest}`, done), {
    repeatable: true,
  });
  return { things: listed(name, objectOf(answer.QueryResponse), entity), time: timeOf(name, answer) };
}

/** By id, in as few queries as there may be. Whoever is not there is not among them. */
export async function findByIds(ctx: Context, kind: Kind, ids: readonly string[]): Promise<ReadonlyMap<string, JsonObject>> {
  const found = new Map<string, JsonObject>();
  const asked = ids.filter((id) => idOf(id) !== undefined);
  for (let from = 0; from < asked.length; from += MOST_IDS) {
    const some = asked.slice(from, from + MOST_IDS).map((id) => `'${id}'`);
    const { things } = await find(ctx, kind.entity, [...activeOrNot(kind), `Id in (${some.join(',')})`]);
    for (const thing of things) found.set(idOf(thing.Id) ?? '', thing);
  }
  return found;
}

/** Lists of names show active ones only unless they are asked. */
export function activeOrNot({ named }: Pick<Kind, 'named'>): string[] {
  return named ? ['Active in (true,false)'] : [];
}

/** Past the end the list is absent, and so is all else. */
export function listed(name: string, response: JsonObject | undefined, entity: string): readonly JsonObject[] {
  const list = response?.[entity];
  if (response !== undefined && (list === undefined || Array.isArray(list))) return objectsOf(list);
  throw new Changed(
    `${name}: answered ${response === undefined ? 'no QueryResponse' : `with ${Object.keys(response).join(', ')}`}; expected '${entity}' as a list`,
    'QuickBooks answers in a way we do not know. Tell the maintainer.',
  );
}

/** The service's clock when it answered, ms since the epoch. */
export function timeOf(name: string, answer: JsonObject): number {
  const time = Date.parse(String(answer.time));
  if (!Number.isNaN(time)) return time;
  throw new Changed(
    `${name}: the answer's time is ${JSON.stringify(answer.time ?? null)}; expected an instant`,
    'QuickBooks answers in a way we do not know. Tell the maintainer.',
  );
}
