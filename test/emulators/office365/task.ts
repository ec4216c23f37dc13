import { ianaZone } from '#kit/zones.ts';
import { instantOf } from './event.ts';
import { digest, type Item, type Shelf } from './shelf.ts';
import { isThing, type Thing, things } from './thing.ts';

export interface List {
  id: string;
  displayName: string;
  wellknownListName: 'none' | 'defaultList' | 'flaggedEmails';
}

export function createList(email: string, displayName: string, wellknownListName: List['wellknownListName'] = 'none'): List {
  return { id: `AAMkAGI2${digest(`${email} list ${displayName}`, 40)}AAAAAAESAAA=`, displayName, wellknownListName };
}

/** Task number `n`: always the same. */
export function taskOf(n: number): Thing {
  return { title: `Task ${n}`, status: 'notStarted', importance: n % 3 === 0 ? 'high' : 'normal', isReminderOn: false };
}

const DAYS = ['dueDateTime', 'startDateTime'];
const MOMENTS = [...DAYS, 'reminderDateTime', 'completedDateTime'];

/** A body over what was there, as To Do keeps it: of a day, midnight in the mailbox's zone. */
export function merged(before: Thing, given: Thing, zone: string, now: number): Thing {
  const after: Thing = { status: 'notStarted', importance: 'normal', isReminderOn: false, ...before, ...given };
  for (const name of MOMENTS) {
    const moment = given[name];
    if (!isThing(moment)) continue;
    const at = Temporal.Instant.fromEpochMilliseconds(instantOf(moment)).toZonedDateTimeISO(ianaZone(zone));
    const meant = DAYS.includes(name) ? at.startOfDay() : at;
    after[name] = inUtc(meant.epochMilliseconds);
  }
  if (after.status === 'completed') after.completedDateTime ??= inUtc(now);
  else after.completedDateTime = null;
  if (given.linkedResources !== undefined) {
    after.linkedResources = things(given.linkedResources).map((one, n) => ({
      id: digest(`${now} ${n} ${one.externalId}`, 20),
      ...one,
    }));
  }
  return after;
}

function inUtc(ms: number): Thing {
  return { dateTime: `${new Date(ms).toISOString().slice(0, 19)}.0000000`, timeZone: 'UTC' };
}

/** What is not set is left out. */
export function present(shelf: Shelf, item: Item, linked: boolean): Thing {
  const { linkedResources, ...body } = item.body;
  const said = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null && value !== undefined));
  return {
    '@odata.etag': `W/"${shelf.etagOf(item)}"`,
    id: shelf.legacyOf(item),
    createdDateTime: new Date(item.created).toISOString().replace('Z', '1263Z'),
    lastModifiedDateTime: new Date(item.modified).toISOString().replace('Z', '1467Z'),
    hasAttachments: false,
    ...said,
    body: isThing(said.body) ? said.body : { content: '', contentType: 'text' },
    ...(linked && { linkedResources: things(linkedResources) }),
  };
}
