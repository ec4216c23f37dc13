/** The story goes on with calendars and tasks: a meeting made in one suite, moved in the CRM, seen in the other; a task done on the phone. */
import { strict as assert } from 'node:assert';
import type { Json, Values } from '#kit/fields.ts';
import { linksOfRecord } from '#store/links.ts';
import { listSyncs } from '#store/syncs.ts';
import { ACCOUNT, COLLEAGUE, signIn } from './stage.ts';
import type { Step, Story } from './story.ts';

const MEETINGS = ['office365.events', 'gsuite.events'];
const TASKS = 'gsuite.tasks';
const MINUTE = 60_000;

export const SUITE_STEPS: readonly Step[] = [
  { name: 'suites', title: 'Connect Office 365, and Google’s calendar and tasks', act: suites },
  { name: 'meeting', title: 'A colleague plans a meeting in Outlook', act: meeting },
  { name: 'moved', title: 'It is moved in the CRM', act: moved },
  { name: 'task', title: 'A task from the CRM is done on the phone', act: task },
];

/** The meeting: its record, and its row at its organizer's. */
const meetings = new WeakMap<Story, { record: string; row: string }>();

async function syncOf({ stage: { hub, workspace } }: Story, stream: string): Promise<number> {
  const found = (await hub.store.workspace(workspace, listSyncs)).find((sync) => sync.stream === stream);
  assert.ok(found, stream);
  return found.id;
}

/** Time passes, and what is due of these streams is done. */
async function settle(story: Story, ...streams: readonly string[]): Promise<void> {
  const { hub, emulators, workspace } = story.stage;
  emulators.clock.turn(MINUTE);
  for (const stream of streams) {
    const sync = await syncOf(story, stream);
    await hub.engine.request(workspace, sync, false);
    const { problem } = await hub.engine.drain(workspace, sync, 'demo');
    if (problem) throw problem;
  }
}

async function suites(story: Story): Promise<string> {
  const { hub, workspace } = story.stage;
  assert.match(await signIn(story.stage, 'office365'), /is connected/);
  assert.match(await signIn(story.stage, 'gsuite', ['contacts', 'events', 'tasks']), /is connected/);
  for (const stream of [...MEETINGS, TASKS]) {
    const { plan, done } = await hub.engine.preview(workspace, await syncOf(story, stream), 'demo');
    assert.equal(await done, null);
    await hub.engine.execute(workspace, plan, 'demo');
    await settle(story, stream);
  }
  return `${COLLEAGUE} of Office 365 and the calendar and tasks of ${ACCOUNT} are connected; contacts stayed as they were`;
}

async function meeting(story: Story): Promise<string> {
  const { hub, workspace } = story.stage;
  const guest = await story.record(story.heroine.record);
  const [address] = guest.fields.emails as { value: string }[];
  const invited = [ACCOUNT, address!.value].map((one) => ({ emailAddress: { address: one }, type: 'required' }));
  const row = outlook(story).add({
    subject: 'Plans for the engine house',
    start: { dateTime: '2027-01-14T10:00:00', timeZone: 'W. Europe Standard Time' },
    end: { dateTime: '2027-01-14T11:00:00', timeZone: 'W. Europe Standard Time' },
    attendees: invited,
  });
  carryMail(story, row);
  await settle(story, ...MEETINGS);
  const { items } = await hub.crm.list(workspace, 'event', { after: null, limit: 100 });
  const found = items.filter(({ fields }) => fields.title === 'Plans for the engine house');
  assert.equal(found.length, 1, 'two calendars have it, and it is one event');
  const [{ id, fields } = assert.fail()] = found;
  const links = await hub.store.workspace(workspace, (tx) => linksOfRecord(tx, id));
  assert.deepEqual(links.map(({ stream }) => stream).sort(), [...MEETINGS].sort());
  const { items: timeline } = await hub.crm.timeline(workspace, guest.id, { after: null, limit: 50 });
  assert.ok(
    timeline.some((entry) => entry.is !== 'change' && entry.record === id),
    'it stands on the timeline of its guest',
  );
  meetings.set(story, { record: id, row });
  return `one event of two calendars, ${clock(fields.start)}; it stands on the timeline of ${guest.name}`;
}

