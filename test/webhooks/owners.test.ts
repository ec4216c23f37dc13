/** Whose address it is: asked once in seconds however many deliveries come, and never of what we cannot have made. */
import { expect, test } from 'vitest';
import { openOwners } from '#webhooks/owners.ts';

const ADDRESS = 'a'.repeat(43);

function asking(
  answer: () => Promise<{ workspace: number; connection: number; secrets: { secret: string; until?: number }[] } | undefined>,
) {
  const asked: string[] = [];
  let now = 0;
  const owners = openOwners({
    register: {
      byAddress(connector, address) {
        asked.push(`${connector}/${address}`);
        return answer();
      },
    },
    now: () => now,
  });
  return { owners, asked, turn: (ms: number) => (now += ms) };
}

test('a thousand at once ask once, until it is forgotten', async () => {
  const owner = { workspace: 1, connection: 2, secrets: [{ secret: 'new' }, { secret: 'old', until: 1_000 }] };
  const { owners, asked, turn } = asking(async () => owner);
  const found = await Promise.all(Array.from({ length: 1_000 }, () => owners.of('memory', ADDRESS)));
  expect(new Set(found.map((one) => JSON.stringify(one)))).toEqual(
    new Set(['{"workspace":1,"connection":2,"secrets":["new","old"]}']),
  );
  expect(asked).toHaveLength(1);
  turn(1_001);
  expect((await owners.of('memory', ADDRESS))!.secrets).toEqual(['new']);
  await owners.of('other', ADDRESS);
  expect(asked).toHaveLength(2);
  owners.forget('memory', ADDRESS);
  await owners.of('memory', ADDRESS);
  expect(asked).toHaveLength(3);
});

test('what is no address of ours is nobody’s, without asking', async () => {
  const { owners, asked } = asking(async () => undefined);
  for (const address of ['', 'a', `${ADDRESS}a`, `${'a'.repeat(42)}/`, `${'a'.repeat(42)}%`, `${ADDRESS}\n`])
    expect(await owners.of('memory', address)).toBeUndefined();
  expect(asked).toEqual([]);
  expect(await owners.of('memory', ADDRESS)).toBeUndefined();
  expect(await owners.of('memory', ADDRESS)).toBeUndefined();
  expect(asked).toHaveLength(1);
});

test('a store that cannot be asked is asked again', async () => {
  let broken = true;
  const { owners, asked } = asking(async () => {
    if (broken) throw new Error('gone');
    return undefined;
  });
  await expect(owners.of('memory', ADDRESS)).rejects.toThrow('gone');
  broken = false;
  expect(await owners.of('memory', ADDRESS)).toBeUndefined();
  expect(asked).toHaveLength(2);
});
