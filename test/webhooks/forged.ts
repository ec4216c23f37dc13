/**
 * Requests that nobody may believe or that nobody need read, as data made by rules: what each does wrong, and the status it must be
 * refused with. What is not said to be wrong about a request is right: its signature most of all.
 */
import { gzipSync } from 'node:zlib';
import { signed } from './bell.ts';

export interface Forged {
  rule: string;
  /** Which of the rule's cases. */
  of: string;
  /** What is written to the connection, piece by piece. */
  pieces: readonly (string | Uint8Array)[];
  /** After the last piece the sender leaves; else it sends nothing more and waits. */
  after?: 'leaves';
  /** 0: the connection is closed without an answer. */
  status: number;
}

interface Wish {
  method?: string;
  path?: string;
  version?: string;
  /** Undefined takes one away. */
  headers?: { readonly [name: string]: string | undefined };
  /** Further header lines as they stand. */
  lines?: readonly string[];
  body?: string | Uint8Array;
  /** What the signature is made over instead of the body. */
  over?: string | Uint8Array;
  secret?: string;
  /** ms from now. */
  shift?: number;
  /** Content-Length as claimed; null: none. */
  length?: number | null;
}

const MINUTE = 60_000;

/** `bodies`: what a genuine service sends. */
const BODIES: { readonly [of: string]: string } = {
  'one touched': '{"news":[{"account":"a","is":"touched","stream":"people","id":"p1"}]}',
  spaces: '{ "news" : [ ] }',
  'line ends': '{\r\n  "news": []\r\n}\r\n',
  numbers: '{"news":[],"n":1.0,"m":1e3,"z":-0}',
  escapes: '{"news":[],"s":"\\u0041\\/\\u00e9"}',
  'letters beyond': '{"news":[],"s":"é – 名 👋"}',
  'repeated keys': '{"news":[],"a":1,"a":2}',
  'keys that are numbers': '{"news":[],"b":1,"2":2,"1":1}',
  nothing: '{}',
  'a list': '[1 ,2]',
  'a text': '"x" ',
  long: `{"news": [], "pad": "${'x'.repeat(5_000)}"}`,
  'lines of text': '{"news":[ ],"text":"a\\nb\\tc"}',
  html: '{"news":[],"h" :"<script>&amp;</script>"}',
  deep: `{"news":[],"d": ${'['.repeat(500)}${']'.repeat(500)}}`,
  null: '{"news": null}',
};

function request(wish: Wish, secret: string): Uint8Array {
  const { method = 'POST', path = '/webhooks/bell', version = '1.1', body = BODIES['one touched']!, shift = 0 } = wish;
  const headers: { [name: string]: string | undefined } = {
    host: 'hub.example',
    ...signed(wish.secret ?? secret, wish.over ?? body, Date.now() + shift, 'forged'),
    ...(wish.length === null ? {} : { 'content-length': String(wish.length ?? Buffer.byteLength(body)) }),
    ...wish.headers,
  };
  const lines = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
  const head = [`${method} ${path} HTTP/${version}`, ...lines, ...(wish.lines ?? []), '', ''].join('\r\n');
  return Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(body as string)]);
}

/** All of them: more than 500. `secret` is the one that bell signs with. */
export function forgedRequests(secret: string): Forged[] {
  const all: Forged[] = [];
  const add = (rule: string, of: string, status: number, wish: Wish, more: Partial<Forged> = {}): void => {
    all.push({ rule, of, status, pieces: [request(wish, secret)], ...more });
  };
  signatures(add, secret);
  times(add);
  bodies(add);
  heads(add);
  addresses(add);
  broken(all, secret);
  return all;
}

type Add = (rule: string, of: string, status: number, wish: Wish, more?: Partial<Forged>) => void;

function signatures(add: Add, secret: string): void {
  for (const [of, body] of Object.entries(BODIES)) {
    const right = signed(secret, body)['bell-signature']!;
    const digest = right.slice(3);
    const with_ = (value: string | undefined) => ({ body, headers: { 'bell-signature': value } });
    add('no signature', of, 401, with_(undefined));
    add('an empty signature', of, 401, with_(''));
    add('the signature of another secret', of, 401, { body, secret: 'guessed' });
    add('the signature of no secret', of, 401, { body, secret: '' });
    add('the signature of another body', of, 401, { body, over: `${body} ` });
    add('a signature cut short', of, 401, with_(right.slice(0, -2)));
    add('a signature with more behind it', of, 401, with_(`${right}00`));
    for (const at of [0, 31, 63]) {
      const flipped = (Number.parseInt(digest[at]!, 16) ^ 1).toString(16);
      add(
        'a signature with a bit turned',
        `${of}, digit ${at}`,
        401,
        with_(`v1=${digest.slice(0, at)}${flipped}${digest.slice(at + 1)}`),
      );
    }
    add('a signature without its version', of, 401, with_(digest));
    add('a signature of another version', of, 401, with_(`v0=${digest}`));
    add('a signature in base64', of, 401, with_(`v1=${Buffer.from(digest, 'hex').toString('base64')}`));
    add('a signature of zeros', of, 401, with_(`v1=${'0'.repeat(64)}`));
    add('two signatures, the right one among them', of, 401, { body, lines: [`bell-signature: v1=${'0'.repeat(64)}`] });
    const again = JSON.stringify(JSON.parse(body));
    if (again !== body) add('the right signature over JSON written anew', of, 401, { body, over: again });
    const spaced = JSON.stringify(JSON.parse(body), null, 2);
    if (spaced !== body) add('the right signature over JSON written with spaces', of, 401, { body, over: spaced });
    add('a byte order mark before what was signed', of, 401, { body: `\ufeff${body}`, over: body });
    add('a line end behind what was signed', of, 401, { body: `${body}\n`, over: body });
    if (body.length > 1) add('the last byte of what was signed missing', of, 401, { body: body.slice(0, -1), over: body });
  }
}

