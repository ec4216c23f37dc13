import * as contacts from './contacts.ts';
import type { Operation, Visit, World } from './desk.ts';
import * as directory from './directory.ts';
import { badParameter, json, nothing } from './errors.ts';
import { activeCalls, getRecord, listLog } from './log-reads.ts';
import { extractSync, syncLog } from './log-sync.ts';
import * as messages from './messages.ts';
import { bodyOf, said } from './query.ts';
import { getRecording, recordingContent } from './recordings.ts';
import * as subscribing from './subscribing.ts';

type Handle = Operation['handle'];
type Row = readonly [
  name: string,
  verb: string,
  of: Operation['of'],
  path: string,
  group: Operation['group'],
  permission: string,
  handle: Handle,
  admin?: string,
];

const COMPANY_LOG = 'ReadCompanyCallLog';

const LOG: readonly Row[] = (['account', 'extension'] as const).flatMap((scope): Row[] => {
  const [whose, admin] = scope === 'account' ? ['Company', COMPANY_LOG] : ['User', undefined];
  const row = (name: string, path: string, handle: Handle): Row => [
    name,
    'GET',
    scope,
    path,
    'Heavy',
    'ReadCallLog',
    handle,
    admin,
  ];
  return [
    row(`read${whose}CallLog`, '/call-log', (world, visit) => listLog(scope, world, visit)),
    row(`read${whose}CallRecord`, '/call-log/([^/]+)', (world, visit) => getRecord(scope, world, visit)),
    row(scope === 'account' ? 'syncAccountCallLog' : 'syncUserCallLog', '/call-log-sync', (world, visit) =>
      syncLog(scope, world, visit),
    ),
    row(`list${scope === 'account' ? 'Company' : 'Extension'}ActiveCalls`, '/active-calls', (world, visit) =>
      activeCalls(scope, world, visit),
    ),
  ];
});

const TELEPHONY: readonly Row[] = [
  ['extractSyncAccountCallLog', 'GET', 'account', '/call-log-extract-sync', 'Heavy', 'ReadCallLog', extractSync, COMPANY_LOG],
  ['readCallSessionStatus', 'GET', 'account', '/telephony/sessions/([^/]+)', 'Light', 'CallControl', session],
  ['deleteCallSession', 'DELETE', 'account', '/telephony/sessions/([^/]+)', 'Light', 'CallControl', hangUp],
  ['readCallRecording', 'GET', 'account', '/recording/([^/]+)', 'Heavy', 'ReadCallRecording', getRecording],
  ['createRingOutCall', 'POST', 'extension', '/ring-out', 'Heavy', 'RingOut', ringOut],
  ['readRingOutCallStatus', 'GET', 'extension', '/ring-out/([^/]+)', 'Light', 'RingOut', ringOutStatus],
  ['deleteRingOutCall', 'DELETE', 'extension', '/ring-out/([^/]+)', 'Heavy', 'RingOut', cancelRingOut],
  ['createCallOutCallSession', 'POST', 'account', '/telephony/call-out', 'Heavy', 'CallControl', callOut],
];

const PEOPLE: readonly Row[] = [
  ['readAccountInfo', 'GET', 'account', '', 'Light', 'ReadAccounts', directory.getAccount],
  ['listExtensions', 'GET', 'account', '/extension', 'Medium', 'ReadAccounts', directory.listExtensions],
  ['readExtension', 'GET', 'extension', '', 'Light', 'ReadAccounts', directory.getExtension],
  ['checkUserPermission', 'GET', 'extension', '/authz-profile/check', 'Light', 'ReadAccounts', directory.checkPermission],
  ['listAccountPhoneNumbers', 'GET', 'account', '/phone-number', 'Heavy', 'ReadAccounts', directory.accountNumbers],
  ['listExtensionPhoneNumbers', 'GET', 'extension', '/phone-number', 'Light', 'ReadAccounts', directory.extensionNumbers],
  ['listForwardingNumbers', 'GET', 'extension', '/forwarding-number', 'Light', 'ReadAccounts', directory.forwardingNumbers],
  ['listExtensionDevices', 'GET', 'extension', '/device', 'Light', 'ReadAccounts', directory.listDevices],
];

const MESSAGES: readonly Row[] = [
  ['listMessages', 'GET', 'extension', '/message-store', 'Light', 'ReadMessages', messages.listMessages],
  ['readMessage', 'GET', 'extension', '/message-store/([^/]+)', 'Light', 'ReadMessages', messages.getMessage],
  ['updateMessage', 'PUT', 'extension', '/message-store/([^/]+)', 'Medium', 'EditMessages', messages.updateMessage],
  ['deleteMessage', 'DELETE', 'extension', '/message-store/([^/]+)', 'Medium', 'EditMessages', messages.deleteMessage],
  ['syncMessages', 'GET', 'extension', '/message-sync', 'Light', 'ReadMessages', messages.syncMessages],
  ['createSMSMessage', 'POST', 'extension', '/sms', 'Medium', 'SMS', messages.sendSms],
];

