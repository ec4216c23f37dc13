import type { Json } from '#kit/fields.ts';
import type { Clock } from '../kit/clock.ts';
import type { Company, Extension } from './company.ts';
import { badParameter } from './errors.ts';
import { type Body, object } from './query.ts';

/** A personal contact; what it holds are the fields of `FIELDS`. */
export interface Contact {
  id: number;
  owner: Extension;
  fields: Body;
  modified: number;
  deleted: boolean;
}

const PHONES = [
  ...['homePhone', 'homePhone2', 'businessPhone', 'businessPhone2', 'mobilePhone', 'businessFax', 'companyPhone'],
  ...['assistantPhone', 'carPhone', 'otherPhone', 'otherFax', 'callbackPhone'],
];
const TEXTS = [
  ...['firstName', 'lastName', 'middleName', 'nickName', 'company', 'jobTitle', 'email', 'email2', 'email3'],
  ...['birthday', 'webPage', 'notes', 'ringtoneIndex', 'appInfo'],
];
const ADDRESSES = ['homeAddress', 'businessAddress', 'otherAddress'];
const ADDRESS = ['street', 'city', 'country', 'state', 'zip'];

export type AddressBooks = ReturnType<typeof createAddressBooks>;

/** The personal contacts of all extensions. */
export function createAddressBooks(clock: Clock, company: Company) {
  const contacts = new Map<number, Contact>();
  let serial = 0;
  let generation = 0;

  function change(contact: Contact, changes: Partial<Contact>): Contact {
    return Object.assign(contact, changes, { modified: Math.max(clock.now(), contact.modified + 1) });
  }

  return {
    all: (owner: Extension): Contact[] => [...contacts.values()].filter((one) => one.owner === owner),
    find: (owner: Extension, id: string): Contact | undefined => {
      const found = contacts.get(Number(id));
      return found?.owner === owner && !found.deleted ? found : undefined;
    },
    add(owner: Extension, fields: Body): Contact {
      const id = 3_002_000_000 + ++serial * 1000 + 30;
      const contact: Contact = { id, owner, fields: readContact(fields), modified: clock.now(), deleted: false };
      contacts.set(id, contact);
      return contact;
    },
    /** Every field is as given; those that are not given are gone. */
    replace: (contact: Contact, fields: Body) => change(contact, { fields: readContact(fields) }),
    /** What is given changes; null clears. */
    patch(contact: Contact, fields: Body): Contact {
      const merged = { ...contact.fields, ...readContact(fields, true) };
      const kept = Object.entries(merged).filter(([, value]) => value !== null);
      return change(contact, { fields: Object.fromEntries(kept) });
    },
    remove: (contact: Contact) => void change(contact, { deleted: true }),
    generation: () => generation,
    /** Sync tokens given before are refused. */
    forget: () => void generation++,
    write(contact: Contact, platform: string): Json {
      const uri = `${platform}restapi/v1.0/account/${company.id}/extension/${contact.owner.id}/address-book/contact/${contact.id}`;
      if (contact.deleted) return { uri, availability: 'Deleted', id: contact.id };
      return { uri, availability: 'Alive', id: contact.id, ...contact.fields };
    },
  };
}

function readContact(body: Body, nulls = false): { [name: string]: Json } {
  const fields: { [name: string]: Json } = {};
  for (const [name, value] of Object.entries(body)) {
    if (value === null) {
      if (nulls) fields[name] = null;
    } else if (PHONES.includes(name)) fields[name] = phone(name, value);
    else if (TEXTS.includes(name)) {
      if (typeof value !== 'string') throw badParameter(name);
      fields[name] = value;
    } else if (ADDRESSES.includes(name)) fields[name] = address(name, value);
  }
  return fields;
}

/** E.164 as given; anything else is kept as digits, with the plus where there was one. */
function phone(name: string, value: Json): string {
  if (typeof value !== 'string') throw badParameter(name);
  const digits = value.replace(/[^\d+]/g, '');
  if (digits.length > 32) throw badParameter(name);
  return digits;
}

function address(name: string, value: Json): Json {
  const given = object(value);
  if (given === undefined) throw badParameter(name);
  return Object.fromEntries(ADDRESS.flatMap((part) => (typeof given[part] === 'string' ? [[part, given[part]]] : [])));
}
