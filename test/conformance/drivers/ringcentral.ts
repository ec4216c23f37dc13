import nock from 'nock';
import type { Values } from '#kit/fields.ts';
import { startEmulators } from '../../emulators/index.ts';
import { createClock } from '../../emulators/kit/clock.ts';
import type { Ringcentral } from '../../emulators/ringcentral/contract.ts';
import type { StreamDriver, World } from '../world.ts';

const NOW = Date.parse('2026-03-01T10:00:00Z');
const MINUTE = 60_000;

/** What differs from stream to stream: how its rows come to be, and who else changes them. */
type Ways = (on: Ringcentral, turn: (ms: number) => void) => Pick<World, 'ids' | 'misfit' | 'forget'> & Partial<World>;

async function open(ways: Ways): Promise<World> {
  const clock = createClock(NOW);
  const on = await startEmulators({
    clock,
    ringcentral: {
      company: { extensions: [{ role: 'ann', name: 'Ann Archer', number: '101', admin: true, direct: ['+12025550111'] }] },
    },
  });
  const { ringcentral } = on;
  let tokens = ringcentral.grant();
  let revoked = false;
  const [ann] = ringcentral.company.extensions();
  const world = ways(ringcentral, clock.turn);
  return {
    base: on.hosts.ringcentral!,
    now: clock.now,
    turn: clock.turn,
    token: async (refused) => {
      if (refused === tokens.accessToken && !revoked) tokens = ringcentral.grant();
      return tokens.accessToken;
    },
    account: {
      id: String(ann!.id),
      title: 'ann@example.com',
      settings: { account: String(ringcentral.company.id), calls: 'company', extension: '101' },
    },
    revoke: () => {
      revoked = true;
      ringcentral.revoke();
    },
    expireAccess: () => ringcentral.expireAccess(),
    fault: (operation, trouble) => ringcentral.faults.add({ ...trouble, operation }),
    calls: (operation) => (operation === undefined ? ringcentral.counters.total() : (ringcentral.counters.calls[operation] ?? 0)),
    overlaps: () => ringcentral.counters.overlappingWrites,
    close: () => on.close(),
    ...world,
  };
}

/** An address at which every list and every sync hands out the same page for ever. */
function repeating(): { base: World['base']; end(): void } {
  const host = 'http://ringcentral.repeating.test';
  const same = {
    records: [],
    syncInfo: { syncType: 'ISync', syncToken: 'the same', syncTime: '2026-03-01T10:00:00.000Z', newerRecordsExist: true },
    nextPageId: 7,
    navigation: { nextPage: { uri: `${host}/list?page=1` } },
    paging: { page: 1, perPage: 100 },
  };
  nock(host).persist().get(/.*/).reply(200, same);
  return { base: { platform: host, media: host }, end: () => nock.cleanAll() };
}

export const calls: StreamDriver = {
  rows: { read: 1_100, write: 0 },
  open: (rows) =>
    open((on) => {
      on.setLag({ least: 15_000, most: 15_000 });
      const ring = (minutesAgo: number, name?: string) => {
        const cast = name === undefined ? undefined : { customer: { number: '+14155550100', name } };
        const { call } = on.ring('answered-inbound', { begins: NOW - minutesAgo * MINUTE, silent: true, cast });
        return Object.values(call.sessions)[0]!.telephonySessionId;
      };
      const ids = Array.from({ length: rows }, (_, i) => ring(rows - i + 30));
      return {
        ids: () => [...ids],
        delete: (id) => on.deleteRecords(id),
        misfit: () => ring(20, 'x'.repeat(5_000)),
        forget: () => on.clearLog(),
      };
    }),
  operations: { list: 'extractSyncAccountCallLog', fetch: 'readCompanyCallLog' },
  repeating,
};

export const messages: StreamDriver = {
  rows: { read: 1_100, write: 0 },
  open: (rows) =>
    open((on, turn) => {
      const text = (body: string) => on.receiveText('ann', { from: '+14155550100', text: body });
      for (let i = 0; i < rows; i++) text(`Message ${i}`);
      turn(MINUTE);
      const alive = () => on.messages('ann').filter(({ availability }) => availability === 'Alive');
      return {
        ids: () => alive().map(({ id }) => String(id)),
        edit: (id) => on.settleText(Number(id), 'DeliveryFailed'),
        delete: (id) => {
          const message = alive().find((one) => String(one.id) === id)!;
          on.settleText(message.id, message.status); // it changes
          message.availability = 'Deleted';
        },
        misfit: () => String(text('x'.repeat(1_000_001)).id),
        forget: () => turn(31 * 24 * 60 * MINUTE),
      };
    }),
  operations: { list: 'listMessages', fetch: 'readMessage' },
  repeating,
};

