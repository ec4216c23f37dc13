/**
 * Stories of calls as the service tells them, through the connector's own reading, against the truth about each: in order, shuffled
 * and doubled, with losses, with and without the log.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { calls as stream } from '#connectors/ringcentral/calls.ts';
import { kindOf } from '#connectors/ringcentral/extension.ts';
import { toEvent } from '#connectors/ringcentral/party.ts';
import type { CrmRecord } from '#crm/core.ts';
import type { Json } from '#kit/fields.ts';
import type { JsonObject } from '#kit/json.ts';
import type { Row } from '#kit/stream.ts';
import type { CallEvent, Extension } from '#kit/telephony.ts';
import { calls as mapping } from '#mappings/ringcentral.ts';
import { createClock } from '#test/emulators/kit/clock.ts';
import { endOf, momentsOf, placeCall, type StoryCall, type Truth, truthsOf } from '#test/emulators/ringcentral/call.ts';
import { createCompany } from '#test/emulators/ringcentral/company.ts';
import { createLog } from '#test/emulators/ringcentral/log.ts';
import { writeRecord } from '#test/emulators/ringcentral/record.ts';
import { stories } from '#test/emulators/ringcentral/stories/corpus.ts';
import { happeningOf } from '#test/emulators/ringcentral/telephony.ts';
import { Telephone } from './telephone.ts';
import { NOON, openWorld, type World } from './world.ts';

const company = createCompany();
const PLACES = { platform: 'http://127.0.0.1/', media: 'http://127.0.0.1/' };

/** Everybody of the company as the connector's roster has them. */
const ROSTER: Extension[] = [
  ...company.extensions().map((one) => ({
    ...{ id: String(one.id), number: one.number, name: one.name, kind: kindOf(one.type), numbers: one.direct, active: true },
    ...(one.email !== undefined && { email: one.email }),
  })),
  { id: 'company', name: company.name, kind: 'company', numbers: [company.mainNumber, ...company.companyNumbers], active: true },
];

interface Told {
  call: StoryCall;
  events: CallEvent[];
  rows: Row[];
  truths: Truth[];
}

let serial = 0;

/** A story that happened a little before noon, as events and as rows of the log. */
function tell(name: string): Told {
  const call = placeCall(stories.get(name)!, company, { begins: NOON - 3_600_000, serial: ++serial });
  const events = momentsOf(call, company).map((moment) => toEvent(happeningOf(moment, company).body as JsonObject));
  const log = createLog(createClock(NOON), { least: 0, most: 0 }, serial);
  const entries = Object.keys(call.sessions).flatMap((session) => log.write(call, session, endOf(call)));
  const records = entries
    .filter((entry) => entry.owner === undefined)
    .map((entry) => writeRecord(entry, 'Detailed', NOON + 86_400_000, company, PLACES))
    .filter((record) => (record as JsonObject).deleted !== true);
  return { call, events, rows: records.map((record) => stream.toRow(record as Json)), truths: truthsOf(call) };
}

class Exchange extends Telephone {
  readonly rows: Row[] = [];
  override roster = ROSTER;
  constructor() {
    super();
    const { rows } = this;
    this.stream = {
      ...stream,
      async *pull(_ctx, since) {
        yield { rows: rows.slice(Number(since ?? 0)), gone: [], misfits: [], next: rows.length, last: true };
      },
    };
  }
}

type Way = 'events' | 'shuffled' | 'both' | 'losses and log' | 'log';

const mix = (n: number): number => ((n * 2_654_435_761) >>> 7) % 1_000;

function eventsFor(way: Way, events: readonly CallEvent[]): CallEvent[] {
  if (way === 'log') return [];
  if (way === 'events' || way === 'both') return [...events];
  const some = way === 'losses and log' ? events.filter((_, n) => mix(n + events.length) > 350) : events;
  return [...some, ...some]
    .map((event, n) => ({ event, n }))
    .sort((a, b) => mix(a.n) - mix(b.n))
    .map(({ event }) => event);
}

