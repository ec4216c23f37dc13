import type { Clock } from '../kit/clock.ts';
import { answerConsent } from '../kit/consenting.ts';
import type { Counters } from '../kit/counters.ts';
import type { Faults } from '../kit/faults.ts';
import type { Grants } from '../kit/grants.ts';
import type { Books, Entity } from './company.ts';
import type { Controlled } from './contract.ts';
import type { Hooks } from './hooks.ts';
import { ACCOUNTING } from './identity.ts';
import { enter } from './ledger.ts';
import type { QuotaKeeper } from './quotas.ts';
import { refOf, type Thing, text, things } from './thing.ts';
import { remove, voidIt, write } from './writes.ts';

export interface Parts {
  clock: Clock;
  faults: Faults;
  counters: Counters;
  grants: Grants;
  quotas: QuotaKeeper;
  hooks: Hooks;
  companies: readonly Books[];
  clientId: string;
}

export function createControl(parts: Parts): Controlled {
  const { clock, faults, counters, grants, quotas, hooks, companies, clientId } = parts;

  function books(realm?: string): Books {
    const found = realm === undefined ? companies[0] : companies.find(({ character }) => character.realm === realm);
    if (found === undefined)
      throw new Error(`no company ${realm}; there are ${companies.map(({ character }) => character.realm).join(', ')}`);
    return found;
  }

  function version(entity: Entity, id: string, realm?: string): Thing {
    const found = books(realm).find(entity, id);
    if (found === undefined) throw new Error(`there is no ${entity} ${id}`);
    return { Id: id, SyncToken: found.SyncToken! };
  }

  return {
    ...{ clock, faults, counters, grants, books, consent: answerConsent, setQuotas: quotas.set },
    companies: () => companies.map(({ character }) => character),
    save: (entity, body, realm) =>
      write(
        books(realm),
        entity,
        body.Id === undefined ? body : { ...body, ...version(entity, text(body.Id), realm), sparse: true },
      ),
    delete: (entity, id, realm) => void remove(books(realm), entity, version(entity, id, realm)),
    void: (entity, id, realm) => void voidIt(books(realm), entity, version(entity, id, realm)),
    merge: (loser, survivor, realm) => merge(books(realm), loser, survivor),
    deposit: (payment, realm) => {
      const found = books(realm).find('Payment', payment);
      if (found === undefined) throw new Error(`there is no Payment ${payment}`);
      found.LinkedTxn = [...things(found.LinkedTxn), { TxnId: '9001', TxnType: 'Deposit' }];
      books(realm).touch('Payment', found);
    },
    seed: (ledger, realm) => enter(books(realm), ledger),
    closeBooks: (until, realm) => {
      const { character } = books(realm);
      if (until === undefined) delete character.closedUntil;
      else character.closedUntil = until;
    },
    grant: (realm) => grants.give({ account: books(realm).character.realm, clientId, scopes: [ACCOUNTING] }),
    revoke: (realm) => grants.forget(books(realm).character.realm),
    expireAccess: (realm) => grants.expireAccess(books(realm).character.realm),
    setHook: hooks.set,
    setHookManners: hooks.setManners,
    settled: hooks.settled,
    deliveries: hooks.counts,
  };
}

/** Only a person can do it, in the product: whatever named the loser names the survivor from now on. */
function merge(books: Books, loser: string, survivor: string): void {
  const kept = books.find('Customer', survivor);
  if (kept === undefined || books.find('Customer', loser) === undefined) throw new Error('both customers must be there');
  for (const entity of ['Estimate', 'Invoice', 'CreditMemo', 'Payment'] as const) {
    for (const doc of books.all(entity)) {
      if (refOf(doc.CustomerRef) !== loser) continue;
      doc.CustomerRef = { value: survivor, name: text(kept.DisplayName) };
      books.touch(entity, doc);
    }
  }
  books.remove('Customer', loser, 'Merge');
  books.touch('Customer', kept);
  books.tell('Customer', survivor, 'Merge', loser);
}
