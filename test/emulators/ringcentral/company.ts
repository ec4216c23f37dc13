import { mix } from '../kit/random.ts';

/** A user, queue, menu or park location of the company. */
export interface Extension {
  id: number;
  /** The short number; the company's own menu has none. */
  number: string;
  name: string;
  firstName?: string;
  lastName?: string;
  email?: string;
  type: 'User' | 'Department' | 'IvrMenu' | 'ParkLocation' | 'Voicemail' | 'Limited';
  status: 'Enabled' | 'Disabled' | 'NotActivated';
  /** May read what is everybody's. */
  admin: boolean;
  /** Direct numbers, E.164. */
  direct: readonly string[];
  /** A phone of their own that calls are forwarded to, E.164. */
  mobile?: string;
  device: string;
  /** What the user may do; absent: everything an ordinary user may. */
  without?: readonly string[];
}

/** How an extension begins. */
export interface ExtensionPlan {
  /** What stories call it: `ann`. */
  role: string;
  name: string;
  type?: Extension['type'];
  status?: Extension['status'];
  number?: string;
  email?: string;
  admin?: boolean;
  direct?: readonly string[];
  mobile?: string;
  without?: readonly string[];
}

export interface CompanyPlan {
  name?: string;
  /** Default 1: ids differ by seed, so that two companies share none. */
  seed?: number;
  mainNumber?: string;
  /** Numbers of the company beside the main one, E.164. */
  companyNumbers?: readonly string[];
  /** Default: `STAFF`. */
  extensions?: readonly ExtensionPlan[];
}

/** Six users, a queue, a ring group, the main menu and a park location: whom the stories speak of. */
export const STAFF: readonly ExtensionPlan[] = [
  { role: 'ann', name: 'Ann Archer', number: '101', admin: true, direct: ['+12025550111'], mobile: '+12025550191' },
  { role: 'bob', name: 'Bob Baker', number: '102', direct: ['+12025550112'], mobile: '+12025550192' },
  { role: 'cid', name: 'Cid Cooper', number: '103', direct: ['+12025550113'], mobile: '+12025550193' },
  { role: 'dee', name: 'Dee Draper', number: '104', direct: ['+12025550114'] },
  { role: 'eve', name: 'Eve Ellis', number: '105', direct: ['+12025550115'] },
  { role: 'fay', name: 'Fay Fisher', number: '106', direct: ['+12025550116'] },
  { role: 'support', name: 'Support', type: 'Department', number: '200', direct: ['+12025550120'] },
  { role: 'sales', name: 'Sales', type: 'Department', number: '201', direct: ['+12025550121'] },
  { role: 'menu', name: 'Main Menu', type: 'IvrMenu', number: '300' },
  { role: 'shelf', name: 'Shelf', type: 'ParkLocation', number: '801' },
];

export type Company = ReturnType<typeof createCompany>;

export function createCompany(plan: CompanyPlan = {}) {
  const seed = plan.seed ?? 1;
  // Ids as the service gives them: about ten digits, the last three those of the pod. The company's id is that of its first user.
  const base = 800_000 + (mix(seed, 77) % 100_000);
  const id = base * 1000 + 16;
  const extensions: Extension[] = [];
  const roles = new Map<string, Extension>();
  let names: Map<string, Extension> | undefined;

  /** Everybody by all their names; the first who bears a name has it. */
  function named(): Map<string, Extension> {
    if (names) return names;
    names = new Map(roles);
    for (const one of extensions)
      for (const name of [one.email, one.number, String(one.id)]) if (name && !names.has(name)) names.set(name, one);
    return names;
  }

  function add(given: ExtensionPlan): Extension {
    const [firstName, ...rest] = given.name.split(' ');
    const n = extensions.length;
    const type = given.type ?? 'User';
    const user = type === 'User';
    const extension: Extension = {
      id: (base + n * 7) * 1000 + 16,
      number: given.number ?? String(101 + n),
      name: given.name,
      ...(user ? { firstName, lastName: rest.join(' ') } : {}),
      ...(user || given.email ? { email: given.email ?? `${given.role}@example.com` } : {}),
      type,
      status: given.status ?? 'Enabled',
      admin: given.admin ?? false,
      direct: given.direct ?? [],
      mobile: given.mobile,
      device: String((base + n * 7) * 1000 + 500_016),
      without: given.without,
    };
    extensions.push(extension);
    roles.set(given.role, extension);
    names = undefined;
    return extension;
  }

  for (const one of plan.extensions ?? STAFF) add(one);
  return {
    id,
    name: plan.name ?? 'Harbour Trading',
    mainNumber: plan.mainNumber ?? '+12025550100',
    companyNumbers: plan.companyNumbers ?? ['+18005550130'],
    extensions: (): readonly Extension[] => extensions,
    add,
    /** By role, e-mail address, short number or id. */
    find: (who: string | number): Extension | undefined => named().get(String(who)),
    change(who: string, changes: Partial<Omit<Extension, 'id'>>): Extension {
      const extension = this.find(who);
      if (extension === undefined) throw new Error(`there is no extension ${who}; there are ${[...roles.keys()].join(', ')}`);
      names = undefined;
      return Object.assign(extension, changes);
    },
  };
}
