/** The story goes on by telephone: a call that rings, one from somebody unknown that nobody takes, many at once. */
import { strict as assert } from 'node:assert';
import { listSyncs } from '#store/syncs.ts';
import { signIn } from './stage.ts';
import type { Step, Story } from './story.ts';

const PHONE = 'ringcentral';
const GRACE = '+14155552671';
const ANN = '+12025550111';
const NOBODY = '+14155552688';
const MINUTE = 60_000;
const BURST = 260;

export const PHONE_STEPS: readonly Step[] = [
  { name: 'telephone', title: 'Connect the telephone', act: telephone },
  { name: 'ringing', title: 'Somebody the CRM knows calls', act: ringing },
  { name: 'missed call', title: 'An unknown caller reaches nobody', act: missed },
  { name: 'click to call', title: 'Call Grace Hopper from her record', act: clickToCall },
  { name: 'burst', title: `${BURST} calls at once`, act: burst },
];

/** Time passes; what the telephone says of it is heard and acted upon. */
async function pass({ stage: { emulators, hub } }: Story, ms: number): Promise<void> {
  emulators.clock.turn(ms);
  await emulators.ringcentral.settled();
  await hub.news.drain();
  await hub.calls.drain();
}

/** The log is read: what events have missed is found there. */
async function readLog(story: Story): Promise<void> {
  const { hub, workspace } = story.stage;
  await pass(story, 2 * MINUTE);
  const sync = await callsSync(story);
  await hub.engine.request(workspace, sync, false);
  await hub.engine.drain(workspace, sync, 'demo');
  await hub.calls.drain();
}

async function callsSync({ stage: { hub, workspace } }: Story): Promise<number> {
  const sync = (await hub.store.workspace(workspace, listSyncs)).find(({ stream }) => stream === `${PHONE}.calls`);
  assert.ok(sync);
  return sync.id;
}

async function telephone(story: Story): Promise<string> {
  const { hub, workspace, emulators } = story.stage;
  assert.match(await signIn(story.stage, PHONE), /is connected/);
  const connection = (await hub.connections.list(workspace, 0, 10)).find(({ connector }) => connector === PHONE)?.id;
  assert.ok(connection);
  await hub.subscriptions.attend({ workspace, connection });
  assert.equal(emulators.ringcentral.subscriptions().length, 1);
  const { plan, done } = await hub.engine.preview(workspace, await callsSync(story), 'demo');
  assert.equal(await done, null);
  await hub.engine.execute(workspace, plan, 'demo');
  await hub.engine.drain(workspace, await callsSync(story), 'demo');
  await hub.crm.add(story.who, 'user', { name: 'Ann Archer', email: 'ann@example.com' });
  await story.change(story.heroine.record, { phones: [{ value: GRACE, type: 'mobile' }] });
  return 'RingCentral is connected, and tells the hub of every call';
}

async function ringing(story: Story): Promise<string> {
  const { hub, workspace, emulators } = story.stage;
  const { over } = emulators.ringcentral.ring('recording-late', { cast: { customer: GRACE }, speed: 60 });
  await pass(story, 0);
  const [live] = await hub.calls.live(workspace);
  assert.ok(live && live.ended === null, 'it is in the CRM while it rings');
  assert.equal(live.contact?.id, story.heroine.record);
  await over;
  await readLog(story);
  await pass(story, 60 * MINUTE); // the sound comes later than the log
  await readLog(story);
  const call = await hub.crm.get(workspace, live.id!);
  assert.equal(call.fields.outcome, 'answered');
  assert.ok(Number(call.fields.talkSeconds) > 0);
  const sound = await fetch(String(call.fields.recording), { headers: { authorization: `Bearer ${story.stage.key}` } });
  assert.equal(sound.headers.get('content-type'), 'audio/mpeg');
  const { byteLength } = await sound.arrayBuffer();
  return `it stood in the CRM while it rang, as a call from ${live.contact!.name}; now it has ${call.fields.talkSeconds} s of talk, and its recording can be heard (${Math.round(byteLength / 1024)} KiB)`;
}

async function missed(story: Story): Promise<string> {
  const { hub, workspace, emulators } = story.stage;
  emulators.ringcentral.ring('missed', { cast: { customer: NOBODY } });
  await pass(story, MINUTE);
  await readLog(story);
  const { items } = await hub.calls.unresolved(workspace, { after: null, limit: 10 });
  assert.deepEqual(
    items.map(({ from }) => from),
    [NOBODY],
  );
  const all = await hub.crm.list(workspace, 'task', { after: null, limit: 10 });
  const tasks = all.items.filter(({ fields }) => fields.call !== undefined);
  assert.equal(tasks.length, 1);
  return `${NOBODY} waits to be told who it is; one task: “${tasks[0]!.name}”`;
}

async function clickToCall(story: Story): Promise<string> {
  const { hub, workspace, emulators } = story.stage;
  emulators.ringcentral.setRingOut({ speed: 100 });
  const asked = { record: story.heroine.record, from: ANN };
  const { id } = await hub.calls.place(story.who, asked, AbortSignal.timeout(10_000));
  await emulators.ringcentral.quiet();
  await readLog(story);
  const placed = await callsOut(story);
  assert.equal(placed.length, 1, 'one record, though the service tells of two legs');
  assert.equal(placed[0]!.fields.contact, story.heroine.record);
  const { state } = await hub.calls.placed(workspace, id);
  return `her telephone rang after Ann’s; one outbound call stands on her timeline (${state})`;
}

async function callsOut({ stage: { hub, workspace } }: Story) {
  const { items } = await hub.crm.list(workspace, 'call', { after: null, limit: 10 });
  return items.filter(({ fields }) => fields.direction === 'outbound');
}

async function burst(story: Story): Promise<string> {
  const { hub, workspace, emulators } = story.stage;
  const count = async (): Promise<number> => {
    let n = 0;
    let after: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof hub.crm.list>> = await hub.crm.list(workspace, 'call', { after, limit: 200 });
      n += page.items.length;
      after = page.next;
    } while (after !== null);
    return n;
  };
  const before = await count();
  const sent = emulators.ringcentral.deliveries().sent;
  emulators.ringcentral.setWeather({ abreast: 32, doubled: 0.1 });
  for (let n = 0; n < BURST; n++) emulators.ringcentral.ring('answered-inbound', { cast: { customer: GRACE } });
  await pass(story, MINUTE);
  await readLog(story);
  const calls = await count();
  assert.equal(calls - before, BURST);
  story.phone = { calls, webhooks: emulators.ringcentral.deliveries().sent };
  return `${emulators.ringcentral.deliveries().sent - sent} webhooks, some twice and out of order: ${BURST} calls, each once`;
}
