/**
 * The messages of the People API, as far as contacts need them, after its discovery document (people.v1).
 * A member is `text`, `int`, `flag`, `enum A|B`, the name of a message, a list `[]Message` or a map `{}Message`.
 * A trailing `!` marks what is for output only.
 */
export const MESSAGES: { readonly [message: string]: { readonly [member: string]: string } } = {
  Date: { year: 'int', month: 'int', day: 'int' },
  ProfileMetadata: { objectType: 'enum OBJECT_TYPE_UNSPECIFIED|PERSON|PAGE', userTypes: '[]text' },
  Source: {
    type: 'enum SOURCE_TYPE_UNSPECIFIED|ACCOUNT|PROFILE|DOMAIN_PROFILE|CONTACT|OTHER_CONTACT|DOMAIN_CONTACT',
    id: 'text',
    etag: 'text',
    updateTime: 'text',
    profileMetadata: 'ProfileMetadata',
  },
  FieldMetadata: { primary: 'flag', sourcePrimary: 'flag', verified: 'flag', source: 'Source' },
  PersonMetadata: {
    sources: '[]Source',
    deleted: 'flag',
    objectType: 'enum OBJECT_TYPE_UNSPECIFIED|PERSON|PAGE',
    previousResourceNames: '[]text',
    linkedPeopleResourceNames: '[]text',
  },
  ContactGroupMembership: { contactGroupId: 'text!', contactGroupResourceName: 'text' },
  DomainMembership: { inViewerDomain: 'flag' },
  Address: {
    type: 'text',
    formattedType: 'text!',
    formattedValue: 'text',
    poBox: 'text',
    streetAddress: 'text',
    extendedAddress: 'text',
    city: 'text',
    region: 'text',
    postalCode: 'text',
    country: 'text',
    countryCode: 'text',
  },
  AgeRangeType: { ageRange: 'text' },
  Biography: { value: 'text', contentType: 'enum CONTENT_TYPE_UNSPECIFIED|TEXT_PLAIN|TEXT_HTML' },
  Birthday: { date: 'Date', text: 'text' },
  CalendarUrl: { url: 'text', type: 'text', formattedType: 'text!' },
  ClientData: { key: 'text', value: 'text' },
  CoverPhoto: { url: 'text', default: 'flag' },
  EmailAddress: { value: 'text', type: 'text', formattedType: 'text!', displayName: 'text' },
  Event: { date: 'Date', type: 'text', formattedType: 'text!' },
  ExternalId: { value: 'text', type: 'text', formattedType: 'text!' },
  Gender: { value: 'text', formattedValue: 'text!', addressMeAs: 'text' },
  ImClient: { username: 'text', type: 'text', formattedType: 'text!', protocol: 'text', formattedProtocol: 'text!' },
  Interest: { value: 'text' },
  Locale: { value: 'text' },
  Location: {
    value: 'text',
    type: 'text',
    current: 'flag',
    buildingId: 'text',
    floor: 'text',
    floorSection: 'text',
    deskCode: 'text',
  },
  Membership: { contactGroupMembership: 'ContactGroupMembership', domainMembership: 'DomainMembership!' },
  MiscKeyword: {
    value: 'text',
    type: 'enum TYPE_UNSPECIFIED|OUTLOOK_BILLING_INFORMATION|OUTLOOK_DIRECTORY_SERVER|OUTLOOK_KEYWORD|OUTLOOK_MILEAGE|OUTLOOK_PRIORITY|OUTLOOK_SENSITIVITY|OUTLOOK_SUBJECT|OUTLOOK_USER|HOME|WORK|OTHER',
    formattedType: 'text!',
  },
  Name: {
    displayName: 'text!',
    displayNameLastFirst: 'text!',
    unstructuredName: 'text',
    familyName: 'text',
    givenName: 'text',
    middleName: 'text',
    honorificPrefix: 'text',
    honorificSuffix: 'text',
    phoneticFullName: 'text',
    phoneticFamilyName: 'text',
    phoneticGivenName: 'text',
    phoneticMiddleName: 'text',
    phoneticHonorificPrefix: 'text',
    phoneticHonorificSuffix: 'text',
  },
  Nickname: { value: 'text', type: 'enum DEFAULT|MAIDEN_NAME|INITIALS|GPLUS|OTHER_NAME|ALTERNATE_NAME|SHORT_NAME' },
  Occupation: { value: 'text' },
  Organization: {
    type: 'text',
    formattedType: 'text!',
    startDate: 'Date',
    endDate: 'Date',
    current: 'flag',
    name: 'text',
    phoneticName: 'text',
    department: 'text',
    title: 'text',
    jobDescription: 'text',
    symbol: 'text',
    domain: 'text',
    location: 'text',
    costCenter: 'text',
    fullTimeEquivalentMillipercent: 'int',
  },
  PhoneNumber: { value: 'text', canonicalForm: 'text!', type: 'text', formattedType: 'text!' },
  Photo: { url: 'text', default: 'flag' },
  Relation: { person: 'text', type: 'text', formattedType: 'text!' },
  SipAddress: { value: 'text', type: 'text', formattedType: 'text!' },
  Skill: { value: 'text' },
  Url: { value: 'text', type: 'text', formattedType: 'text!' },
  UserDefined: { key: 'text', value: 'text' },
  Text: { value: 'text' },
};