const CONTACTS: readonly Row[] = [
  ['listContacts', 'GET', 'extension', '/address-book/contact', 'Heavy', 'ReadContacts', contacts.listContacts],
  ['createContact', 'POST', 'extension', '/address-book/contact', 'Heavy', 'Contacts', contacts.createContact],
  ['readContact', 'GET', 'extension', '/address-book/contact/(\\d+)', 'Heavy', 'ReadContacts', contacts.getContact],
  ['updateContact', 'PUT', 'extension', '/address-book/contact/(\\d+)', 'Heavy', 'Contacts', contacts.replaceContact],
  ['patchContact', 'PATCH', 'extension', '/address-book/contact/(\\d+)', 'Heavy', 'Contacts', contacts.patchContact],
  ['deleteContact', 'DELETE', 'extension', '/address-book/contact/(\\d+)', 'Heavy', 'Contacts', contacts.deleteContact],
  ['syncAddressBook', 'GET', 'extension', '/address-book-sync', 'Heavy', 'ReadContacts', contacts.syncContacts],
];

const WEBHOOK = 'SubscriptionWebhook';
const ONE = '/restapi/v1\\.0/subscription/([^/]+)';

const SUBSCRIPTIONS: readonly Row[] = [
  ['listSubscriptions', 'GET', 'nobody', '/restapi/v1\\.0/subscription', 'Light', WEBHOOK, subscribing.listSubscriptions],
  ['createSubscription', 'POST', 'nobody', '/restapi/v1\\.0/subscription', 'Medium', WEBHOOK, subscribing.createSubscription],
  ['readSubscription', 'GET', 'nobody', ONE, 'Light', WEBHOOK, subscribing.getSubscription],
  ['updateSubscription', 'PUT', 'nobody', ONE, 'Medium', WEBHOOK, subscribing.updateSubscription],
  ['deleteSubscription', 'DELETE', 'nobody', ONE, 'Medium', WEBHOOK, subscribing.deleteSubscription],
  ['renewSubscription', 'POST', 'nobody', `${ONE}/renew`, 'Light', WEBHOOK, subscribing.renewSubscription],
];

/** What is served by the host for sounds and other contents. */
const MEDIA: readonly Row[] = [
  ['readCallRecordingContent', 'GET', 'account', '/recording/([^/]+)/content', 'Heavy', 'ReadCallRecording', recordingContent],
  [
    'readMessageContent',
    'GET',
    'extension',
    '/message-store/([^/]+)/content/([^/]+)',
    'Medium',
    'ReadMessages',
    messages.messageContent,
  ],
];

function operationOf([name, verb, of, path, group, permission, handle, admin]: Row): Operation {
  return { name, verb, of, path, group, permission, handle, admin };
}

/** Operations of the API by the host that serves them, named as in the official description. */
export const operations: { readonly [host in 'platform' | 'media']: readonly Operation[] } = {
  platform: [...LOG, ...TELEPHONY, ...PEOPLE, ...MESSAGES, ...CONTACTS, ...SUBSCRIPTIONS].map(operationOf),
  media: MEDIA.map(operationOf),
};

function session(world: World, { params }: Visit) {
  return json(world.telephony.session(params[0] ?? ''));
}

function hangUp(world: World, { params }: Visit) {
  world.telephony.hangUp(params[0] ?? '');
  return nothing;
}

function ringOut(world: World, { call, extension }: Visit) {
  const body = bodyOf(call);
  const from = said(body, 'from', 'phoneNumber') ?? forwarded(world, said(body, 'from', 'forwardingNumberId'));
  const made = world.ringOuts.start(extension, from, said(body, 'to', 'phoneNumber'));
  return json(world.ringOuts.view(made, world.places.platform));
}

function forwarded({ company }: World, id: string | undefined): string | undefined {
  return company.extensions().find(({ mobile }) => id !== undefined && mobile?.slice(-9) === id)?.mobile;
}

function ringOutStatus(world: World, { extension, params }: Visit) {
  return json(world.ringOuts.view(world.ringOuts.find(extension, params[0] ?? ''), world.places.platform));
}

function cancelRingOut(world: World, { extension, params }: Visit) {
  world.ringOuts.cancel(world.ringOuts.find(extension, params[0] ?? ''));
  return nothing;
}

/** Starts a call on a device of the extension. */
function callOut(world: World, { call, me }: Visit) {
  const body = bodyOf(call);
  if (said(body, 'from', 'deviceId') !== me.device) throw badParameter('from.deviceId');
  const to = said(body, 'to', 'phoneNumber') ?? said(body, 'to', 'extensionNumber');
  if (to === undefined) throw badParameter('to');
  const id = world.ringOuts.callOut(me, to);
  return json({ session: world.telephony.session(id) }, 201);
}
