/**
 * Stories of calls as the service tells them, through the connector's own reading, against the truth about each: in order, shuffled
 * and doubled, with losses, with and without the log.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import type { CrmRecord } from '#crm/core.ts';
import type { CallEvent } from '#kit/telephony.ts';
import { calls as mapping } from '#mappings/ringcentral.ts';
import type { Truth } from '#test/emulators/ringcentral/call.ts';
import { stories } from '#test/emulators/ringcentral/stories/corpus.ts';
import { company, Exchange, ROSTER, type Told, tell } from './telling.ts';
import { openWorld, type World } from './world.ts';

type Way = 'in order' | 'shuffled and doubled' | 'losses' | 'the log alone';

const mix = (n: number): number => ((n * 2_654_435_761) >>> 7) % 1_000;

function eventsFor(way: Way, events: readonly CallEvent[]): CallEvent[] {
  if (way === 'the log alone') return [];
  if (way === 'in order') return [...events];
  const some = way === 'losses' ? events.filter((_, n) => mix(n + events.length) > 350) : [...events, ...events];
  return some
    .map((event, n) => ({ event, n }))
    .sort((a, b) => mix(a.n) - mix(b.n))
    .map(({ event }) => event);
}

/** All stories, told one after the other; then the log tells them too. */
class Telling {
  readonly owners = new Map<string, string>();
  readonly contacts = new Map<string, string>();
  readonly told = new Map<string, Told>();
  private readonly exchange = new Exchange();
  private world!: World;
  /** By session: what stood in the CRM before the log spoke, and after. */
  before = new Map<string, CrmRecord[]>();
  after = new Map<string, CrmRecord[]>();

  async begin(way: Way): Promise<void> {
    this.world = await openWorld({ telephone: this.exchange, mapping });
    const { world } = this;
    // A machine that reads one's address back: an admin lists it.
    await world.policy({ neverNumbers: ['933'] });
    await world.hear({ ...tell('blind-transfer').events[0]!, session: 'first' }); // the roster is read
    for (const one of ROSTER) {
      if (one.kind !== 'person' || !one.email) continue;
      const mobile = company.find(one.id)?.mobile;
      const user = await world.add('user', { name: one.name, email: one.email, ...(mobile !== undefined && { phone: mobile }) });
      this.owners.set(one.id, user.id);
    }
    for (const name of stories.keys()) this.told.set(name, tell(name));
    const all = [...this.told.values()];
    for (const number of new Set(all.flatMap(({ truths }) => truths.flatMap(({ outside }) => outside ?? []))))
      this.contacts.set(number, (await world.add('contact', { name: `Who has ${number}`, phones: [{ value: number }] })).id);
    for (const { events } of all) for (const event of eventsFor(way, events)) await world.told(event);
    world.turn(6_000);
    await world.calls.drain();
    this.before = await this.records();
    this.exchange.rows.push(...all.flatMap(({ rows }) => rows));
    await world.readLog();
    this.after = await this.records();
  }

  private async records(): Promise<Map<string, CrmRecord[]>> {
    const { items } = await this.world.crm.list(this.world.workspace, 'call', { after: null, limit: 1_000 });
    return Map.groupBy(items, (call) => String(call.fields.session));
  }
}

/** What stands in the CRM of a session, with the liberties that its source has. */
function shown(
  calls: readonly CrmRecord[] | undefined,
  truth: Truth,
  telling: Telling,
  liberal: { log: boolean; lost: boolean },
): object {
  if (calls === undefined) return { none: true };
  expect(calls).toHaveLength(1);
  const { direction, outcome, talkSeconds, contact = null, owner = null } = calls[0]!.fields;
  const seen = { direction, outcome, talkSeconds, contact, owner };
  const seconds = Number(talkSeconds ?? 0);
  // The log counts whole legs, ringing included; the host of a conference waits in it alone.
  const near = liberal.lost
    ? seconds > 0 === truth.talkSeconds > 0
    : Math.abs(seconds - truth.talkSeconds) <= (truth.story === 'conference' ? 15 : 2);
  if (near) seen.talkSeconds = truth.talkSeconds;
  // Whether the caller left a message is known once the log has told it.
  if (!liberal.log && outcome === 'voicemail' && truth.outcome === 'missed') seen.outcome = 'missed';
  // Of a call nobody took the log may name the menu it came through; of one a supervisor broke into, the supervisor.
  const untold = (truth.talkSeconds === 0 && owner === null) || truth.story === 'barge-in';
  if (liberal.lost && untold) seen.owner = telling.owners.get(truth.extensionId ?? '') ?? null;
  return seen;
}

function expected({ exception, direction, outcome, talkSeconds, outside, extensionId }: Truth, telling: Telling): object {
  if (exception !== undefined) return { none: true };
  const contact = outside === undefined ? null : (telling.contacts.get(outside) ?? null);
  return { direction, outcome, talkSeconds, contact, owner: telling.owners.get(extensionId ?? '') ?? null };
}

describe.each<Way>(['in order', 'shuffled and doubled', 'losses', 'the log alone'])('%s', (way) => {
  const telling = new Telling();
  beforeAll(() => telling.begin(way), 120_000);

  if (way === 'in order' || way === 'shuffled and doubled') {
    test.each([...stories.values()].filter(({ events }) => events.length > 0).map(({ name }) => name))(
      'by events: %s',
      (name) => {
        for (const truth of telling.told.get(name)!.truths) {
          const seen = shown(telling.before.get(truth.telephonySessionId), truth, telling, { log: false, lost: false });
          expect(seen).toEqual(expected(truth, telling));
        }
      },
    );
  }

  test.each([...stories.keys()])('with the log: %s', (name) => {
    const { truths, events, rows } = telling.told.get(name)!;
    for (const truth of truths) {
      // Somebody deleted it from the log before it was read.
      const deleted = rows.every(({ fields }) => fields.session !== truth.telephonySessionId);
      if (deleted && (way === 'losses' || way === 'the log alone')) continue;
      const lost = way === 'losses' || way === 'the log alone' || events.length === 0;
      const seen = shown(telling.after.get(truth.telephonySessionId), truth, telling, { log: true, lost });
      expect(seen).toEqual(expected(truth, telling));
    }
  });
});
