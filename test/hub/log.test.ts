/** What the log holds of an error, and what it never holds. */
import { Writable } from 'node:stream';
import pg from 'pg';
import { expect, test } from 'vitest';
import { openLog } from '#hub/log.ts';

function captured(write: (log: ReturnType<typeof openLog>) => void): string {
  let text = '';
  const to = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  write(openLog('info', to));
  return text;
}

/** As the clients of services throw them: with the request and the answer hung on. */
const request = {
  config: { headers: { Authorization: 'Bearer secret-1' }, body: { refresh_token: 'secret-2' }, data: 'client_secret=secret-3' },
  response: { config: { headers: { authorization: 'secret-4' } }, data: { access_token: 'secret-5' } },
};

test('an error is told with its kind, its message and its causes, and with nothing that hangs on it', () => {
  const inner = Object.assign(new Error('the service refused'), request);
  for (const err of [inner, new Error('a page failed', { cause: inner }), new AggregateError([inner], 'several failed')]) {
    const text = captured((log) => log.error({ err }, 'slice failed'));
    expect(text).toContain(err.message);
    expect(text).toContain('log.test.ts');
    expect(text).not.toContain('secret-');
  }
  expect(captured((log) => log.error({ err: new Error('outer', { cause: inner }) }))).toContain('the service refused');
});

test('an error of the database is told with its code, and without the row it was about', () => {
  const error = Object.assign(new pg.DatabaseError('null value in column "name"', 0, 'error'), {
    code: '23502',
    detail: 'Failing row contains (1, Ada Lovelace).',
    where: 'JSON data, line 1: {"givenName":"Ada"',
  });
  const text = captured((log) => log.error({ err: error }));
  expect(JSON.parse(text).err).toMatchObject({ message: 'null value in column "name"', errorCode: '23502' });
  expect(text).not.toContain('Ada');
});

test('an error is told so under whatever name it is logged', () => {
  const error = Object.assign(new Error('the service refused'), request);
  const text = captured((log) => log.error({ workspace: 1, error }, 'a round failed'));
  expect(JSON.parse(text)).toMatchObject({ workspace: 1, error: { message: 'the service refused' } });
  expect(text).not.toContain('secret-');
  expect(JSON.parse(captured((log) => log.error(error))).err).toMatchObject({ message: 'the service refused' });
});