async function moved(story: Story): Promise<string> {
  const { record, row } = meetings.get(story)!;
  const zone = 'Europe/Berlin';
  await story.change(record, {
    start: { local: '2027-01-15T14:00:00', zone },
    end: { local: '2027-01-15T15:00:00', zone },
  });
  await settle(story, MEETINGS[0]!);
  assert.equal(startOf(outlook(story).get(row)), '2027-01-15T13:00:00.0000000', 'Outlook shows the new time, in UTC');
  assert.ok(
    outlook(story)
      .mails()
      .some(({ to, what }) => to === ACCOUNT && what === 'update'),
    'Exchange tells the guests',
  );
  carryMail(story, row);
  await settle(story, ...MEETINGS);
  const copy = googleCopy(story, row);
  assert.match(startOf(copy), /^2027-01-15T1[34]:00/);
  const { fields } = await story.record(record);
  assert.equal((fields.start as Values).local, '2027-01-15T14:00:00', 'and the echo of it changed nothing here');
  return `${clock(fields.start)} in the CRM, in Outlook, and by Exchange’s own mail in Google’s calendar`;
}

async function task(story: Story): Promise<string> {
  const { hub, emulators } = story.stage;
  const owner = await hub.crm.add(story.who, 'user', { name: 'Ada Archer', email: ACCOUNT });
  const { id } = await hub.crm.add(story.who, 'task', { title: 'Send the drawings', due: '2027-01-18', owner: owner.id });
  await settle(story, TASKS);
  const there = emulators.gsuite.todo(ACCOUNT);
  const row = there.list().find(({ title }) => title === 'Send the drawings');
  assert.ok(row, 'it stands in Google Tasks');
  there.complete(String(row.id));
  await settle(story, TASKS);
  assert.equal((await story.record(id)).fields.status, 'done');
  return 'it stood in Google Tasks of its owner, was ticked off there, and is done here';
}

const outlook = ({ stage: { emulators } }: Story) => emulators.office365.mailbox(COLLEAGUE).events;

/** What travels from one suite to the other by mail, and becomes the guest's copy there: RFC 6047. */
function carryMail(story: Story, row: string): void {
  const agenda = story.stage.emulators.gsuite.agenda(ACCOUNT);
  const { subject, start, end, attendees, iCalUId } = outlook(story).get(row)!;
  const told: { [member: string]: Json } = {
    summary: subject!,
    start: timeAt(start),
    end: timeAt(end),
    attendees: (attendees as { emailAddress: { address: string } }[]).map(({ emailAddress }) => ({
      email: emailAddress.address,
    })),
  };
  const copy = googleCopy(story, row);
  if (copy === undefined) agenda.add({ ...told, raw: { iCalUID: iCalUId!, organizer: { email: COLLEAGUE } } });
  else agenda.edit(String(copy.id), told);
}

function googleCopy(story: Story, row: string) {
  const uid = outlook(story).get(row)?.iCalUId;
  return story.stage.emulators.gsuite
    .agenda(ACCOUNT)
    .list()
    .find(({ iCalUID }) => iCalUID === uid);
}

const startOf = (event: { [member: string]: Json | undefined } | undefined): string =>
  String((event?.start as Values | undefined)?.dateTime);

const timeAt = (value: Json | undefined): Json => {
  const { dateTime } = value as { dateTime: string };
  return { dateTime: `${dateTime.slice(0, 19)}Z`, timeZone: 'UTC' };
};

const clock = (value: Json | undefined): string => {
  const { local, zone } = value as { local: string; zone: string };
  return `${local.slice(0, 16).replace('T', ' ')} ${zone}`;
};
