import { gzipSync } from 'node:zlib';
import pg from 'pg';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Route, route } from '#api/route.ts';
import { Fault } from '#hub/fault.ts';
import { Changed, Reconnect, Refused, TryLater } from '#kit/errors.ts';
import { DatabaseTrouble } from '#store/trouble.ts';
import { asFull, rawAnswer, type Served, sending, serve } from './harness.ts';

const Thing = z.strictObject({
  name: z.string().max(10),
  size: z.enum(['small', 'large']),
  tags: z
    .array(z.strictObject({ value: z.string() }))
    .max(2)
    .default([]),
  extra: z.union([z.string(), z.number()]).optional(),
});

const errors: { readonly [name: string]: () => Error } = {
  missing: () => new Fault('missing', 'There is no thing 7.', 'List the things.'),
  conflict: () => new Fault('conflict', 'The thing is archived.', 'Restore it first.'),
  invalid: () => new Fault('invalid', 'Two fields are wrong.', 'Correct them.', [{ path: 'a', found: '1', allowed: 'text' }]),
  precondition: () => new Fault('precondition', 'The thing is at version 4.', 'Read it again.'),
  forbidden: () => new Fault('forbidden', 'Not yours.', 'Ask.'),
  busy: () => new Fault('busy', 'Two at once.', 'Again.'),
  unreachable: () => new DatabaseTrouble('the database embedded in /srv cannot be reached', 'Look.'),
  lost: () => new Error('Connection terminated unexpectedly — in: select'),
  stopped: () => Object.assign(new pg.DatabaseError('terminating connection', 0, 'error'), { code: '57P01' }),
  full: () => Object.assign(new pg.DatabaseError('could not extend file', 0, 'error'), { code: '53100' }),
  later: () => new TryLater('Quota', 'Wait.', 2500, true),
  reconnect: () => new Reconnect('Grant is dead', 'Sign in again.'),
  refused: () => new Refused('No such currency', 'Choose one of theirs.', 'currency'),
  changed: () => new Changed('An answer we do not know', 'Tell the maintainer.'),
  unforeseen: () => new Error('SELECT secret FROM inside at /srv/app.ts:1'),
};

const routes: Route[] = [
  route({
    method: 'get',
    path: '/api/things/:id',
    title: 'One thing',
    permission: 'records:read',
    params: z.object({ id: z.coerce.number().int() }),
    query: z.object({ deep: z.stringbool().default(false) }),
    answer: z.object({ id: z.number(), deep: z.boolean() }),
    handle: (call) => ({ body: { id: call.params.id, deep: call.query.deep }, etag: 3 }),
  }),
  route({
    method: 'get',
    path: '/api/things/newest',
    title: 'The newest thing',
    permission: 'records:read',
    answer: z.object({ newest: z.boolean() }),
    handle: () => ({ body: { newest: true } }),
  }),
  route({
    method: 'post',
    path: '/api/things',
    title: 'Make a thing',
    permission: 'records:write',
    body: Thing,
    answer: Thing,
    status: 201,
    handle: (call) => ({ body: call.body, location: '/api/things/9' }),
  }),
  route({
    method: 'patch',
    path: '/api/things/:id',
    title: 'Change a thing',
    permission: 'records:write',
    params: z.object({ id: z.string() }),
    body: z.strictObject({ name: z.string() }),
    ifMatch: 'required',
    answer: z.object({ on: z.string() }),
    handle: (call) => ({ body: { on: call.ifMatch ?? '' } }),
  }),
  route({
    method: 'delete',
    path: '/api/things/:id',
    title: 'Remove',
    permission: 'records:write',
    params: z.object({ id: z.string() }),
    answer: z.null(),
    handle: () => ({}),
  }),
  route({
    method: 'get',
    path: '/fail/:how',
    title: 'Fails',
    permission: 'public',
    params: z.object({ how: z.string() }),
    answer: z.null(),
    handle: (call) => {
      throw errors[call.params.how]!();
    },
  }),
  route({
    method: 'get',
    path: '/page',
    title: 'A page',
    permission: 'public',
    media: 'text/html',
    answer: z.string(),
    handle: () => ({ html: '<p>hello</p>', session: 'abc' }),
  }),
  route({
    method: 'get',
    path: '/session',
    title: 'The session',
    permission: 'public',
    answer: z.object({ session: z.string(), workspace: z.number() }),
    handle: (call) => ({ body: { session: call.session ?? '', workspace: call.workspace } }),
  }),
];

