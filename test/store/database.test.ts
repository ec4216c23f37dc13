import { describe, expect, test } from 'vitest';
import { isDataError, isRetryable, openDatabase, type Tx } from '#store/database.ts';
import { testDatabase } from '#test/database.ts';

const database = await testDatabase();
const { store, owner } = database;
await owner.query('create table switchboard.notes (id integer primary key, text text)');
await owner.query('grant all on switchboard.notes to switchboard_hub, switchboard_worker');
const firm = await database.workspace();

const notes = async () => (await owner.query<{ id: number; text: string }>('select * from notes order by id')).rows;
const insert = (tx: Tx, id: number, text = '') => tx.run('insert into notes values ($1, $2)', [id, text]);

describe('a transaction', () => {
  test('is kept when its work succeeds, and says how many rows it touched', async () => {
    expect(await store.workspace(firm, (tx) => insert(tx, 1, 'kept'))).toBe(1);
    expect(await notes()).toEqual([{ id: 1, text: 'kept' }]);
  });

  test('is taken back whole when its work fails', async () => {
    const before = await notes();
    const work = store.workspace(firm, async (tx) => {
      await insert(tx, 2);
      throw new Error('no');
    });
    await expect(work).rejects.toThrow('no');
    expect(await notes()).toEqual(before);
  });

  test('never seems kept when a statement failed and the error was swallowed', async () => {
    const work = store.workspace(firm, async (tx) => {
      await insert(tx, 3);
      await tx.query('select 1 / 0').catch(() => undefined);
    });
    await expect(work).rejects.toThrow('taken back');
    expect((await notes()).some((note) => note.id === 3)).toBe(false);
  });

  test('runs as the hub in one workspace, or as the worker in none', async () => {
    const whoAmI = (tx: Tx) =>
      tx.query(`select current_user as role, current_setting('switchboard.workspace', true) as workspace`);
    expect(await store.workspace(firm, whoAmI)).toEqual([{ role: 'switchboard_hub', workspace: String(firm) }]);
    expect(await store.installation(whoAmI)).toEqual([{ role: 'switchboard_worker', workspace: '' }]);
  });

  test.each([Number.NaN, 1.5, -1, 2 ** 60])('refuses %s as a workspace', async (workspace) => {
    await expect(store.workspace(workspace, async () => undefined)).rejects.toThrow('whole number');
  });

  test('leaves nothing of its workspace to the next one on its connection', async () => {
    await store.workspace(firm, async () => undefined);
    expect(await store.workspace(0, (tx) => tx.query('select name from workspaces'))).toEqual([]);
  });

  test('takes no statement once it is over', async () => {
    const tx = await store.workspace(firm, async (tx) => tx);
    await expect(tx.query('select 1')).rejects.toThrow('the transaction is over');
  });

  test('of a connection that was cut fails, and the next one works', async () => {
    const work = store.workspace(firm, async (tx) => {
      const [self] = await tx.query<{ pid: number }>('select pg_backend_pid() as pid');
      await owner.query('select pg_terminate_backend($1)', [self!.pid]);
      await tx.query('select 1');
    });
    await expect(work).rejects.toThrow();
    expect(await store.workspace(firm, (tx) => tx.query('select 1 as one'))).toEqual([{ one: 1 }]);
  });

  test('is told why it failed, whichever of the statements under way is heard first', async () => {
    const work = store.workspace(firm, async (tx) => {
      const slow = async () => {
        await tx.query('select 1');
        const failing = tx.query('select 1 / 0');
        const after = tx.query('select 2');
        failing.catch(() => undefined);
        return after;
      };
      await Promise.all([slow()]);
    });
    await expect(work).rejects.toMatchObject({ code: '22012' });
  });

  test('counts the statements of its work', async () => {
    const before = store.statements.count;
    await store.workspace(firm, async (tx) => {
      await tx.query('select 1');
      await tx.run('select 1');
    });
    expect(store.statements.count - before).toBe(2);
  });

  test('plans a repeated statement once', async () => {
    const text = `select 'planned once' as what`;
    const planned = await store.workspace(firm, async (tx) => {
      await tx.query(text);
      await tx.query(text);
      return tx.query('select count(*) as n from pg_prepared_statements where statement = $1', [text]);
    });
    expect(planned).toEqual([{ n: 1 }]);
  });
});

