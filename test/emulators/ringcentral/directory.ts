import type { Json } from '#kit/fields.ts';
import type { Extension } from './company.ts';
import type { Visit, World } from './desk.ts';
import { json } from './errors.ts';
import { pageOf } from './paging.ts';
import { several } from './query.ts';

/** Who works in the company, and under which numbers. */
function write(extension: Extension, { company, places }: World): { [name: string]: Json } {
  const { id, number, name, firstName, lastName, email, type, status, direct, mobile, admin } = extension;
  return {
    uri: `${places.platform}restapi/v1.0/account/${company.id}/extension/${id}`,
    id,
    extensionNumber: number,
    name,
    contact: {
      ...(firstName === undefined ? {} : { firstName, lastName: lastName ?? '' }),
      ...(email === undefined ? {} : { email }),
      ...(direct[0] === undefined ? {} : { businessPhone: direct[0] }),
      ...(mobile === undefined ? {} : { mobilePhone: mobile }),
      company: company.name,
    },
    status,
    type,
    permissions: { admin: { enabled: admin }, internationalCalling: { enabled: true } },
    hidden: false,
  };
}

export function getAccount(world: World) {
  const { company, places } = world;
  const operator = company.extensions()[0];
  return json({
    uri: `${places.platform}restapi/v1.0/account/${company.id}`,
    id: company.id,
    mainNumber: company.mainNumber,
    ...(operator
      ? {
          operator: {
            uri: `${places.platform}restapi/v1.0/account/${company.id}/extension/${operator.id}`,
            id: operator.id,
            extensionNumber: operator.number,
          },
        }
      : {}),
    status: 'Confirmed',
    setupWizardState: 'Completed',
  });
}

export function getExtension(world: World, { extension }: Visit) {
  const country = {
    uri: `${world.places.platform}restapi/v1.0/dictionary/country/1`,
    id: '1',
    name: 'United States',
    isoCode: 'US',
  };
  return json({
    ...write(extension, world),
    account: { id: String(world.company.id), uri: `${world.places.platform}restapi/v1.0/account/${world.company.id}` },
    regionalSettings: {
      homeCountry: { ...country, callingCode: '1' },
      timezone: {
        id: '58',
        name: 'US/Eastern',
        uri: `${world.places.platform}restapi/v1.0/dictionary/timezone/58`,
        description: 'Eastern Time (US & Canada)',
      },
    },
  });
}

/** Those that read what is everybody's are of the admins alone. */
export function checkPermission(world: World, { call: { query }, extension }: Visit) {
  const permissionId = query.get('permissionId') ?? '';
  const company = /^(FullCompanyCallLog|ReadCompanyCallLog)$/.test(permissionId);
  const successful = company ? extension.admin : extension.without?.includes(permissionId) !== true;
  const uri = `${world.places.platform}restapi/v1.0/account/${world.company.id}/extension/${extension.id}/authz-profile/check`;
  return json({ uri: `${uri}?${query}`, successful });
}

const TYPES = ['User', 'Department', 'IvrMenu', 'ParkLocation', 'Voicemail', 'Limited'] as const;

export function listExtensions(world: World, { call: { query } }: Visit) {
  const types = several(query, 'type', TYPES);
  const statuses = several(query, 'status', ['Enabled', 'Disabled', 'NotActivated'] as const);
  const email = query.get('email');
  const number = query.get('extensionNumber');
  const found = world.company
    .extensions()
    .filter((one) => (types.length === 0 || types.includes(one.type)) && (statuses.length === 0 || statuses.includes(one.status)))
    .filter((one) => (email === null || one.email === email) && (number === null || one.number === number));
  const uri = `${world.places.platform}restapi/v1.0/account/${world.company.id}/extension`;
  return json(pageOf(found, { uri, query, totals: true }, (one) => write(one, world)));
}

type Usage = 'MainCompanyNumber' | 'CompanyNumber' | 'DirectNumber';

