/** One request to QuickBooks: through the SDK, within the limits, its answer read digit by digit. */
import { withToken } from '#kit/bearer.ts';
import type { CallOptions, Context } from '#kit/context.ts';
import { Changed, Refused } from '#kit/errors.ts';
import { parseAmounts } from '#kit/exact.ts';
import type { Json } from '#kit/fields.ts';
import { isObject, type JsonObject, textOf } from '#kit/json.ts';
import { BooksFault, isUnauthenticated, saidIn } from './faults.ts';
import { askSdk, type Done, type Dress, type Heard, type Sdk } from './sdk.ts';

export interface Sending extends Pick<Dress, 'requestId' | 'entity' | 'form'> {
  /** The operation, for counting: `query Invoice`. */
  name: string;
  /** Default requests. Batches have a limit of their own. */
  group?: 'requests' | 'batches';
}

/** Gives the object that is answered. Under a request id a write may be sent again: it is carried out once. */
export async function ask(
  ctx: Context,
  { name, group = 'requests', ...dress }: Sending,
  send: (sdk: Sdk, done: Done) => void,
  options?: CallOptions,
): Promise<JsonObject> {
  const realm = realmOf(ctx);
  const text = await ctx.call(
    { name, group },
    (signal) =>
      withToken(
        ctx,
        async (token) => {
          const heard = await askSdk({ base: ctx.base.api!, realm, token }, { ...dress, signal }, send).catch(
            (error: unknown) => {
              throw bare(error);
            },
          );
          if (heard.status === 200) return heard.text;
          throw refused(heard);
        },
        isUnauthenticated,
      ),
    options,
  );
  return read(name, text);
}

/** Which company is meant: it came beside the code when somebody signed in. */
export function realmOf({ settings }: Pick<Context, 'settings'>): string {
  const realm = textOf(settings.realm);
  if (realm !== undefined && /^\d{1,20}$/.test(realm)) return realm;
  throw new Refused(
    `quickbooks: the company's id is ${realm === undefined ? 'not known' : JSON.stringify(realm)}; expected digits`,
    'Connect the company again: QuickBooks says which company it is when somebody signs in.',
  );
}

/** An answer that is no 200, with its words. */
function refused({ status, text, header }: Heard): BooksFault {
  let body: Json | undefined;
  try {
    body = parseAmounts(text);
  } catch {
    body = undefined; // the gateway sometimes speaks XML, and an outage HTML
  }
  const [after, trace] = [header('retry-after'), header('intuit-tid') ?? header('intuit_tid')];
  return new BooksFault(status, saidIn(body), {
    ...(after !== undefined && { retryAfter: after }),
    ...(trace !== undefined && { trace }),
  });
}

/** What the SDK passes on where no answer came, without the request: that bears the token. */
function bare(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return Object.assign(new Error(error.message), code !== undefined && { code });
}

/** A fault can come with status 200. */
function read(name: string, text: string): JsonObject {
  let body: Json;
  try {
    body = parseAmounts(text);
  } catch {
    throw new Changed(`${name}: answered ${text.length} characters that are no JSON`, UNREADABLE);
  }
  if (!isObject(body)) throw new Changed(`${name}: answered ${typeof body}; expected a JSON object`, UNREADABLE);
  const said = saidIn(body);
  if (said !== undefined)
    throw new Refused(
      `QuickBooks answered 200 with a fault: ${said.message}`,
      said.message,
      undefined,
      new BooksFault(200, said),
    );
  return body;
}

const UNREADABLE = 'QuickBooks answered something unreadable. Try again later; if it stays, tell the maintainer.';