describe('values', () => {
  const one = async (expression: string, values: unknown[] = []) =>
    (await store.workspace(firm, (tx) => tx.query<{ value: unknown }>(`select ${expression} as value`, values)))[0]!.value;

  test.each([
    ['bigint', '9007199254740991::bigint', 9007199254740991],
    ['count', 'count(*)', 1],
    ['bigint array', `array[1, null, 3]::bigint[]`, [1, null, 3]],
    ['empty array', `'{}'::bigint[]`, []],
    ['numeric', '12.30::numeric', '12.30'],
    ['json', `'{"a":[1]}'::json`, { a: [1] }],
    ['jsonb', `'{"a":[1]}'::jsonb`, { a: [1] }],
    ['text that is JSON', `'{"a":1}'::text`, '{"a":1}'],
    ['date', `'2026-02-03'::date`, '2026-02-03'],
    ['date array', `array['2026-02-03'::date]`, ['2026-02-03']],
    ['instant', `'2026-02-03 04:05:06+00'::timestamptz`, '2026-02-03T04:05:06.000Z'],
    ['instant of another zone', `'2026-02-03 04:05:06.7+02'::timestamptz`, '2026-02-03T02:05:06.700Z'],
    ['instant with microseconds', `'2026-02-03 04:05:06.123999+00'::timestamptz`, '2026-02-03T04:05:06.123Z'],
    ['instant array', `array['2026-02-03 04:05:06+00'::timestamptz, null]`, ['2026-02-03T04:05:06.000Z', null]],
    ['infinity', `'infinity'::timestamptz`, 'infinity'],
    ['null', 'null::bigint', null],
  ])('%s', async (_, expression, value) => {
    expect(await one(expression)).toEqual(value);
  });

  test('an instant goes in as it came out', async () => {
    const at = '2026-02-03T04:05:06.789Z';
    expect(await one('$1::timestamptz', [at])).toBe(at);
    expect(await one('$1::timestamptz', [new Date(at)])).toBe(at);
  });

  test('a bigint that a number cannot hold is an error, never another number', async () => {
    await expect(one('9007199254740993::bigint')).rejects.toThrow('beyond what a number holds');
  });
});

describe('errors', () => {
  test('name the statement and who sent it', async () => {
    async function readNowhere(tx: Tx) {
      return tx.query('select *\n from nowhere');
    }
    await expect(store.workspace(firm, readNowhere)).rejects.toThrow(
      /relation "nowhere" does not exist — in: select \* — sent by readNowhere \(database\.test\.ts:\d+\)/,
    );
  });

  test('do not quote the row that was refused', async () => {
    const refused = store.workspace(firm, (tx) =>
      tx.run(`insert into connections (workspace, connector, account, title, state) values ($1, 'c', 'a', $2, 'x')`, [
        firm,
        'Ada Lovelace',
      ]),
    );
    await expect(refused).rejects.toThrow(/violates check constraint (?!.*Lovelace)/);
  });

  test('a deadlock may be repeated; refused data may not', async () => {
    await store.workspace(firm, async (tx) => [await insert(tx, 10), await insert(tx, 11)]);
    const meet = Promise.withResolvers<void>();
    let waiting = 0;
    const cross = (first: number, second: number) =>
      store.workspace(firm, async (tx) => {
        await tx.run('update notes set text = text where id = $1', [first]);
        if (++waiting === 2) meet.resolve();
        await meet.promise;
        await tx.run('update notes set text = text where id = $1', [second]);
      });
    const ends = await Promise.allSettled([cross(10, 11), cross(11, 10)]);
    const failed = ends.find((end) => end.status === 'rejected')!;
    expect(isRetryable(failed.reason)).toBe(true);
    expect(isRetryable(new Error('wrapped', { cause: failed.reason }))).toBe(true);
    const refused = await store.workspace(firm, (tx) => insert(tx, 10)).catch((error: unknown) => error);
    expect([isRetryable(refused), isDataError(refused)]).toEqual([false, true]);
    expect([isRetryable(new Error()), isDataError(undefined)]).toEqual([false, false]);
  });
});

test('options in the address do not take the place of the role', async () => {
  const url = new URL(database.url);
  url.searchParams.set('options', '-c work_mem=5MB -c role=none');
  const other = await openDatabase({ url: url.href, data: '' });
  try {
    const asked = await other.workspace(firm, (tx) =>
      tx.query(`select current_user as role, current_setting('work_mem') as memory`),
    );
    expect(asked).toEqual([{ role: 'switchboard_hub', memory: '5MB' }]);
  } finally {
    await other.close();
  }
});
