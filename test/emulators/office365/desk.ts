import type { Account } from './account.ts';
import { createCalendar } from './calendar.ts';
import { merged, present } from './contact.ts';
import { addFolder, removeFolder } from './contacts.ts';
import { exceptionsOf, kept, present as presentEvent } from './event.ts';
import { cancelDay, removeEvent } from './events.ts';
import { createList, merged as mergedTask, present as presentTask } from './task.ts';
import { type Thing, text } from './thing.ts';

export type Desk = ReturnType<typeof createDesk>;

/** The mailbox's owner in Outlook: edits without etags, seen by the API as anybody else's change. */
export function createDesk(account: Account, now: () => number) {
  const { contacts, events, tasks } = account;
  const asked = { immutable: true, zone: 'UTC', text: false, expanded: [], cancelled: true };
  return {
    contacts: {
      list: (): Thing[] => contacts.all().map((item) => present(contacts, item, true)),
      get: (id: string): Thing | undefined => {
        const item = contacts.find(id);
        return item && { ...item.body, ...present(contacts, item, true) };
      },
      add: (body: Thing, folder = account.defaultFolder): string => contacts.add(folder, merged({}, body)).id,
      edit: (id: string, body: Thing): void => {
        const item = contacts.get(id);
        contacts.change(item, merged(item.body, { displayName: item.body.displayName!, fileAs: item.body.fileAs!, ...body }));
      },
      delete: (id: string): void => contacts.remove(contacts.get(id)),
      move: (id: string, folder: string): void => void contacts.move(contacts.get(id), folder),
      addFolder: (name: string, parent?: string): string => addFolder(account, name, parent).id,
      removeFolder: (id: string): void => removeFolder(account, id),
    },
    events: {
      list: (): Thing[] => events.all().map((item) => presentEvent(events, item, asked)),
      get: (id: string): Thing | undefined => {
        const item = events.find(id);
        return item && { ...item.body, ...presentEvent(events, item, asked) };
      },
      /** What Exchange makes itself may be given too: `isOrganizer`, `organizer`, `onlineMeeting`. */
      add: (body: Thing, calendar = account.defaultCalendar): string =>
        events.add(calendar, kept({}, body, account.email, `${events.head()}`)).id,
      edit: (id: string, body: Thing): void => {
        const item = events.get(id);
        events.change(item, kept(item.body, body, account.email, id));
      },
      delete: (id: string): void => removeEvent(account, events.get(id)),
      /** One occurrence becomes another than its series says. */
      except(id: string, day: string, body: Thing): string {
        const master = events.get(id);
        const shift = ({ dateTime, timeZone }: Thing): Thing => ({
          dateTime: `${day}${text(dateTime).slice(10)}`,
          timeZone: timeZone!,
        });
        const [start, end] = [shift(master.body.start as Thing), shift(master.body.end as Thing)];
        const originalStart = presentEvent(events, { ...master, body: { ...master.body, start } }, asked).start as Thing;
        const { recurrence: _recurrence, cancelled: _cancelled, ...whole } = master.body;
        const before = {
          ...whole,
          start,
          end,
          type: 'exception',
          seriesMasterId: master.id,
          day,
          iCalUId: withDay(text(whole.iCalUId), day),
        };
        const made = { ...before, originalStart: `${text(originalStart.dateTime).slice(0, 19)}Z` };
        const exception = events.add(master.place, kept(made, body, account.email, `${id} ${day}`));
        events.touch(master);
        return exception.id;
      },
      exceptions: (id: string): string[] => exceptionsOf(events, events.get(id)).map((one) => one.id),
      cancelDay: (id: string, day: string): void => cancelDay(account, events.get(id), day),
      addCalendar(name: string, more: { owner?: string; canEdit?: boolean } = {}): string {
        const calendar = createCalendar(account.email, name, more);
        account.calendars.set(calendar.id, calendar);
        return calendar.id;
      },
      removeCalendar(id: string): void {
        for (const item of events.all(id)) events.remove(item);
        account.calendars.delete(id);
      },
      mails: () => account.mails,
    },
    tasks: {
      /** With the list each stands in. */
      list: (): Thing[] => tasks.all().map((item) => ({ ...presentTask(tasks, item, true), list: item.place })),
      get: (id: string): Thing | undefined => {
        const item = tasks.find(id);
        return item && presentTask(tasks, item, true);
      },
      add: (body: Thing, list = account.defaultList): string =>
        tasks.legacyOf(tasks.add(list, mergedTask({}, body, account.zone, now()))),
      edit: (id: string, body: Thing): void => {
        const item = tasks.get(id);
        tasks.change(item, mergedTask(item.body, body, account.zone, now()));
      },
      delete: (id: string): void => tasks.remove(tasks.get(id)),
      /** It has another id there. */
      move(id: string, list: string): string {
        const item = tasks.get(id);
        tasks.remove(item);
        return tasks.legacyOf(tasks.add(list, item.body));
      },
      addList(name: string): string {
        const list = createList(account.email, name);
        account.lists.set(list.id, list);
        return list.id;
      },
      removeList(id: string): void {
        for (const item of tasks.all(id)) tasks.remove(item);
        account.lists.delete(id);
      },
    },
  };
}

/** The UID of a series with the day of one of its occurrences in it. */
function withDay(uid: string, day: string): string {
  const [year = '0', month = '0', date = '0'] = day.split('-');
  const hex = (n: string, length: number) => Number(n).toString(16).toUpperCase().padStart(length, '0');
  return `${uid.slice(0, 32)}${hex(year, 4)}${hex(month, 2)}${hex(date, 2)}${uid.slice(40)}`;
}
