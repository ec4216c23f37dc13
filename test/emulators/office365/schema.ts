import type { Json } from '#kit/fields.ts';
import { badRequest } from './errors.ts';
import { isThing, type Thing } from './thing.ts';

/** Members of a type, after the CSDL: `text`, `flag`, `int`, `instant`, `enum a|b`, the name of a type; `[]` before it is a list of such. */
export interface Members {
  readonly [member: string]: string;
}

const TEXTS = (names: string): Members => Object.fromEntries(names.split(' ').map((name) => [name, 'text']));

const DAY = 'enum sunday|monday|tuesday|wednesday|thursday|friday|saturday';

export const TYPES: { readonly [type: string]: Members } = {
  contact: {
    ...TEXTS('assistantName businessHomePage companyName department displayName fileAs generation givenName initials jobTitle'),
    ...TEXTS('manager middleName mobilePhone nickName officeLocation personalNotes profession spouseName surname title'),
    ...TEXTS('yomiCompanyName yomiGivenName yomiSurname'),
    birthday: 'instant',
    ...{ businessAddress: 'address', homeAddress: 'address', otherAddress: 'address' },
    ...{ businessPhones: '[]text', homePhones: '[]text', imAddresses: '[]text', children: '[]text', categories: '[]text' },
    emailAddresses: '[]email',
    singleValueExtendedProperties: '[]property',
  },
  contactFolder: { displayName: 'text' },
  event: {
    ...{ subject: 'text', body: 'itemBody', bodyPreview: 'text', importance: 'enum low|normal|high', transactionId: 'text' },
    ...{
      start: 'moment',
      end: 'moment',
      isAllDay: 'flag',
      location: 'location',
      locations: '[]location',
      recurrence: 'recurrence',
    },
    ...{
      attendees: '[]attendee',
      organizer: 'recipient',
      categories: '[]text',
      sensitivity: 'enum normal|personal|private|confidential',
    },
    ...{
      showAs: 'enum unknown|free|tentative|busy|oof|workingElsewhere',
      isReminderOn: 'flag',
      reminderMinutesBeforeStart: 'int',
    },
    ...{ isOnlineMeeting: 'flag', responseRequested: 'flag', hideAttendees: 'flag', allowNewTimeProposals: 'flag' },
    ...{ originalStartTimeZone: 'text', originalEndTimeZone: 'text', onlineMeetingUrl: 'text', onlineMeeting: 'onlineMeeting' },
    ...{
      iCalUId: 'text',
      type: 'text',
      seriesMasterId: 'text',
      isOrganizer: 'flag',
      isCancelled: 'flag',
      originalStart: 'instant',
    },
    ...{ hasAttachments: 'flag', isDraft: 'flag', responseStatus: 'status', webLink: 'text', cancelledOccurrences: '[]text' },
    singleValueExtendedProperties: '[]property',
  },
  todoTask: {
    ...{ title: 'text', body: 'itemBody', categories: '[]text', importance: 'enum low|normal|high', isReminderOn: 'flag' },
    ...{ status: 'enum notStarted|inProgress|completed|waitingOnOthers|deferred', recurrence: 'recurrence' },
    ...{ dueDateTime: 'moment', startDateTime: 'moment', reminderDateTime: 'moment', completedDateTime: 'moment' },
    linkedResources: '[]linkedResource',
  },
  linkedResource: TEXTS('webUrl applicationName displayName externalId'),
  itemBody: { contentType: 'enum text|html', content: 'text' },
  moment: TEXTS('dateTime timeZone'),
  location: { ...TEXTS('displayName locationType uniqueId uniqueIdType locationUri locationEmailAddress'), address: 'address' },
  attendee: { type: 'enum required|optional|resource', emailAddress: 'email', status: 'status' },
  status: { response: 'text', time: 'text' },
  recipient: { emailAddress: 'email' },
  onlineMeeting: TEXTS('joinUrl conferenceId'),
  recurrence: { pattern: 'pattern', range: 'range' },
  pattern: {
    type: 'enum daily|weekly|absoluteMonthly|relativeMonthly|absoluteYearly|relativeYearly',
    ...{
      interval: 'int',
      month: 'int',
      dayOfMonth: 'int',
      daysOfWeek: `[]${DAY}`,
      firstDayOfWeek: DAY,
      index: 'enum first|second|third|fourth|last',
    },
  },
  range: {
    ...{
      type: 'enum endDate|noEnd|numbered',
      startDate: 'date',
      endDate: 'date',
      numberOfOccurrences: 'int',
      recurrenceTimeZone: 'text',
    },
  },
  address: TEXTS('street city state countryOrRegion postalCode'),
  email: TEXTS('name address'),
  property: TEXTS('id value'),
};

