import nock from 'nock';
import type { Values } from '#kit/fields.ts';
import type { AccountPlan } from '../../emulators/gsuite/account.ts';
import type { GivenPerson } from '../../emulators/gsuite/desk.ts';
import { type EmulatorOptions, startEmulators } from '../../emulators/index.ts';
import { createClock } from '../../emulators/kit/clock.ts';
import type { StreamDriver, Trouble, World } from '../world.ts';

export const EMAIL = 'ada@example.com';

/** What is the same for every stream of the account: all of a World but its rows. */
export async function signedIn(plan: Partial<AccountPlan>, how: EmulatorOptions['gsuite'] = {}) {
  const on = await startEmulators({
    clock: createClock(Date.parse('2026-03-01T10:00:00Z')),
    gsuite: { ...how, accounts: [{ email: EMAIL, ...plan }] },
  });
  const { gsuite } = on;
  let tokens = gsuite.grant();
  let revoked = false;
  const world = {
    base: on.hosts.gsuite!,
    now: on.clock.now,
    turn: on.clock.turn,
    token: async (refused?: string) => {
      if (refused === tokens.accessToken && !revoked) tokens = gsuite.grant();
      return tokens.accessToken;
    },
    account: { id: gsuite.accounts()[0]!.id, title: EMAIL },
    forget: () => gsuite.expireSyncTokens(),
    revoke: () => {
      revoked = true;
      gsuite.revoke();
    },
    expireAccess: () => gsuite.expireAccess(),
    fault: (operation: string, trouble: Trouble) => gsuite.faults.add({ ...trouble, operation }),
    calls: (operation?: string) => (operation === undefined ? gsuite.counters.total() : (gsuite.counters.calls[operation] ?? 0)),
    overlaps: () => gsuite.counters.overlappingWrites,
    close: () => on.close(),
  };
  return { gsuite, world };
}

export async function open(rows: number, how: EmulatorOptions['gsuite'] = {}): Promise<World> {
  const { gsuite, world } = await signedIn({ rows }, how);
  const people = gsuite.people();
  return {
    ...world,
    ids: () => people.list().map((person) => String(person.resourceName)),
    edit: (id) => void people.edit(id, { names: [{ givenName: 'Edited', familyName: `Elsewhere ${world.now()}` }] }),
    delete: (id) => people.delete(id),
    decorate: (id) => void people.edit(id, DECORATION),
    decoration: (id) => decorationOf(people.get(id) ?? {}),
    misfit: () => people.add({ names: [{ givenName: 'Long' }], biographies: [{ value: 'x'.repeat(1_000_000) }] }),
  };
}

/** Something undeclared in each member the stream writes, and in members it never touches. */
const DECORATION: GivenPerson = {
  names: [{ givenName: 'Ada', familyName: 'Lovelace', phoneticGivenName: 'Ey-da' }],
  nicknames: [{ value: 'Ada' }, { value: 'Enchantress', type: 'OTHER_NAME' }],
  emailAddresses: [{ value: 'ada@example.com', type: 'work', displayName: 'Countess' }],
  organizations: [
    { name: 'Analytical Engines', title: 'CTO', costCenter: '4711', symbol: 'ANLY' },
    { name: 'The Former', current: false },
  ],
  addresses: [{ streetAddress: '1 Main St', city: 'Bath', formattedValue: 'By hand: 1 Main St, Bath' }],
  relations: [{ person: 'Charles', type: 'friend' }],
  events: [{ date: { month: 12, day: 10 }, type: 'anniversary' }],
  clientData: [{ key: 'other-tool', value: '42' }],
};

function decorationOf(person: { readonly [member: string]: unknown }): string {
  const text = JSON.stringify(Object.keys(DECORATION).map((member) => person[member]));
  const found = [
    'Ey-da',
    'Enchantress',
    'Countess',
    '4711',
    'ANLY',
    'The Former',
    'By hand',
    'Charles',
    'anniversary',
    'other-tool',
  ];
  return found.filter((one) => text.includes(one)).join();
}

const one: Values = {
  givenName: 'Zoë',
  familyName: 'Ó Briain',
  middleName: 'M.',
  prefix: 'Dr.',
  suffix: 'Jr.',
  nickname: 'Z',
  emails: [
    { value: 'zoe@work.example', type: 'work', primary: true },
    { value: 'zoe@home.example', type: 'home' },
  ],
  phones: [{ value: '+353 1 555 0100', type: 'mobile', primary: true }, { value: '+353 1 555 0101' }],
  addresses: [
    {
      type: 'work',
      street: '1 Quay',
      extended: '2nd floor',
      city: 'Cork',
      region: 'Munster',
      postalCode: 'T12',
      country: 'Ireland',
      countryCode: 'IE',
    },
    { type: 'home', poBox: 'Box 9', city: 'Cork' },
  ],
  organization: 'Ferries Ltd',
  jobTitle: 'Captain',
  department: 'Deck',
  birthday: '1985-12-10',
  urls: [{ value: 'https://ferries.example', type: 'work' }],
  note: 'Two lines\nof it',
  custom: [{ key: 'Boat', value: 'Naomh Éanna' }],
};

const other: Values = {
  givenName: 'Zoe',
  familyName: 'O’Brien',
  middleName: 'Mary',
  prefix: 'Prof.',
  suffix: 'III',
  nickname: 'Zo',
  emails: [
    { value: 'zoe@home.example', type: 'other', primary: true },
    { value: 'zoe@new.example', type: 'work' },
  ],
  phones: [{ value: '+353 1 555 0199', type: 'work', primary: true }],
  addresses: [{ type: 'home', poBox: 'Box 9', city: 'Cobh' }],
  organization: 'Lighthouses plc',
  jobTitle: 'Keeper',
  department: 'Lamp',
  birthday: '--02-29',
  urls: [{ value: 'https://lamp.example' }],
  note: 'One line',
  custom: [
    { key: 'Boat', value: 'None' },
    { key: 'Lamp', value: 'Fresnel' },
  ],
};

export const contacts: StreamDriver = {
  open,
  values: { one, other },
  impossible: { field: 'birthday', fields: { birthday: '2026-02-30' } },
  operations: {
    list: 'people.people.connections.list',
    fetch: 'people.people.getBatchGet',
    create: 'people.people.batchCreateContacts',
    update: 'people.people.batchUpdateContacts',
    remove: 'people.people.batchDeleteContacts',
  },
  repeating: () => {
    const people = 'http://people.repeating.test';
    const scope = nock(people).persist().get('/v1/people/me/connections').query(true);
    scope.reply(200, { connections: [], nextPageToken: 'the same' });
    return { base: { people, oauth: people, accounts: people, www: people }, end: () => nock.cleanAll() };
  },
};
