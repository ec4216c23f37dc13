/** What each stream needs to be allowed, and how Google calls the API behind it. */
const AUTH = 'https://www.googleapis.com/auth/';

/** In full, as the token answer gives them back: asked for as `email`, it comes back as this. */
export const ALWAYS = ['openid', `${AUTH}userinfo.email`] as const;

export const SCOPES = {
  contacts: [`${AUTH}contacts`],
  // Events alone do not list the calendars they stand in.
  events: [`${AUTH}calendar.events`, `${AUTH}calendar.calendarlist.readonly`],
  tasks: [`${AUTH}tasks`],
  files: [`${AUTH}drive.metadata.readonly`],
  users: [`${AUTH}admin.directory.user.readonly`],
} as const;

export interface Api {
  title: string;
  stream: keyof typeof SCOPES;
}

const APIS: readonly (Api & { path: string })[] = [
  { path: '/calendar/v3/', title: 'Google Calendar API', stream: 'events' },
  { path: '/tasks/v1/', title: 'Google Tasks API', stream: 'tasks' },
  { path: '/admin/directory/v1/', title: 'Admin SDK API', stream: 'users' },
  { path: '/drive/v3/', title: 'Google Drive API', stream: 'files' },
  { path: '/v1/people', title: 'People API', stream: 'contacts' },
];

/** The API that a request went to. */
export function apiOf(url: string): Api {
  return APIS.find(({ path }) => url.includes(path)) ?? { title: 'People API', stream: 'contacts' };
}