function times(add: Add): void {
  for (const [of, body] of Object.entries(BODIES).slice(0, 6)) {
    for (const [ago, shift] of Object.entries({ 'six minutes': 6, 'an hour': 60, 'a day': 1_440, 'ten years': 5_256_000 })) {
      add('a timestamp long past', `${of}, ${ago}`, 401, { body, shift: -shift * MINUTE });
      add('a timestamp far ahead', `${of}, ${ago}`, 401, { body, shift: shift * MINUTE });
    }
  }
  const now = Math.floor(Date.now() / 1_000);
  const odd = [
    '',
    ' ',
    'now',
    `${now}.5`,
    `-${now}`,
    `+${now}`,
    `0x${now.toString(16)}`,
    `${now}000`,
    '1e10',
    'NaN',
    '9'.repeat(400),
    `${now}, ${now}`,
    '٣',
    'Infinity',
  ];
  for (const value of odd) {
    add('a timestamp that is none', JSON.stringify(value.slice(0, 20)), 401, {
      headers: { 'bell-timestamp': Buffer.from(value).toString('latin1') },
    });
  }
  add('no timestamp', '', 401, { headers: { 'bell-timestamp': undefined } });
  add('a timestamp another than was signed', '', 401, { headers: { 'bell-timestamp': String(now - 1) } });
  add('two timestamps', '', 401, { lines: [`bell-timestamp: ${now}`] });
}

function bodies(add: Add): void {
  const large = 'x'.repeat(2 * 1024 * 1024);
  add('two MiB', 'by its length', 413, { body: large });
  add('two MiB', 'a byte too many', 413, { body: 'x'.repeat(1024 * 1024 + 1) });
  const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
  add('two MiB', 'in chunks', 413, {
    ...{ length: null, headers: { 'transfer-encoding': 'chunked' }, over: large },
    body: `${chunk.repeat(32)}0\r\n\r\n`,
  });
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
  for (const encoding of [
    'gzip',
    'x-gzip',
    'deflate',
    'br',
    'zstd',
    'GZIP',
    'gzip, gzip',
    'identity, gzip',
    'aes128gcm',
    'nonsense',
  ]) {
    add('a packed body', encoding, 415, { body: bomb, headers: { 'content-encoding': encoding } });
  }
  add('a packed body that does not say so', '', 401, { body: bomb, over: Buffer.alloc(100) });
  const types = [
    'text/plain',
    'text/json',
    'application/xml',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
  ];
  for (const type of [
    ...types,
    'application/jsonp',
    'application/json, text/plain',
    '',
    'json',
    '*/*',
    'application/octet-stream',
    undefined,
  ]) {
    add('another content type', String(type), 415, { headers: { 'content-type': type } });
  }
  for (const depth of [100, 10_000, 500_000]) {
    add('deep JSON, signed by a guess', String(depth), 401, { body: '['.repeat(depth), secret: 'guessed' });
    add('deep objects, signed by a guess', String(depth), 401, { body: '{"a":'.repeat(depth / 5), secret: 'guessed' });
  }
  for (const [of, bytes] of Object.entries(NOT_UTF8)) {
    const body = Buffer.concat([Buffer.from('{"news":"'), Buffer.from(bytes), Buffer.from('"}')]);
    add('no UTF-8, signed as what a decoder makes of it', of, 401, { body, over: new TextDecoder().decode(body) });
    add('no UTF-8, signed by a guess', of, 401, { body, secret: 'guessed' });
  }
  for (const [of, body] of Object.entries({
    'last wins': '{"account":"a","account":"b"}',
    'first wins': '{"b":1,"a":2,"b":3}',
  })) {
    add('repeated keys, signed as a parser leaves them', of, 401, { body, over: JSON.stringify(JSON.parse(body)) });
  }
}

