import { hash, random } from '../kit/random.ts';
import type { Answer, Call } from '../kit/server.ts';
import type { Account } from './account.ts';
import { ClassicError, json } from './errors.ts';
import { invalid } from './event.ts';
import type { Message } from './json.ts';
import type { Operation } from './operations.ts';

const ADMIN = 'https://admin.googleapis.com';
const READ = ['admin.directory.user.readonly', 'admin.directory.user'].map((scope) => `https://www.googleapis.com/auth/${scope}`);

export type Directory = ReturnType<typeof createDirectory>;

/** The people of the firm, whoever of them asks. */
export function createDirectory() {
  const people = new Map<string, { version: number; body: Message }>();
  const others = new Set<string>();
  let made = 0;

  function put(id: string, body: Message): string {
    people.set(id, { version: (people.get(id)?.version ?? 0) + 1, body });
    return id;
  }
  const shown = ([id, { version, body }]: [string, { version: number; body: Message }]): Message => ({
    ...{ kind: 'admin#directory#user', id, etag: `"${hash(id).toString(36)}/${version}"` },
    ...{ isAdmin: false, isDelegatedAdmin: false, suspended: false, archived: false, creationTime: '2020-01-01T00:00:00.000Z' },
    ...{ lastLoginTime: '2026-02-01T08:00:00.000Z', customerId: 'C03az79cb', orgUnitPath: '/', isMailboxSetup: true },
    ...body,
  });

  return {
    /** A person by members of the Directory API; gives the id. */
    add: (person: Message): string => put(String(100_000_000_000_000_000_000n + BigInt(++made)), person),
    edit(id: string, person: Message): void {
      put(id, { ...people.get(id)?.body, ...person });
    },
    delete: (id: string): void => void people.delete(id),
    get: (id: string): Message | undefined => {
      const found = people.get(id);
      return found && shown([id, found]);
    },
    list: (): Message[] => [...people].map(shown),
    /** Does the account administer the firm? Each does, until it is said otherwise. */
    setAdmin(email: string, admin: boolean): void {
      if (admin) others.delete(email);
      else others.add(email);
    },
    isAdmin: (email: string): boolean => !others.has(email),
    fill(count: number, seed = 1): void {
      const draw = random(seed);
      for (let n = 0; n < count; n++) {
        const given = draw.pick(['Ada', 'Grace', 'Zoë', 'Łukasz', '花子']);
        const primaryEmail = `person${String(n).padStart(5, '0')}@firm.example`;
        this.add({
          ...{ primaryEmail, name: { givenName: given, familyName: `No. ${n}`, fullName: `${given} No. ${n}` } },
          ...(draw.oneIn(3) && { aliases: [`alias${n}@firm.example`] }),
          ...(draw.oneIn(2) && {
            phones: [{ value: `+1 555 01${String(n % 100).padStart(2, '0')}`, type: 'work', primary: true }],
          }),
          ...(draw.oneIn(2) && { organizations: [{ title: 'Buyer', department: 'Procurement', primary: true, customType: '' }] }),
          ...(draw.oneIn(20) && { suspended: true, suspensionReason: 'ADMIN' }),
        });
      }
    },
  };
}

export function directoryOperations(directory: Directory): readonly Operation[] {
  const operation = (name: string, path: RegExp, query: readonly string[], handle: Operation['handle']): Operation => ({
    ...{ name, verb: 'GET', path, scopes: READ, query, quota: 'directory', method: name, origin: ADMIN },
    handle: (account, call, lent) => handle(allowed(directory, account), call, lent),
  });
  return [
    operation(
      'directory.users.list',
      /^\/admin\/directory\/v1\/users$/,
      ['customer', 'domain', 'maxResults', 'orderBy', 'pageToken', 'projection', 'showDeleted', 'sortOrder', 'viewType'],
      (_account, call) => list(directory, call),
    ),
    operation(
      'directory.users.get',
      /^\/admin\/directory\/v1\/users\/([^/]+)$/,
      ['projection', 'viewType'],
      (_account, { params }) => {
        const [key = ''] = params;
        const found = directory.get(key) ?? directory.list().find(({ primaryEmail }) => primaryEmail === key);
        if (found === undefined) throw new ClassicError(404, 'notFound', 'Resource Not Found: userKey');
        return json(found);
      },
    ),
  ];
}

function allowed(directory: Directory, account: Account): Account {
  if (directory.isAdmin(account.email)) return account;
  throw new ClassicError(403, 'forbidden', 'Not Authorized to access this resource/api');
}

function list(directory: Directory, { query }: Call): Answer {
  if (!query.has('customer') && !query.has('domain')) throw new ClassicError(400, 'badRequest', 'Bad Request');
  const size = Number(query.get('maxResults') ?? 100);
  if (!(size >= 1 && size <= 500)) throw invalid('Invalid value for: maxResults');
  const from = Number(query.get('pageToken') ?? 0);
  if (!Number.isInteger(from)) throw invalid('Invalid Input: pageToken');
  const all = directory.list();
  if (query.get('orderBy') === 'email') all.sort((a, b) => (String(a.primaryEmail) < String(b.primaryEmail) ? -1 : 1));
  const next: Message = from + size < all.length ? { nextPageToken: String(from + size) } : {};
  const some = all.slice(from, from + size);
  return json({ kind: 'admin#directory#users', etag: `"D${all.length}"`, ...(some.length > 0 && { users: some }), ...next });
}