describe.each<Way>(['events', 'shuffled', 'both', 'losses and log', 'log'])('%s', (way) => {
  let world: World;
  let exchange: Exchange;
  const owners = new Map<string, string>();
  const contacts = new Map<string, string>();
  const onlyEvents = way === 'events' || way === 'shuffled';

  beforeAll(async () => {
    exchange = new Exchange();
    world = await openWorld({ telephone: exchange, mapping });
    await world.hear({ ...tell('blind-transfer').events[0]!, session: 'first' }); // the roster is read
    for (const one of ROSTER)
      if (one.kind === 'person' && one.email)
        owners.set(one.id, (await world.add('user', { name: one.name, email: one.email })).id);
  });

  async function contactOf(number: string): Promise<string> {
    const known = contacts.get(number);
    if (known !== undefined) return known;
    const { id } = await world.add('contact', { name: `Who has ${number}`, phones: [{ value: number }] });
    contacts.set(number, id);
    return id;
  }

  test.each([...stories.keys()])('%s', async (name) => {
    const { events, rows, truths } = tell(name);
    const told = eventsFor(way, events);
    if (told.length === 0 && way !== 'log') return; // only the log speaks of it
    for (const { outside } of truths) if (outside !== undefined) await contactOf(outside);
    await world.hear(...told);
    world.turn(6_000);
    await world.calls.drain();
    if (!onlyEvents) {
      exchange.rows.push(...rows);
      await world.readLog();
    }
    const sessions = new Set(truths.map((truth) => truth.telephonySessionId));
    const found = (await recent(world)).filter((call) => sessions.has(String(call.fields.session)));
    const seen = truths.map((truth) => {
      const mine = found.filter((call) => call.fields.session === truth.telephonySessionId);
      return mine.length === 0 ? { session: truth.session, none: true } : mine.map((call) => shown(call, truth))[mine.length - 1];
    });
    expect(found.length).toBe(truths.filter((truth) => truth.exception === undefined).length);
    expect(seen).toEqual(truths.map((truth) => expected(truth)));
  });

  function shown({ fields }: CrmRecord, truth: Truth): object {
    const { direction, outcome, talkSeconds, contact = null, owner = null } = fields;
    const seen = { session: truth.session, direction, outcome, talkSeconds, contact, owner };
    const seconds = Number(talkSeconds ?? 0);
    if (isNear(seconds, truth)) seen.talkSeconds = truth.talkSeconds;
    // Whether the caller left a message is known once the mailbox is.
    if (onlyEvents && outcome === 'voicemail' && truth.outcome === 'missed' && !truth.voicemail) seen.outcome = 'missed';
    // Of a call nobody took the log may name the menu it came through.
    if (way === 'log' && truth.talkSeconds === 0 && owner === null) seen.owner = owners.get(truth.extensionId ?? '') ?? null;
    return seen;
  }

  /** The log counts whole legs; events tell the talk itself, but a conference's host waits in it alone. */
  function isNear(seconds: number, { talkSeconds, story }: Truth): boolean {
    if (way === 'log' || way === 'losses and log') return talkSeconds === 0 ? seconds === 0 : seconds > 0;
    return Math.abs(seconds - talkSeconds) <= (story === 'conference' ? 15 : 2);
  }

  function expected({ session, exception, direction, outcome, talkSeconds, outside, extensionId }: Truth): object {
    if (exception !== undefined) return { session, none: true };
    const contact = outside === undefined ? null : (contacts.get(outside) ?? null);
    return { session, direction, outcome, talkSeconds, contact, owner: owners.get(extensionId ?? '') ?? null };
  }
});

async function recent(world: World): Promise<CrmRecord[]> {
  const all: CrmRecord[] = [];
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<World['crm']['list']>> = await world.crm.list(world.workspace, 'call', {
      after,
      limit: 1_000,
    });
    all.push(...page.items);
    after = page.next;
  } while (after !== null);
  return all;
}