const NOT_UTF8: { readonly [of: string]: readonly number[] } = {
  'a lone byte that continues': [0x80],
  'an overlong slash': [0xc0, 0xaf],
  'half a surrogate pair': [0xed, 0xa0, 0x80],
  'beyond Unicode': [0xf4, 0x90, 0x80, 0x80],
  'a sequence cut short': [0xe2, 0x82],
  'bytes that never are': [0xfe, 0xff],
};

function heads(add: Add): void {
  for (const method of ['PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE']) add('another method', method, 405, { method });
  add('a GET that greets nobody', 'signed', 405, { method: 'GET', body: '' });
  add('a GET that greets nobody', 'not signed', 401, { method: 'GET', body: '', headers: { 'bell-signature': undefined } });
  for (const [of, body] of Object.entries(BODIES)) add('HTTP/1.0', of, 505, { version: '1.0', body });
  add('HTTP/1.0', 'not signed', 505, { version: '1.0', headers: { 'bell-signature': undefined } });
  add('headers of 20 KiB', 'one', 431, { headers: { 'x-pad': 'x'.repeat(20_000) } });
  add('headers of 20 KiB', 'many', 431, { lines: Array.from({ length: 1_000 }, (_, n) => `x-${n}: ${'x'.repeat(12)}`) });
  add('headers of 20 KiB', 'in the address', 431, { path: `/webhooks/bell?${'x'.repeat(20_000)}` });
  add('a greeting that nobody asked for', 'with a body', 401, {
    headers: { 'validation-token': 'x', 'bell-signature': undefined },
  });
}

function addresses(add: Add): void {
  const nowhere = [
    'nobody',
    'BELL',
    'bell2',
    'bel',
    'bell.',
    'bell%20',
    '%62ell',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'valueOf',
  ];
  for (const name of [...nowhere, '..', '../bell', 'bell/../../api/keys', '', '/', '%2e%2e', 'bell%00', 'bell;x', "bell'--"])
    add('an unknown connector', name, 404, { path: Buffer.from(`/webhooks/${name}`).toString('latin1') });
  for (const sub of ['x', '1', 'x/y', '%2e%2e', '__proto__']) {
    add('a subscription where there is one address for all', sub, 404, { path: `/webhooks/bell/${sub}` });
    add('an unknown subscription', sub, 404, { path: `/webhooks/chime/${sub}` });
  }
  add('no subscription where each has its address', '', 404, { path: '/webhooks/chime' });
  add('an unknown subscription', 'too long', 404, { path: `/webhooks/chime/${'x'.repeat(500)}` });
  add('the secret of another subscription', '', 401, { path: '/webhooks/chime/known' });
}

/** What is not even HTTP, or not all of it. */
function broken(all: Forged[], secret: string): void {
  const whole = (wish: Wish) => request(wish, secret);
  const body = BODIES['one touched']!;
  const cut = (n: number) => whole({}).subarray(0, whole({}).length - n);
  for (const n of [1, 10, body.length])
    all.push({ rule: 'a body cut short, and the sender gone', of: `${n} bytes`, pieces: [cut(n)], after: 'leaves', status: 0 });
  for (const n of [1, 10]) all.push({ rule: 'a body drop by drop', of: `${n} bytes missing`, pieces: [cut(n)], status: 408 });
  all.push({ rule: 'a head drop by drop', of: 'signed', pieces: [whole({}).subarray(0, 60)], status: 408 });
  all.push({ rule: 'a shorter body than was signed', of: 'by its length', pieces: [whole({ length: 10 })], status: 400 });
  const bad: { readonly [of: string]: Wish } = {
    'two lengths': { lines: ['content-length: 5'] },
    'a length and chunks': { lines: ['transfer-encoding: chunked'] },
    'a length that is none': { length: null, lines: ['content-length: many'] },
    'a negative length': { length: null, lines: ['content-length: -5'] },
    'chunks of no size': { length: null, headers: { 'transfer-encoding': 'chunked' }, body: 'zz\r\nx\r\n0\r\n\r\n' },
    'a coding nobody knows': { length: null, headers: { 'transfer-encoding': 'gzip, nonsense' } },
    'no host': { headers: { host: undefined } },
    'a header without a name': { lines: [': x'] },
    'a header with a blank in its name': { lines: ['x y: z'] },
    'a header with a control character': { lines: ['x: a\u0000b'] },
    'a letter beyond ASCII in its address': { path: Buffer.from('/webhooks/bell/é').toString('latin1') },
    'a version nobody knows': { version: '7.3' },
    'a version that is none': { version: 'x' },
    'a method nobody knows': { method: 'RING' },
  };
  for (const [of, wish] of Object.entries(bad)) all.push({ rule: 'no HTTP', of, pieces: [whole(wish)], status: 400 });
  all.push({ rule: 'no HTTP', of: 'TLS', pieces: [Buffer.from([22, 3, 1, 0, 5, 1, 0, 0, 1, 3])], status: 400 });
  all.push({ rule: 'no HTTP', of: 'HTTP/2', pieces: ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'], status: 400 });
}
