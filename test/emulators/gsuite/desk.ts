import type { Json } from '#kit/fields.ts';
import { random } from '../kit/random.ts';
import type { Account } from './account.ts';
import type { State } from './book.ts';
import { type Contact, contactOf, MY_CONTACTS } from './contact.ts';
import type { Message } from './json.ts';
import { type View, viewOf } from './present.ts';
import { FIELDS, READABLE } from './schema.ts';

/** What a person may be given as: the fields of the People API, with or without their metadata. */
export type GivenPerson = { readonly [field: string]: Json };

export type Desk = ReturnType<typeof createDesk>;

/** The account's owner at Google's own pages: edits without etags, seen by the API as anybody else's change. */
export function createDesk(account: Account) {
  const { book, writer } = account;

  function at(resourceName: string): State {
    const state = book.find(resourceName);
    if (state === undefined) throw new Error(`${account.email} has no person ${resourceName}`);
    return state;
  }

  /** Takes raw people as the API gives them: their resource names and what their profiles added are kept. */
  function load(people: readonly GivenPerson[]): string[] {
    return people.map((person) => {
      const [own, theirs] = parted(person);
      const contact = contactOf(own, Object.keys(FIELDS), account.groups);
      const profile = contactOf(theirs, Object.keys(FIELDS), account.groups);
      const resourceName = typeof person.resourceName === 'string' ? person.resourceName : undefined;
      const known = { resourceName, profile: Object.keys(profile).length > 0 ? profile : undefined };
      return book.add({ ...contact, memberships: contact.memberships ?? [MY_CONTACTS] }, known).resourceName;
    });
  }

  function edit(resourceName: string, fields: GivenPerson): string {
    const state = at(resourceName);
    const contact: Contact = { ...state.contact };
    for (const field of Object.keys(fields)) delete contact[field];
    const written = contactOf({ ...fields }, Object.keys(fields), account.groups);
    return book.change(state, { contact: { ...contact, ...written } }).resourceName;
  }

  return {
    load,
    edit,
    add: (person: GivenPerson): string => load([person])[0] ?? '',
    delete: (resourceName: string): void => {
      book.change(at(resourceName), { deleted: true, contact: {} });
    },
    /** Gives the person another resource name, as happens when contact and profile are linked. Gives the new one. */
    rename: (resourceName: string): string => book.rename(at(resourceName)).resourceName,
    /** What the person's own Google profile shows from now on. */
    profile: (resourceName: string, fields: GivenPerson): void => {
      book.change(at(resourceName), { profile: contactOf({ ...fields }, Object.keys(fields), account.groups) });
    },
    /** The person as they truly are, whatever reads may still show; undefined when there is none. */
    get: (resourceName: string): Message | undefined => {
      const state = book.find(resourceName);
      return state && JSON.parse(writer.text(state, EVERYTHING));
    },
    /** Everyone as they truly are, in the order of their last change. */
    list: (): Message[] => [...book.all()].map((state) => JSON.parse(writer.text(state, EVERYTHING))),
    count: (): number => book.count(),
    /** Changes so many people a little, spread evenly; the same ones for the same seed. Gives their resource names. */
    touch: (count: number, seed = 1): string[] => touch(account, count, seed),
  };
}

/** Contact values only, every field. */
const EVERYTHING: View = viewOf(READABLE, ['READ_SOURCE_TYPE_CONTACT'], 'get');

/** The items of a raw person that are the contact's own, and those of their profile. */
function parted(person: GivenPerson): [Message, Message] {
  const own: Message = {};
  const theirs: Message = {};
  for (const field of Object.keys(FIELDS)) {
    const items = person[field];
    if (!Array.isArray(items)) continue;
    own[field] = items.filter((item) => sourceOf(item) !== 'PROFILE');
    theirs[field] = items.filter((item) => sourceOf(item) === 'PROFILE');
  }
  return [own, theirs];
}

function sourceOf(item: Json): Json | undefined {
  const member = (of: Json | undefined, name: string) =>
    of !== null && typeof of === 'object' && !Array.isArray(of) ? of[name] : undefined;
  return member(member(member(item, 'metadata'), 'source'), 'type');
}

function touch({ book }: Account, count: number, seed: number): string[] {
  const names: string[] = [];
  const draw = random(seed);
  const size = book.size();
  const step = Math.max(1, Math.floor(size / Math.max(1, count)));
  for (let n = 0; n < size && names.length < count; n += step) {
    const state = book.at(n);
    if (state === undefined) continue;
    const contact: Contact = { ...state.contact };
    const organization = contact.organizations?.[0];
    if (organization && draw.oneIn(2)) contact.organizations = [{ ...organization, title: `Director ${seed}-${n}` }];
    else contact.biographies = [{ value: `Spoken to again, round ${seed}, number ${n}.`, contentType: 'TEXT_PLAIN' }];
    names.push(book.change(state, { contact }).resourceName);
  }
  return names;
}
