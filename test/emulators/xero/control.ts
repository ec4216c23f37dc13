import { answerConsent } from '../kit/consenting.ts';
import type { Counters } from '../kit/counters.ts';
import type { Faults } from '../kit/faults.ts';
import type { Controlled } from './contract.ts';
import type { World } from './desk.ts';
import type { Person } from './identity.ts';
import { ID, type Kind, type Organisation } from './ledger.ts';
import { seed } from './seed.ts';
import type { Webhooks } from './webhooks.ts';
import type { Body } from './wire.ts';

export interface Handles {
  faults: Faults;
  counters: Counters;
  webhooks: Webhooks;
  people: readonly Person[];
  clientId: string;
}

const SCOPES = ['invoices', 'payments', 'contacts', 'settings', 'attachments'].map((name) => `accounting.${name}`);

/** What a test does to the firms and their books. */
export function createControl(world: World, { faults, counters, webhooks, people, clientId }: Handles): Controlled {
  const { ledger, organisations, grants, connections, limits, mails } = world;

  function organisation(which?: string): Organisation {
    const found = which === undefined ? organisations[0] : organisations.find(({ id, name }) => id === which || name === which);
    if (found !== undefined) return found;
    throw new Error(`there is no organisation ${which}; there are ${organisations.map(({ name }) => name).join(', ')}`);
  }

  function person(who?: string): Person {
    const found = who === undefined ? people[0] : people.find(({ id, email }) => id === who || email === who);
    if (found !== undefined) return found;
    throw new Error(`there is nobody called ${who}; there are ${people.map(({ email }) => email).join(', ')}`);
  }

  function need(kind: Kind, id: string, of: Organisation): Body {
    const found = ledger.get(of, kind, id);
    if (found !== undefined) return found;
    throw new Error(`${of.name} has no ${kind} ${id}`);
  }

  const edit = (kind: Kind, id: string, changes: Body, which?: string) => {
    const of = organisation(which);
    return ledger.put(of, kind, { ...need(kind, id, of), ...changes });
  };

  return {
    ...{ clock: ledger.clock, faults, counters, grants, organisation, consent: answerConsent, edit },
    grant: ({ who, organisations: chosen, scopes = ['openid', 'profile', 'email', 'offline_access', ...SCOPES] } = {}) => {
      const { id: account } = person(who);
      const session = crypto.randomUUID();
      for (const { id: tenantId, name: tenantName } of chosen?.map(organisation) ?? organisations) {
        connections.add({ account, clientId, tenantId, tenantName, authEventId: session });
      }
      return grants.give({ account, clientId, scopes, session });
    },
    revoke: (who) => {
      const { id } = person(who);
      grants.forget(id);
      connections.dropAll(id);
    },
    disconnect: (which) => connections.dropTenant(organisation(which).id),
    expireAccess: (who) => grants.expireAccess(person(who).id),
    seed: (books, which) => seed(ledger, organisation(which), books),
    get: (kind, id, which) => ledger.get(organisation(which), kind, id),
    list: (kind, which) => ledger.list(organisation(which), kind),
    plant: (kind, object, which) => ledger.put(organisation(which), kind, object),
    delete: (kind, id, which) => {
      if (kind === 'Items' || kind === 'TaxRates' || kind === 'Accounts') ledger.drop(organisation(which), kind, id);
      else edit(kind, id, { Status: 'DELETED' }, which);
    },
    merge: (contact, into, which) => {
      const of = organisation(which);
      edit(
        'Contacts',
        contact,
        { ContactStatus: 'ARCHIVED', MergedToContactID: need('Contacts', into, of)[ID.Contacts]! },
        which,
      );
    },
    lock: (day, which) => {
      const of = organisation(which);
      if (day === undefined) delete of.lockDate;
      else of.lockDate = day;
    },
    mails: () => mails,
    setLimits: (next) => limits.set(next),
    insidePenalty: () => limits.insidePenalty(),
    subscribe: (url, key) => webhooks.subscribe(url, key),
    subscription: () => webhooks.subscription(),
    settled: () => webhooks.settled(),
    redeliver: () => webhooks.again(),
    pendingEvents: () => webhooks.pending(),
  };
}
