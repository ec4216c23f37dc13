/** Of every story: somebody ought to call back, or nobody; and where somebody has, the task is done. */
import { beforeAll, expect, test } from 'vitest';
import type { CrmRecord } from '#crm/core.ts';
import { calls as mapping } from '#mappings/ringcentral.ts';
import type { Cast } from '#test/emulators/ringcentral/cast.ts';
import { stories } from '#test/emulators/ringcentral/stories/corpus.ts';
import type { Outsider, Story } from '#test/emulators/ringcentral/stories/story.ts';
import { Exchange, type Told, tell } from './telling.ts';
import { openWorld, type World } from './world.ts';

let world: World;
const told = new Map<string, Told>();
let tasks: CrmRecord[] = [];

/** A task is about a number: in each story everybody outside has one of their own. */
function castOf({ outside = { customer: { number: '+1' } } }: Story, n: number): Cast {
  const cast: { [role: string]: Outsider } = {};
  for (const [at, [role, { number, mobileOf, form }]] of Object.entries(outside).entries()) {
    if (mobileOf !== undefined || form === 'anonymous' || (number !== undefined && /^\d{3}$/.test(number))) continue;
    cast[role] = { number: `+1415555${String(2_000 + n * 10 + at)}` };
  }
  return cast;
}

beforeAll(async () => {
  const exchange = new Exchange();
  world = await openWorld({ telephone: exchange, mapping });
  await world.policy({ neverNumbers: ['933'] });
  await world.hear({ ...tell('blind-transfer').events[0]!, session: 'first' }); // the roster is read
  for (const [n, story] of [...stories.values()].entries()) told.set(story.name, tell(story.name, castOf(story, n)));
  const all = [...told.values()];
  for (const { events } of all) for (const event of events) await world.told(event);
  world.turn(6_000);
  await world.calls.drain();
  exchange.rows.push(...all.flatMap(({ rows }) => rows));
  await world.readLog();
  tasks = await world.all('task');
}, 120_000);

test.each([...stories.keys()])('%s', (name) => {
  for (const { outside, followUp, calledBack, exception } of told.get(name)!.truths) {
    if (outside === undefined) continue;
    const about = tasks.filter(({ name: title }) => title.includes(outside));
    const { truths } = told.get(name)!;
    const wanted = truths.some((one) => one.outside === outside && one.exception === undefined && one.followUp);
    if (exception !== undefined || !followUp) {
      if (!wanted) expect(about).toEqual([]);
      continue;
    }
    const statuses = about.map(({ fields }) => fields.status);
    // Whoever was called back before anybody looked needs no task.
    if (calledBack) expect([[], ['done']]).toContainEqual(statuses);
    // Who gave up in a menu is called back where an admin wants it so.
    else expect(statuses).toEqual(name === 'menu-dropped' ? [] : ['open']);
  }
});
