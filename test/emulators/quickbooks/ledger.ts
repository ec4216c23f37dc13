/** A ledger that somebody else made, put into the books: plain things in the service's own members. */
import type { Json } from '#kit/fields.ts';
import type { Books, Entity } from './company.ts';
import { refOf, type Thing, text, thing, things } from './thing.ts';
import { remove, voidIt, write } from './writes.ts';

/**
 * Each thing is what a create of the API takes, with an `Id` of the ledger's own by which others refer to it (`CustomerRef`, `ItemRef`,
 * `LinkedTxn`); the books give it another. `MetaData: { CreateTime }` says when it was entered; default now. `voided`, `deleted`, `inactive`: ids of the ledger, done in this order at the end.
 */
export interface Ledger {
  customers?: readonly Thing[];
  items?: readonly Thing[];
  estimates?: readonly Thing[];
  invoices?: readonly Thing[];
  creditMemos?: readonly Thing[];
  payments?: readonly Thing[];
  voided?: { readonly invoices?: readonly string[]; readonly payments?: readonly string[] };
  deleted?: { readonly invoices?: readonly string[]; readonly estimates?: readonly string[] };
  inactive?: { readonly customers?: readonly string[]; readonly items?: readonly string[] };
}

/** Ids in the books by ids of the ledger, for each kind. */
export type Placed = { readonly [entity in Entity]?: ReadonlyMap<string, string> };

const ORDER = [
  ['customers', 'Customer'],
  ['items', 'Item'],
  ['estimates', 'Estimate'],
  ['invoices', 'Invoice'],
  ['creditMemos', 'CreditMemo'],
  ['payments', 'Payment'],
] as const;

export function enter(books: Books, ledger: Ledger): Placed {
  const placed: { [entity in Entity]?: Map<string, string> } = {};
  for (const [list, entity] of ORDER) {
    const ids = new Map<string, string>();
    placed[entity] = ids;
    for (const one of ledger[list] ?? []) {
      const { Id, MetaData, ...body } = one;
      const kept = write(books, entity, moved(body, placed));
      ids.set(text(Id), text(kept.Id));
      if (MetaData !== undefined) kept.MetaData = enteredAt(thing(MetaData), kept);
    }
  }
  const current = (entity: Entity, id: string): Thing => {
    const own = books.find(entity, placed[entity]?.get(id) ?? id);
    if (own === undefined) throw new Error(`ledger: no ${entity} ${id}`);
    return { Id: own.Id!, SyncToken: own.SyncToken! };
  };
  for (const id of ledger.voided?.invoices ?? []) voidIt(books, 'Invoice', current('Invoice', id));
  for (const id of ledger.voided?.payments ?? []) voidIt(books, 'Payment', current('Payment', id));
  for (const id of ledger.deleted?.invoices ?? []) remove(books, 'Invoice', current('Invoice', id));
  for (const id of ledger.deleted?.estimates ?? []) remove(books, 'Estimate', current('Estimate', id));
  for (const id of ledger.inactive?.customers ?? [])
    write(books, 'Customer', { ...current('Customer', id), sparse: true, Active: false });
  for (const id of ledger.inactive?.items ?? []) write(books, 'Item', { ...current('Item', id), sparse: true, Active: false });
  return placed;
}

function enteredAt({ CreateTime, LastUpdatedTime = CreateTime }: Thing, { MetaData }: Thing): Thing {
  return CreateTime === undefined ? thing(MetaData) : { CreateTime, LastUpdatedTime: LastUpdatedTime! };
}

/** The same with the books' ids for the ledger's. */
function moved(body: Thing, placed: Placed): Thing {
  const ref = (entity: Entity, value: Json | undefined): Thing => {
    const id = refOf(value);
    return { value: placed[entity]?.get(id) ?? id };
  };
  const linked = (list: Json | undefined): Json =>
    things(list).map((one) => ({ ...one, TxnId: placed[text(one.TxnType) as Entity]?.get(text(one.TxnId)) ?? text(one.TxnId) }));
  const out: Thing = { ...body };
  for (const member of ['CustomerRef', 'ParentRef']) if (out[member] !== undefined) out[member] = ref('Customer', out[member]);
  if (out.LinkedTxn !== undefined) out.LinkedTxn = linked(out.LinkedTxn);
  if (out.Line !== undefined) {
    out.Line = things(out.Line).map((line) => {
      const detail = thing(line.SalesItemLineDetail);
      return {
        ...line,
        ...(line.LinkedTxn !== undefined && { LinkedTxn: linked(line.LinkedTxn) }),
        ...(detail.ItemRef !== undefined && { SalesItemLineDetail: { ...detail, ItemRef: ref('Item', detail.ItemRef) } }),
      };
    });
  }
  return out;
}
