import type { Account } from './account.ts';
import type { CalendarState, EventState, Invitation } from './agenda.ts';
import { isMessage } from './event.ts';
import type { Message } from './json.ts';

/** Who else has an account here, by address. */
const neighbours = new WeakMap<Account, () => readonly Account[]>();

/** Lets an account's guests be found among these. */
export function acquaint(account: Account, all: () => readonly Account[]): void {
  neighbours.set(account, all);
}

/** Guests get copies of what the organizer changes, and the organizer their answers; mail goes out as `updates` says (`none`). */
export function sendAround(
  account: Account,
  calendar: CalendarState,
  state: EventState,
  { before, updates }: { before: Message | undefined; updates: string | null },
): void {
  const { organizer } = state.body;
  const host = isMessage(organizer) ? String(organizer.email) : calendar.id;
  if (host !== calendar.id) return answerTo(host, account, calendar, state);
  const known = new Set(guestsOf(before).map(({ email }) => email));
  for (const { email } of guestsOf(state.body)) {
    if (email === host) continue;
    const kind: Invitation['kind'] = state.cancelled ? 'cancelled' : known.has(email) ? 'updated' : 'invited';
    if (updates === 'all' || updates === 'externalOnly') account.agenda.mails.push({ to: String(email), kind, event: state.id });
    const copy = neighbourOf(account, String(email))?.agenda;
    if (copy === undefined) continue;
    const iCalUID = state.body.iCalUID ?? `${state.id}@google.com`;
    const { extendedProperties: _, reminders: __, ...told } = state.body;
    copy.put(copy.find('primary'), state.id, { ...told, organizer: { email: host }, iCalUID }, state.cancelled);
  }
}

/** A guest's answer appears at the organizer's, whose event is thereby another version. */
function answerTo(host: string, account: Account, calendar: CalendarState, state: EventState): void {
  const own = guestsOf(state.body).find(({ email }) => email === calendar.id);
  const agenda = neighbourOf(account, host)?.agenda;
  const there = agenda?.find('primary').events.get(state.id);
  if (own === undefined || agenda === undefined || there === undefined || there.cancelled) return;
  const answer = state.cancelled ? 'declined' : String(own.responseStatus);
  const attendees = guestsOf(there.body).map((one) => (one.email === own.email ? { ...one, responseStatus: answer } : one));
  agenda.put(agenda.find('primary'), state.id, { ...there.body, attendees });
}

function neighbourOf(account: Account, email: string): Account | undefined {
  return neighbours
    .get(account)?.()
    .find((one) => one.email === email && one !== account);
}

function guestsOf(body: Message | undefined): Message[] {
  return Array.isArray(body?.attendees) ? body.attendees.filter(isMessage) : [];
}
