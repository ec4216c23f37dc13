import type { Json } from '#kit/fields.ts';
import { random } from '../kit/random.ts';
import type { Account } from './account.ts';
import type { CalendarPlan, CalendarState, Invitation } from './agenda.ts';
import { calendarPut, existing } from './calendar.ts';
import { patched, settled, shown } from './event.ts';
import type { Message } from './json.ts';

export type AgendaDesk = ReturnType<typeof createAgendaDesk>;

export type GivenEvent = { readonly [member: string]: Json };

/** The account's owner in Google's own calendar: edits without etags. `calendar` is an id; absent, the primary one. */
export function createAgendaDesk(account: Account) {
  const { agenda } = account;

  function put(calendar: CalendarState, id: string, body: Message): string {
    return calendarPut(account, calendar, id, { ...body, organizer: body.organizer ?? { email: calendar.id } }).id;
  }

  return {
    calendars: (): string[] => agenda.list().map(({ id }) => id),
    addCalendar: (plan: CalendarPlan): string => agenda.add(plan).id,
    removeCalendar: (id: string): void => agenda.remove(id),
    /** An event as the API would take it, with an id if it is to have that one. */
    add(event: GivenEvent, in_ = 'primary'): string {
      const calendar = agenda.find(in_);
      const id = typeof event.id === 'string' ? event.id : `e${(calendar.log.length + 1).toString(32).padStart(8, '0')}`;
      return put(calendar, id, { ...settled(patched({}, event), calendar.zone), ...strange(event) });
    },
    /** An occurrence of a series by its own id makes an exception. */
    edit(id: string, event: GivenEvent, in_ = 'primary'): void {
      const calendar = agenda.find(in_);
      put(calendar, id, settled(patched(existing(calendar, id).body, event), calendar.zone));
    },
    delete(id: string, in_ = 'primary'): void {
      const calendar = agenda.find(in_);
      put(calendar, id, { ...existing(calendar, id).body, status: 'cancelled' });
    },
    get(id: string, in_ = 'primary'): Message | undefined {
      const calendar = agenda.find(in_);
      const state = calendar.events.get(id);
      return state === undefined || (state.cancelled && state.body.recurringEventId === undefined)
        ? undefined
        : shown(calendar, state);
    },
    /** All events but deleted ones, in the order of their last change; an occurrence that does not take place is cancelled. */
    list(in_ = 'primary'): Message[] {
      const calendar = agenda.find(in_);
      return [...calendar.events.values()]
        .filter(({ cancelled, body }) => !cancelled || body.recurringEventId !== undefined)
        .sort((a, b) => a.seq - b.seq)
        .map((state) => shown(calendar, state));
    },
    /** The mails Google would have sent so far. */
    mails: (): readonly Invitation[] => agenda.mails,
    /** Fills the primary calendar. */
    fill: (count: number, seed = 1): void => fill(account, count, seed),
  };
}

/** What the service keeps although no rule of ours allows it: members given as they are, for what breaks the declared fields. */
function strange({ raw }: GivenEvent): Message {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw) ? raw : {};
}

const TITLES = ['Planning', 'Call with the bank', 'Review', 'Lunch', 'Visit to the works', '打ち合わせ', 'Entretien annuel'];

function fill(account: Account, count: number, seed: number): void {
  const draw = random(seed);
  const calendar = account.agenda.find('primary');
  for (let n = 0; n < count; n++) {
    const day = Temporal.PlainDate.from('2026-01-01').add({ days: draw.below(700) });
    const time = `${day}T${String(8 + draw.below(9)).padStart(2, '0')}:00:00`;
    const zoned = { dateTime: time, timeZone: draw.pick(['Europe/London', 'America/New_York', 'Asia/Tokyo']) };
    const later = { ...zoned, dateTime: time.replace(':00:00', ':45:00') };
    const whole = draw.oneIn(8);
    const event: Message = {
      summary: `${draw.pick(TITLES)} ${n}`,
      start: whole ? { date: day.toString() } : zoned,
      end: whole ? { date: day.add({ days: 1 + draw.below(3) }).toString() } : later,
      ...(draw.oneIn(3) && { location: `Room ${draw.below(40)}` }),
      ...(draw.oneIn(4) && { attendees: [{ email: `guest${draw.below(500)}@example.com` }] }),
      ...(draw.oneIn(10) && { recurrence: ['RRULE:FREQ=WEEKLY;COUNT=10'] }),
    };
    const id = `g${n.toString(32).padStart(7, '0')}`;
    calendarPut(account, calendar, id, { ...settled(event, calendar.zone), organizer: { email: calendar.id } });
  }
}
