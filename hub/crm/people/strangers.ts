/**
 * People met in meetings, mails and files whom nobody knows. A workspace reviews them or leaves them alone: guests become contacts only when
 * somebody says so, one by one.
 */
import { Fault } from '#hub/fault.ts';
import { isInstant } from '#kit/dates.ts';
import type { Json, Values } from '#kit/fields.ts';
import { domainToken, emailToken } from '#mappings/keys.ts';
import { lockShape } from '#store/custom-fields.ts';
import type { Store, Tx } from '#store/database.ts';
import { countTokens, findKeys } from '#store/keys.ts';
import { markAllAddresses, NAMING } from '#store/participants.ts';
import {
  dismissStrangers,
  forgetStrangers,
  listStrangers,
  type StrangerPolicy,
  type StrangerRow,
  setStrangerPolicy,
  strangerPolicy,
  strangersNamed,
} from '#store/strangers.ts';
import { oneWriter } from '#store/syncs.ts';
import type { CrmRecord } from '../core.ts';
import type { Asker } from '../crm.ts';
import { createOne } from '../edit.ts';
import { type Listing, readPlace, writePlace } from '../place.ts';
import { forgetShape } from '../shape.ts';

export interface Stranger {
  address: string;
  /** As a meeting or a mail gave it last; '' where none did. */
  name: string;
  /** In how many meetings, mails and files; counted up to 1,000. */
  times: number;
  /** When last, an instant; a meeting may be ahead. */
  last: string;
}

export interface Strangers {
  policy(workspace: number): Promise<StrangerPolicy>;
  /** `review` lists whoever has been met so far as well, within a while; `off` forgets the list, but not who was dismissed. */
  setPolicy(workspace: number, policy: StrangerPolicy): Promise<StrangerPolicy>;
  /** Last met first. */
  list(workspace: number, page: { after: string | null; limit: number }): Promise<Listing<Stranger>>;
  /** Makes a contact, which from then on stands on everything that names the address. `given`: what it says besides. Throws `Fault`. */
  accept(who: Asker, address: string, given?: Values): Promise<CrmRecord>;
  /** They are not listed again, whatever they are met in. */
  dismiss(who: Asker, addresses: readonly string[]): Promise<string[]>;
}

export interface StrangerParts {
  store: Store;
  now(): number;
  /** Told, after the commit, of a workspace whose addresses are to be looked at, and of contacts that people made. */
  marked(workspace: number): void;
  edited(workspace: number, objects: readonly string[]): Promise<void>;
}

const MOST_COUNTED = 1_000;

export function openStrangers({ store, now, marked, edited }: StrangerParts): Strangers {
  const at = () => new Date(now()).toISOString();
  return {
    policy: (workspace) => store.workspace(workspace, strangerPolicy),
    async setPolicy(workspace, policy) {
      const before = await store.workspace(workspace, (tx) => changePolicy(tx, policy));
      if (policy === 'review' && before === 'off') marked(workspace);
      return policy;
    },
    list: (workspace, page) => store.workspace(workspace, (tx) => listed(tx, page)),
    async accept(who, address, given = {}) {
      const contact = await store.workspace(who.workspace, (tx) =>
        accepted(tx, tokenOf(address), given, { by: who.by, at: at() }),
      );
      await edited(who.workspace, ['contact']);
      marked(who.workspace);
      return contact;
    },
    async dismiss(who, addresses) {
      const tokens = [...new Set(addresses.map(tokenOf))];
      await store.workspace(who.workspace, (tx) => dismissStrangers(tx, tokens, at(), who.by));
      return tokens;
    },
  };
}

/** What it was before. Nobody writes records meanwhile: those who do hold the shape. */
async function changePolicy(tx: Tx, policy: StrangerPolicy): Promise<StrangerPolicy> {
  await oneWriter(tx);
  await lockShape(tx, 'edit it');
  const before = await strangerPolicy(tx);
  if (before === policy) return before;
  await setStrangerPolicy(tx, policy);
  forgetShape(tx);
  if (policy === 'off') await forgetStrangers(tx);
  else await markAllAddresses(tx);
  return before;
}

async function listed(tx: Tx, { after, limit }: { after: string | null; limit: number }): Promise<Listing<Stranger>> {
  const rows = await listStrangers(tx, after === null ? null : readPlace(after, isPlace), limit + 1);
  const shown = rows.slice(0, limit);
  const counts = await timesMet(tx, shown);
  const items = shown.map(({ address, name, last }, n) => ({ address, name, times: counts[n]!, last }));
  const end = shown.at(-1);
  return { items, next: rows.length > limit ? writePlace({ last: end!.last, address: end!.address }) : null };
}

async function timesMet(tx: Tx, rows: readonly StrangerRow[]): Promise<number[]> {
  if (rows.length === 0) return [];
  const asked = rows.flatMap(({ address: token }) => NAMING.map((object) => ({ object, kind: 'email', token, whole: true })));
  const counts = await countTokens(tx, asked, MOST_COUNTED);
  return rows.map((_, n) =>
    Math.min(
      MOST_COUNTED,
      NAMING.reduce((sum, _object, o) => sum + counts[n * NAMING.length + o]!, 0),
    ),
  );
}

const isPlace = (place: Json): place is { last: string; address: string } =>
  place !== null &&
  typeof place === 'object' &&
  !Array.isArray(place) &&
  typeof place.last === 'string' &&
  isInstant(place.last) &&
  typeof place.address === 'string';

function tokenOf(address: string): string {
  const token = emailToken(address);
  if (token !== '') return token;
  const found = JSON.stringify(address.slice(0, 80));
  throw new Fault('invalid', `${found} is no e-mail address.`, 'Name one as `strangers` lists it.', [
    { path: 'address', found, allowed: 'an e-mail address' },
  ]);
}

/** The contact of an address that nobody bears yet, at the firm whose domain it is where that is one firm. */
async function accepted(tx: Tx, address: string, given: Values, cause: { by: string; at: string }): Promise<CrmRecord> {
  await oneWriter(tx);
  const [[stranger], [bearer], firms] = await Promise.all([
    strangersNamed(tx, [address]),
    findKeys(tx, 'contact', [{ kind: 'email', token: address }], 1),
    companiesAt(tx, address),
  ]);
  if (bearer !== undefined)
    throw new Fault(
      'conflict',
      `${address} is a contact already: ${bearer.record}.`,
      'Look at that contact; it stands on all that names the address.',
    );
  const values: Values = { emails: [{ value: address, primary: true }], source: 'met', ...given };
  if (stranger && stranger.name !== '' && !namesSomebody(given)) values.name = stranger.name;
  if (firms.length === 1 && given.company === undefined) values.company = firms[0]!;
  return createOne(tx, 'contact', values, cause);
}

const namesSomebody = (given: Values): boolean => ['name', 'givenName', 'familyName'].some((field) => given[field] !== undefined);

async function companiesAt(tx: Tx, address: string): Promise<string[]> {
  const token = domainToken(address);
  const found = token === '' ? [] : await findKeys(tx, 'company', [{ kind: 'domain', token }], 2);
  return found.map(({ record }) => record);
}