/** Made by the service: "read-only" in the reference of each type. */
const MADE = new Set([
  ...['id', 'changeKey', 'createdDateTime', 'lastModifiedDateTime', 'parentFolderId', 'iCalUId', 'webLink', 'bodyPreview'],
  ...['seriesMasterId', 'type', 'isOrganizer', 'isCancelled', 'onlineMeeting', 'onlineMeetingUrl', 'originalStart', 'organizer'],
  ...['responseStatus', 'hasAttachments', 'isDraft', 'cancelledOccurrences'],
]);

/** Reads a body as strictly as OData does: an unknown member or a wrong type refuses all of it. */
export function readBody(given: Json | undefined, type: string): Thing {
  if (!isThing(given)) throw unreadable(`A '${type}' is a JSON object.`);
  return readMembers(given, type, type);
}

function readMembers(given: Thing, type: string, path: string): Thing {
  const members = TYPES[type]!;
  const out: Thing = {};
  for (const [name, value] of Object.entries(given)) {
    if (name.startsWith('@odata.')) continue;
    if (MADE.has(name) && path === type) {
      throw badRequest(`Set action on property '${name}' is invalid: it is read-only.`, 'ErrorInvalidPropertySet');
    }
    const wanted = Object.hasOwn(members, name) ? members[name]! : undefined;
    if (wanted === undefined) {
      throw unreadable(`The property '${name}' does not exist on type 'microsoft.graph.${type}'.`);
    }
    out[name] = value === null ? null : readValue(value, wanted, `${path}/${name}`);
  }
  return out;
}

function readValue(value: Json, type: string, path: string): Json {
  if (type.startsWith('[]')) {
    if (!Array.isArray(value)) throw wrong(path, 'a collection');
    return value.map((one) => readValue(one, type.slice(2), path));
  }
  switch (type) {
    case 'text':
      if (typeof value !== 'string') throw wrong(path, 'Edm.String');
      return value;
    case 'flag':
      if (typeof value !== 'boolean') throw wrong(path, 'Edm.Boolean');
      return value;
    case 'int':
      if (typeof value !== 'number' || !Number.isInteger(value)) throw wrong(path, 'Edm.Int32');
      return value;
    case 'date':
      if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(value)) throw wrong(path, 'Edm.Date');
      return value;
    case 'instant':
      if (
        typeof value !== 'string' ||
        !/^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(value) ||
        Number.isNaN(Date.parse(value))
      )
        throw wrong(path, 'Edm.DateTimeOffset');
      return value;
    default:
  }
  if (type.startsWith('enum ')) {
    const found =
      typeof value === 'string'
        ? type
            .slice(5)
            .split('|')
            .find((one) => one.toLowerCase() === value.toLowerCase())
        : undefined;
    if (found === undefined) throw wrong(path, type);
    return found;
  }
  if (!isThing(value)) throw wrong(path, `microsoft.graph.${type}`);
  return readMembers(value, type, path);
}

const unreadable = (message: string) => badRequest(message, 'RequestBodyRead');

const wrong = (path: string, type: string) => unreadable(`Cannot convert the value of '${path}' to the expected type '${type}'.`);
