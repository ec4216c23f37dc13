import type { Clock } from '../kit/clock.ts';
import { guidOf } from './account.ts';
import { notFound } from './errors.ts';
import type { Token } from './odata.ts';
import type { Thing } from './thing.ts';

export interface User {
  id: string;
  body: Thing;
  seq: number;
  removed: boolean;
}

export type Directory = ReturnType<typeof createDirectory>;

/** The people of a firm. */
export function createDirectory(clock: Clock, rows: number) {
  const users = new Map<string, User>();
  let seq = 0;
  let generation = 0;
  for (let n = 0; n < rows; n++) add(userOf(n));

  function add(body: Thing): User {
    const id = guidOf(`user ${users.size} ${body.userPrincipalName ?? ''}`);
    const user = { id, body, seq: ++seq, removed: false };
    users.set(id, user);
    return user;
  }

  function find(id: string): User {
    const user = users.get(id) ?? [...users.values()].find(({ body }) => body.userPrincipalName === id);
    if (user === undefined || user.removed) throw notFound();
    return user;
  }

  function change(id: string, body: Thing): void {
    const user = find(id);
    Object.assign(user, { body: { ...user.body, ...body }, seq: ++seq });
  }

  function page({ after, until = seq, first }: Pick<Token, 'after' | 'until' | 'first'>): User[] {
    return [...users.values()]
      .filter((one) => one.seq > after && one.seq <= until && !(first && one.removed))
      .sort((a, b) => a.seq - b.seq);
  }

  return {
    add,
    find,
    change,
    page,
    all: (): User[] => [...users.values()].filter(({ removed }) => !removed),
    head: () => seq,
    remove: (id: string): void => void Object.assign(find(id), { removed: true, seq: ++seq }),
    expire: () => void generation++,
    get generation() {
      return generation;
    },
    now: () => clock.now(),
  };
}

function userOf(n: number): Thing {
  const name = n % 2 === 0 ? 'Adele Vance' : 'Diego Siciliani';
  return {
    ...{ displayName: `${name} ${n}`, givenName: name.split(' ')[0]!, surname: name.split(' ')[1]! },
    ...{ mail: n % 10 === 9 ? null : `user.${n}@contoso.example`, userPrincipalName: `user.${n}@contoso.onmicrosoft.example` },
    proxyAddresses: [`SMTP:user.${n}@contoso.example`, `smtp:u${n}@contoso.example`, 'X500:/o=Contoso/cn=u'],
    ...{ jobTitle: 'Retail Manager', department: 'Retail', officeLocation: '18/2111', preferredLanguage: 'en-US' },
    ...{
      businessPhones: [`+1 425 555 ${String(1000 + (n % 9000))}`],
      mobilePhone: null,
      userType: 'Member',
      accountEnabled: true,
    },
  };
}
