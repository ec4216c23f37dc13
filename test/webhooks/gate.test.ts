import { expect, test } from 'vitest';
import { signed } from './bell.ts';
import { openWorld, SECRET } from './world.ts';

const world = await openWorld();

test('a genuine delivery is stored as it came, then answered with as little as possible', async () => {
  const answered = await world.ring([{ account: 'a', is: 'touched', stream: 'people', id: 'p1' }], 'd1');
  expect(answered.status).toBe(200);
  const { rows } = await world.database.owner.query('select * from deliveries');
  console.log(rows, answered);
  await world.hub.news.drain();
  console.log((await world.database.owner.query('select * from news_parked')).rows);
  console.log(await world.hub.news.look.deliveries({ limit: 10 }), await world.hub.news.look.delivery(1));
  void signed;
  void SECRET;
});