const one: Values = {
  firstName: 'Zoë',
  middleName: 'M.',
  lastName: 'Ó Briain',
  nickName: 'Z',
  company: 'Ferries Ltd',
  jobTitle: 'Captain',
  emails: [{ value: 'zoe@work.example', primary: true }, { value: 'zoe@home.example' }],
  phones: [
    { value: '+35315550100', type: 'mobile' },
    { value: '+35315550101', type: 'work' },
    { value: '+35315550102', type: 'work' },
  ],
  addresses: [
    { type: 'work', street: '1 Quay', city: 'Cork', region: 'Munster', postalCode: 'T12', country: 'Ireland' },
    { type: 'home', city: 'Cobh' },
  ],
  birthday: '1985-12-10',
  webPage: 'https://ferries.example',
  notes: 'Two lines\nof it',
};

const other: Values = {
  firstName: 'Zoe',
  middleName: 'Mary',
  lastName: 'O’Brien',
  nickName: 'Zo',
  company: 'Lighthouses plc',
  jobTitle: 'Keeper',
  emails: [{ value: 'zoe@home.example', primary: true }, { value: 'zoe@new.example' }],
  phones: [
    { value: '+35315550199', type: 'home' },
    { value: '+35315550102', type: 'work' },
  ],
  addresses: [{ type: 'other', street: 'The Rock', country: 'Ireland' }],
  birthday: '2000-02-29',
  webPage: 'https://lamp.example',
  notes: 'One line',
};

export const contacts: StreamDriver = {
  rows: { read: 600, write: 40 },
  open: (rows) =>
    open((on, turn) => {
      for (let i = 0; i < rows; i++) {
        on.addContact('ann', {
          firstName: 'Person',
          lastName: `${i}`,
          email: `p${i}@example.com`,
          mobilePhone: `+1415555${1000 + i}`,
        });
      }
      turn(MINUTE);
      const find = (id: string) => on.contacts('ann').find((contact) => String(contact.id) === id);
      return {
        ids: () => on.contacts('ann').map(({ id }) => String(id)),
        edit: (id) => void on.editContact(Number(id), { firstName: 'Edited', lastName: `Elsewhere ${on.clock.now()}` }),
        delete: (id) => on.deleteContact(Number(id)),
        decorate: (id) => void on.editContact(Number(id), { ringtoneIndex: '7', appInfo: 'another tool' }),
        decoration: (id) => ['ringtoneIndex', 'appInfo'].map((member) => find(id)?.fields[member] ?? '').join(),
        misfit: () => String(on.addContact('ann', { firstName: 'Long', notes: 'x'.repeat(1_000_000) }).id),
        forget: () => on.expireSyncTokens(),
      };
    }),
  values: { one, other },
  impossible: { field: 'birthday', fields: { birthday: '2026-02-30' } },
  operations: {
    list: 'syncAddressBook',
    fetch: 'readContact',
    create: 'createContact',
    update: 'patchContact',
    remove: 'deleteContact',
  },
  repeating,
};

export const extensions: StreamDriver = {
  rows: { read: 1_100, write: 0 },
  open: (rows) =>
    open((on) => {
      const add = (n: number, name = `Person ${n}`) => on.addExtension({ role: `p${n}`, name, number: String(1000 + n) });
      for (let i = 1; i < rows; i++) add(i);
      const misfits = new Set<number>();
      return {
        ids: () => on.company.extensions().flatMap(({ id }) => (misfits.has(id) ? [] : [String(id)])),
        edit: (id) => void on.changeExtension(id, { name: `Renamed ${on.clock.now()}` }),
        misfit: () => {
          const { id } = add(rows, 'x'.repeat(5_000));
          misfits.add(id);
          return String(id);
        },
        forget: () => {},
      };
    }),
  operations: { list: 'listExtensions', fetch: 'readExtension' },
  repeating,
};