let served: Served;
beforeAll(async () => {
  served = await serve(routes);
});

async function problemOf(
  path: string,
  init?: RequestInit,
): Promise<{
  status: number;
  headers: Headers;
  body: { detail: string; problems?: { path: string; found: string; allowed: string }[] } & Record<string, unknown>;
}> {
  const response = await fetch(served.url + path, init);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const body = await response.json();
  expect(body.status).toBe(response.status);
  expect(body.request).toBe(response.headers.get('x-request-id'));
  return { status: response.status, headers: response.headers, body };
}

describe('What is asked for', () => {
  it('is checked, typed and answered with its version', async () => {
    const response = await fetch(`${served.url}/api/things/5?deep=true`, { headers: asFull });
    expect(await response.json()).toEqual({ id: 5, deep: true });
    expect(response.headers.get('etag')).toBe('"3"');
  });

  it('is not sent again to one who has it', async () => {
    const request =
      'GET /api/things/5 HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer full\r\nif-none-match: "3"\r\n\r\n';
    expect(await rawAnswer(served.port, request)).toMatch(/^HTTP\/1\.1 304 /);
  });

  it('goes to the more exact path, whatever the order of the routes', async () => {
    expect(await (await fetch(`${served.url}/api/things/newest`, { headers: asFull })).json()).toEqual({ newest: true });
  });

  it('is created with 201, its place and defaults', async () => {
    const response = await fetch(`${served.url}/api/things`, sending({ name: 'a', size: 'small' }));
    expect([response.status, response.headers.get('location')]).toEqual([201, '/api/things/9']);
    expect(await response.json()).toEqual({ name: 'a', size: 'small', tags: [] });
  });

  it('may come compressed', async () => {
    const body = gzipSync(JSON.stringify({ name: 'a', size: 'small' }));
    const headers = { ...asFull, 'content-type': 'application/json; charset="UTF-8"', 'content-encoding': 'gzip' };
    expect((await fetch(`${served.url}/api/things`, { method: 'POST', headers, body })).status).toBe(201);
  });

  it('answers 204 where there is nothing to say', async () => {
    expect((await fetch(`${served.url}/api/things/1`, { method: 'DELETE', headers: asFull })).status).toBe(204);
  });

  it('answers HEAD as GET without a body, and OPTIONS with what is allowed', async () => {
    const head = await fetch(`${served.url}/api/things/5`, { method: 'HEAD', headers: asFull });
    expect([head.status, head.headers.get('etag'), await head.text()]).toEqual([200, '"3"', '']);
    const options = await fetch(`${served.url}/api/things/5`, { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, PATCH, DELETE, HEAD, OPTIONS']);
  });

  it('keeps a browser’s session in a cookie that scripts cannot read, and public routes see no workspace', async () => {
    const page = await fetch(`${served.url}/page`);
    expect(page.headers.get('set-cookie')).toBe('switchboard=abc; Path=/; HttpOnly; SameSite=Lax');
    const again = await fetch(`${served.url}/session`, { headers: { cookie: 'other=1; switchboard=abc' } });
    expect(await again.json()).toEqual({ session: 'abc', workspace: 0 });
  });

  it('is guarded by headers, says nothing of what serves it, and bears the id it came with', async () => {
    const { headers } = await fetch(`${served.url}/page`, { headers: { 'x-request-id': 'from-proxy.7' } });
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('x-request-id')).toBe('from-proxy.7');
  });
});

describe('Who asks', () => {
  it.each([
    ['nobody', {}],
    ['another scheme', { authorization: 'Basic full' }],
    ['two words', { authorization: 'Bearer full full' }],
    ['a forged key', { authorization: 'Bearer sb_1_forged' }],
  ])('is refused with 401: %s', async (_, headers) => {
    const { status, headers: answered } = await problemOf('/api/things/5', { headers });
    expect(status).toBe(401);
    expect(answered.get('www-authenticate')).toContain('Bearer');
  });

  it('is refused with 403 without the permission, which is named', async () => {
    const { status, body } = await problemOf('/api/things', { ...sending({}), headers: { authorization: 'Bearer small' } });
    expect(status).toBe(403);
    expect(body.detail).toContain('records:write');
  });
});

describe('Bad input', () => {
  it('lists every wrong place with what was found and what is allowed', async () => {
    const { status, body } = await problemOf(
      '/api/things',
      sending({ name: 7, size: 'huge', tags: [{ value: 1 }, {}], extra: true, color: 'red' }),
    );
    expect(status).toBe(422);
    expect(body.problems).toEqual(
      expect.arrayContaining([
        { path: 'body/name', found: '7', allowed: 'a value of type string' },
        { path: 'body/size', found: '"huge"', allowed: 'small, large' },
        { path: 'body/tags/0/value', found: '1', allowed: 'a value of type string' },
        { path: 'body/tags/1/value', found: 'nothing', allowed: 'a value of type string' },
        { path: 'body/extra', found: 'true', allowed: 'a value of type string or a value of type number' },
        { path: 'body/color', found: 'an unknown field', allowed: 'the fields that the API describes' },
      ]),
    );
  });

  it('says how much is allowed', async () => {
    const { body } = await problemOf(
      '/api/things',
      sending({ name: 'x'.repeat(100), size: 'small', tags: [{ value: 'a' }, { value: 'b' }, { value: 'c' }] }),
    );
    expect(body.problems).toEqual([
      { path: 'body/name', found: `"${'x'.repeat(76)}…`, allowed: 'at most 10 characters' },
      { path: 'body/tags', found: '[{"value":"a"},{"value":"b"},{"value":"c"}]', allowed: 'at most 2 items' },
    ]);
  });

  it('names the place where JSON ends', async () => {
    const { status, body } = await problemOf('/api/things', { ...sending({}), body: '{\n "name": "a",,' });
    expect(status).toBe(400);
    expect(body.detail).toMatch(/line 2 column 14/);
  });

  it.each([
    ['an empty body', '', 400],
    ['a text', '"name"', 422],
    ['null', 'null', 422],
    ['a list', '[]', 422],
    ['nothing but depth', '['.repeat(100_000), 400],
    ['a polluting name', '{"__proto__":{"name":"a"},"name":"a","size":"small"}', 422],
  ])('refuses %s', async (_, body, status) => {
    expect((await problemOf('/api/things', { ...sending({}), body })).status).toBe(status);
  });

  it('refuses depth that is JSON without falling over', async () => {
    const body = `{"name":${'['.repeat(20_000)}${']'.repeat(20_000)},"size":"small"}`;
    expect((await problemOf('/api/things', { ...sending({}), body })).status).toBe(400);
  });

  it('refuses bytes that are not UTF-8', async () => {
    const { status } = await problemOf('/api/things', { ...sending({}), body: Uint8Array.of(0x22, 0xff, 0x22) });
    expect(status).toBe(400);
  });

  it.each([
    ['NUL', '{"name":"a\\u0000","size":"small"}', 'a NUL character'],
    ['a lone surrogate', '{"name":"\\ud800","size":"small"}', 'half a surrogate pair'],
  ])('refuses text that cannot be kept: %s', async (_, body, found) => {
    const { status, body: problem } = await problemOf('/api/things', { ...sending({}), body });
    expect([status, problem.problems]).toEqual([422, [expect.objectContaining({ path: 'body/name', found })]]);
  });

  it('refuses a name that JavaScript keeps for itself, rather than leaving its value out', async () => {
    const { status, body } = await problemOf('/api/things', {
      ...sending({}),
      body: '{"name":"a","size":"small","more":{"__proto__":1}}',
    });
    expect(status).toBe(422);
    expect(body.problems).toContainEqual(expect.objectContaining({ path: 'body/more/__proto__' }));
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=utf-16', 'application/jsonp'])(
    'refuses the type %s',
    async (type) => {
      expect((await problemOf('/api/things', sending({}, 'POST', { 'content-type': type }))).status).toBe(415);
    },
  );

  it('refuses an encoding it cannot read', async () => {
    expect((await problemOf('/api/things', sending({}, 'POST', { 'content-encoding': 'rot13' }))).status).toBe(415);
  });

  it('refuses a body over the limit, also one that is small only while compressed', async () => {
    const large = JSON.stringify({ name: 'x'.repeat(1024 * 1024) });
    const { status, body } = await problemOf('/api/things', { ...sending({}), body: large });
    expect([status, body.detail]).toEqual([413, 'The body is larger than 1048576 bytes.']);
    const bomb = await problemOf('/api/things', {
      ...sending({}, 'POST', { 'content-encoding': 'gzip' }),
      body: gzipSync(large),
    });
    expect(bomb.status).toBe(413);
  });

  it('refuses parameters of the wrong kind, unknown ones and repeated ones', async () => {
    const { status, body } = await problemOf('/api/things/x?deep=perhaps&more=1', { headers: asFull });
    expect(status).toBe(422);
    expect(body.problems?.map((problem) => problem.path).sort()).toEqual(['path/id', 'query/deep', 'query/more']);
    expect((await problemOf('/api/things/1?deep=1&deep=1', { headers: asFull })).status).toBe(422);
  });

  it('refuses an address that is no text', async () => {
    expect((await problemOf('/api/things/%zz', { headers: asFull })).status).toBe(400);
    expect((await problemOf('/fail/%00')).status).toBe(422);
  });

  it('answers 404 for an unknown address and 405 with Allow for an unknown method', async () => {
    expect((await problemOf('/nowhere')).status).toBe(404);
    const { status, headers } = await problemOf('/api/things', { method: 'PUT', headers: asFull });
    expect([status, headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
  });

  it('refuses huge headers and what is not HTTP', async () => {
    expect(await rawAnswer(served.port, `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431 [\s\S]*"status":431/,
    );
    expect(await rawAnswer(served.port, 'good day\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 [\s\S]*"status":400/);
  });
});

describe('A change on a version', () => {
  it('needs one, and gets it without quotes', async () => {
    expect((await problemOf('/api/things/1', sending({ name: 'a' }, 'PATCH'))).status).toBe(428);
    const response = await fetch(`${served.url}/api/things/1`, sending({ name: 'a' }, 'PATCH', { 'if-match': '"12"' }));
    expect(await response.json()).toEqual({ on: '12' });
  });

  it.each(['*', 'W/"1"', '1', '"1", "2"'])('refuses If-Match: %s', async (tag) => {
    expect((await problemOf('/api/things/1', sending({ name: 'a' }, 'PATCH', { 'if-match': tag }))).status).toBe(400);
  });
});

describe('What a room throws', () => {
  it.each([
    ['missing', 404],
    ['conflict', 409],
    ['invalid', 422],
    ['precondition', 412],
    ['forbidden', 403],
    ['busy', 503],
    ['unreachable', 503],
    ['lost', 503],
    ['stopped', 503],
    ['full', 503],
    ['later', 503],
    ['reconnect', 409],
    ['refused', 422],
    ['changed', 502],
  ])('becomes its status: %s', async (how, status) => {
    const { status: answered, body } = await problemOf(`/fail/${how}`);
    expect([answered, body.detail, body.advice]).toEqual([status, expect.any(String), expect.any(String)]);
  });

  it('says when to come again', async () => {
    expect((await problemOf('/fail/later')).headers.get('retry-after')).toBe('3');
  });

  it('tells nothing of the inside when it was not foreseen', async () => {
    const { status, body } = await problemOf('/fail/unforeseen');
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toMatch(/SELECT|\.ts|stack/);
  });
});

describe('Routes that contradict themselves', () => {
  it('are refused when the server is made', async () => {
    await expect(serve([routes[0]!, routes[0]!])).rejects.toThrow('Two routes are get /api/things/:id');
    await expect(serve([{ ...routes[0]!, path: '/api/things/:number' }])).rejects.toThrow('make them the same');
  });
});
