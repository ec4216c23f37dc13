/** Who takes part in a meeting, a mail or a file, as its own values say: by e-mail address, with the name that stands beside it. */
import type { Json, Values } from '#kit/fields.ts';
import { emailToken } from '#mappings/keys.ts';
import type { Naming } from '#store/participants.ts';

export interface Participant {
  /** The key of the address (mappings/keys.ts). */
  address: string;
  name: string;
}

/** Fields that name people: a list of addresses, or one address with the field of its name. */
const FIELDS: ReadonlyMap<string, readonly (readonly [field: string, name?: string])[]> = new Map(
  Object.entries({
    event: [['organizer', 'organizerName'], ['attendees']],
    email: [['from', 'fromName'], ['to'], ['cc'], ['bcc']],
    file: [['sharedWith']],
  } satisfies { [naming in Naming]: readonly (readonly [string, string?])[] }),
);

/** Fields by which it is said, rather than found, whom a thing concerns. */
export const SAID = ['contact', 'company', 'lead', 'opportunity'] as const;

/** Objects of which it is found whom they concern. */
export const isRegarding = (object: string): boolean => object === 'task' || FIELDS.has(object);

/** Fields on which it depends whom a thing concerns. */
export const decisiveFields = (object: string): readonly string[] => [
  ...(FIELDS.get(object) ?? []).map(([field]) => field),
  ...SAID,
];

/** Each address once. */
export function participantsIn(object: string, values: Values): Participant[] {
  const found = new Map<string, Participant>();
  const take = (address: Json | undefined, name: Json | undefined) => {
    const token = typeof address === 'string' ? emailToken(address) : '';
    if (token === '') return;
    const said = typeof name === 'string' ? name.trim() : '';
    const known = found.get(token);
    if (known === undefined) found.set(token, { address: token, name: said });
    else if (known.name === '') known.name = said;
  };
  for (const [field, name] of FIELDS.get(object) ?? []) {
    const value = values[field];
    if (Array.isArray(value)) for (const item of value) take(partOf(item, 'address'), partOf(item, 'name'));
    else take(value, name === undefined ? undefined : values[name]);
  }
  return [...found.values()];
}

/** Contacts that the items themselves name, as somebody said. */
export function namedContacts(object: string, values: Values): string[] {
  return (FIELDS.get(object) ?? []).flatMap(([field]) => {
    const value = values[field];
    if (!Array.isArray(value)) return [];
    return value.flatMap((item) => {
      const contact = partOf(item, 'contact');
      return typeof contact === 'string' ? [contact] : [];
    });
  });
}

function partOf(item: Json, part: string): Json | undefined {
  return item !== null && typeof item === 'object' && !Array.isArray(item) ? item[part] : undefined;
}
