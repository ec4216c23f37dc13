import type { Call } from '../kit/server.ts';
import type { Account } from './account.ts';
import { CALENDAR_SCOPES, calendarOperation } from './calendar.ts';
import { LONGEST } from './channels.ts';
import { DRIVES, driveOperation } from './drive-operations.ts';
import { json } from './errors.ts';
import { invalid } from './event.ts';
import type { Message } from './json.ts';
import type { Operation } from './operations.ts';

const WWW = 'https://www.googleapis.com/calendar/v3';
const CALENDAR = { life: LONGEST, state: 'exists' } as const;
const DRIVE = { life: 3_600_000, state: 'change' } as const;

function bodyOf({ body }: Call): Message {
  try {
    return JSON.parse(body.toString());
  } catch {
    throw invalid('Parse Error');
  }
}

export const channelOperations: readonly Operation[] = [
  calendarOperation(
    'calendar.events.watch',
    'POST',
    /^\/calendar\/v3\/calendars\/([^/]+)\/events\/watch$/,
    CALENDAR_SCOPES.read,
    ['eventTypes', 'maxResults', 'singleEvents', 'showDeleted'],
    async (account, call, { channels, clientId }) => {
      const { id } = account.agenda.find(call.params[0] ?? '');
      const uri = `${WWW}/calendars/${encodeURIComponent(id)}/events?alt=json`;
      return json(await channels.open(account, clientId, bodyOf(call), { uri, ...CALENDAR, listen: heard(account, id) }));
    },
  ),
  calendarOperation(
    'calendar.calendarList.watch',
    'POST',
    /^\/calendar\/v3\/users\/me\/calendarList\/watch$/,
    CALENDAR_SCOPES.lists,
    ['maxResults', 'showDeleted', 'showHidden'],
    async (account, call, { channels, clientId }) => {
      const uri = `${WWW}/users/me/calendarList?alt=json`;
      return json(await channels.open(account, clientId, bodyOf(call), { uri, ...CALENDAR, listen: heard(account, undefined) }));
    },
  ),
  calendarOperation(
    'calendar.channels.stop',
    'POST',
    /^\/calendar\/v3\/channels\/stop$/,
    [...CALENDAR_SCOPES.read, ...CALENDAR_SCOPES.lists],
    [],
    (account, call, { channels, clientId }) => {
      channels.stop(account, clientId, bodyOf(call));
      return { status: 204, headers: {}, body: '' };
    },
  ),
  driveOperation(
    'drive.changes.watch',
    'POST',
    /^\/drive\/v3\/changes\/watch$/,
    [...DRIVES, 'pageToken', 'pageSize', 'includeRemoved'],
    async (account, call, { channels, clientId }) => {
      if (!call.query.get('pageToken')) throw invalid('Required parameter: pageToken');
      const uri = 'https://www.googleapis.com/drive/v3/changes?alt=json';
      return json(await channels.open(account, clientId, bodyOf(call), { uri, ...DRIVE, listen: account.drive.watch }));
    },
  ),
  driveOperation('drive.channels.stop', 'POST', /^\/drive\/v3\/channels\/stop$/, [], (account, call, { channels, clientId }) => {
    channels.stop(account, clientId, bodyOf(call));
    return { status: 204, headers: {}, body: '' };
  }),
];

/** Changes of a calendar's events, or of the list of calendars. */
function heard(account: Account, calendar: string | undefined): (changed: () => void) => () => void {
  return (changed) =>
    account.agenda.watch((which) => {
      if (which === calendar) changed();
    });
}