/** Person's fields that a mask may name, with the message of their items, in the order of an answer. */
export const FIELDS: { readonly [field: string]: string } = {
  locales: 'Locale',
  names: 'Name',
  nicknames: 'Nickname',
  coverPhotos: 'CoverPhoto',
  photos: 'Photo',
  birthdays: 'Birthday',
  addresses: 'Address',
  emailAddresses: 'EmailAddress',
  phoneNumbers: 'PhoneNumber',
  biographies: 'Biography',
  urls: 'Url',
  organizations: 'Organization',
  occupations: 'Occupation',
  imClients: 'ImClient',
  memberships: 'Membership',
  relations: 'Relation',
  events: 'Event',
  genders: 'Gender',
  ageRanges: 'AgeRangeType',
  interests: 'Interest',
  skills: 'Skill',
  sipAddresses: 'SipAddress',
  externalIds: 'ExternalId',
  calendarUrls: 'CalendarUrl',
  userDefined: 'UserDefined',
  clientData: 'ClientData',
  miscKeywords: 'MiscKeyword',
  locations: 'Location',
};

/** Fields Google fills itself; in a body they are passed over, in an update mask refused. */
export const READ_ONLY: ReadonlySet<string> = new Set(['ageRanges', 'coverPhotos', 'photos']);

/** Readable and creatable, yet not among the valid values of an update mask. */
const NO_UPDATE: ReadonlySet<string> = new Set(['skills']);

/** At most one per contact; a second is refused with 400. */
export const SINGLETONS: ReadonlySet<string> = new Set(['names', 'biographies', 'birthdays', 'genders']);

export const READABLE: ReadonlySet<string> = new Set([...Object.keys(FIELDS), 'metadata']);

export const UPDATABLE: ReadonlySet<string> = new Set(
  Object.keys(FIELDS).filter((field) => !READ_ONLY.has(field) && !NO_UPDATE.has(field)),
);

/** Deprecated members of a person that the reader still knows and nobody keeps. */
const PASSED_OVER = ['fileAses', 'braggingRights', 'relationshipInterests', 'relationshipStatuses', 'residences', 'taglines'];

/** A person as a body may hold it. */
const PERSON: { readonly [member: string]: string } = {
  resourceName: 'text',
  etag: 'text',
  metadata: 'PersonMetadata',
  ageRange: 'text',
  ...Object.fromEntries(Object.entries(FIELDS).map(([field, message]) => [field, `[]${message}`])),
  ...Object.fromEntries(PASSED_OVER.map((field) => [field, '[]Text'])),
};

const REQUESTS: { readonly [message: string]: { readonly [member: string]: string } } = {
  Person: PERSON,
  ContactToCreate: { contactPerson: 'Person' },
  BatchCreateContactsRequest: { contacts: '[]ContactToCreate', readMask: 'text', sources: '[]text' },
  BatchUpdateContactsRequest: { contacts: '{}Person', updateMask: 'text', readMask: 'text', sources: '[]text' },
  BatchDeleteContactsRequest: { resourceNames: '[]text' },
};

/** Members of a message by name; items of a person's fields bear `metadata` besides. */
export function membersOf(message: string): { readonly [member: string]: string } {
  const members = REQUESTS[message] ?? MESSAGES[message];
  if (members === undefined) throw new Error(`the People API schema has no message ${message}`);
  return members;
}

const ITEMS: ReadonlySet<string> = new Set([...Object.values(FIELDS), 'Text']);

/** Is this the message of an item of one of a person's fields? */
export function isItem(message: string): boolean {
  return ITEMS.has(message);
}