interface Numbered {
  number: string;
  usage: Usage;
  extension?: Extension;
}

function numbersOf({ company }: World): Numbered[] {
  return [
    { number: company.mainNumber, usage: 'MainCompanyNumber' as const },
    ...company.companyNumbers.map((number) => ({ number, usage: 'CompanyNumber' as const })),
    ...company
      .extensions()
      .flatMap((extension) => extension.direct.map((number) => ({ number, usage: 'DirectNumber' as const, extension }))),
  ];
}

function writeNumber({ number, usage, extension }: Numbered, { company, places }: World, features: boolean): Json {
  const tollFree = /^\+1(800|833|844|855|866|877|888)/.test(number);
  const id = Number(number.slice(-9));
  const own = extension && {
    id: extension.id,
    uri: `${places.platform}restapi/v1.0/account/${company.id}/extension/${extension.id}`,
    extensionNumber: extension.number,
    name: extension.name,
  };
  const sms = features && usage === 'DirectNumber' ? ['SmsSender', 'MmsSender'] : [];
  return {
    uri: `${places.platform}restapi/v1.0/account/${company.id}/phone-number/${id}`,
    id,
    phoneNumber: number,
    paymentType: tollFree ? 'TollFree' : 'Local',
    location: tollFree ? 'Toll-Free' : 'Washington, DC',
    type: 'VoiceFax',
    usageType: usage,
    status: 'Normal',
    ...(own ? { extension: own } : {}),
    ...(features ? { features: ['CallerId', ...sms] } : {}),
  };
}

const USAGES = ['MainCompanyNumber', 'CompanyNumber', 'DirectNumber'] as const;

export function accountNumbers(world: World, { call: { query } }: Visit) {
  const usages = several(query, 'usageType', USAGES);
  const found = numbersOf(world).filter((one) => usages.length === 0 || usages.includes(one.usage));
  const uri = `${world.places.platform}restapi/v1.0/account/${world.company.id}/phone-number`;
  return json(pageOf(found, { uri, query, totals: true }, (one) => writeNumber(one, world, false)));
}

/** The extension's own numbers, and those of the company it may show. */
export function extensionNumbers(world: World, { call: { query }, extension }: Visit) {
  const usages = several(query, 'usageType', USAGES);
  const found = numbersOf(world)
    .filter((one) => one.extension === undefined || one.extension === extension)
    .filter((one) => usages.length === 0 || usages.includes(one.usage));
  const uri = `${world.places.platform}restapi/v1.0/account/${world.company.id}/extension/${extension.id}/phone-number`;
  return json(pageOf(found, { uri, query, totals: true }, (one) => writeNumber(one, world, true)));
}

/** Phones that calls are forwarded to, and that RingOut may ring first. */
export function forwardingNumbers(world: World, { call: { query }, extension }: Visit) {
  const { company, places } = world;
  const uri = `${places.platform}restapi/v1.0/account/${company.id}/extension/${extension.id}/forwarding-number`;
  const found = extension.mobile === undefined ? [] : [extension.mobile];
  return json(
    pageOf(found, { uri, query, totals: true }, (phoneNumber) => ({
      uri: `${uri}/${phoneNumber.slice(-9)}`,
      id: phoneNumber.slice(-9),
      phoneNumber,
      label: 'Mobile',
      type: 'Mobile',
      features: ['CallFlip', 'CallForwarding'],
      flipNumber: '1',
    })),
  );
}

export function listDevices(world: World, { call: { query }, extension }: Visit) {
  const { company, places } = world;
  const uri = `${places.platform}restapi/v1.0/account/${company.id}/extension/${extension.id}/device`;
  return json(
    pageOf([extension.device], { uri, query, totals: true }, (id) => ({
      uri: `${places.platform}restapi/v1.0/account/${company.id}/device/${id}`,
      id,
      type: 'SoftPhone',
      name: 'Desk phone',
      status: 'Online',
    })),
  );
}
