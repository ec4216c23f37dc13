/** `connect <connector>`: signs in at a service, in the browser or as the app itself. */
import { randomBytes } from 'node:crypto';
import { type Command, InvalidArgumentError } from 'commander';
import type { Arrival } from '#hub/connections/sign-in.ts';
import { Fault } from '#hub/fault.ts';
import type { Values } from '#kit/fields.ts';
import { openCallback } from './callback.ts';
import { readSecret } from './secret.ts';
import { inHub, type Session, whole } from './session.ts';

interface Options {
  again?: number;
  streams?: string[];
  port: number;
  public?: boolean;
  jwt?: boolean;
  set?: Values;
}

const PATIENCE_MS = 10 * 60_000;

export function addConnect(program: Command): void {
  program
    .command('connect')
    .description('connect an account: opens a sign-in for your browser and waits for it')
    .argument('<connector>', 'the service')
    .option('--again <id>', 'sign in anew for this connection; cursors and links stay', whole(1))
    .option('--streams <names...>', 'ask for these only, and for what is in use; some are used by choice, and asked for only so')
    .option(
      '--port <port>',
      'come back to this port of this machine, where the service wants a fixed address; else any',
      whole(0),
      0,
    )
    .option('--public', 'come back to the running hub at PUBLIC_URL: prints a link for any browser, and does not wait')
    .option('--jwt', 'no browser: by a JWT credential made in the service’s console, read from a prompt or from standard input')
    .option(
      '--set <name=value>',
      'a setting of the connection, where the connector asks for one; may be given several times',
      setting,
      {},
    )
    .addHelpText(
      'after',
      '\nExamples:\n  npm run cli -- connect <connector>\n  npm run cli -- connect <connector> --again 3\n  npm run cli -- connect <connector> --public\n  npm run cli -- connect <connector> --jwt < credential.jwt',
    )
    .action((connector: string, options: Options, command: Command) =>
      inHub(command, async (session) => {
        if (await byApp(session, connector)) return enter(session, connector, options);
        if (options.jwt) return paste(session, connector, options);
        return options.public ? link(session, connector, options) : signIn(session, connector, options);
      }),
    );
}

async function byApp({ hub, workspace }: Session, name: string): Promise<boolean> {
  const views = await hub.connections.connectors(workspace);
  return views.some(({ connector }) => connector.name === name && connector.auth.kind === 'client-credentials');
}

async function enter({ hub, workspace, by, output }: Session, connector: string, options: Options): Promise<void> {
  const { again: connection, set: settings } = options;
  output.result(await hub.connections.enter({ workspace, connector, by, connection, settings }), arrived);
}

/** Adds a `name=value` to those before it. */
function setting(text: string, before: Values): Values {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('name=value is allowed.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

async function paste(session: Session, connector: string, options: Options): Promise<void> {
  const { hub, workspace, by, output } = session;
  const assertion = await readSecret(session, 'The JWT credential: ');
  if (assertion === '')
    throw new Fault('invalid', 'No credential was given.', 'Paste it at the prompt, or send it to standard input.');
  const arrival = await hub.connections.paste({ workspace, connector, by, assertion, connection: options.again });
  output.result(arrival, arrived);
}

async function link({ hub, workspace, by, output }: Session, connector: string, options: Options): Promise<void> {
  const begun = await hub.connections.start({
    ...{ workspace, connector, by, streams: options.streams, settings: options.set, connection: options.again },
  });
  output.result(
    begun,
    ({ url, expires }) => `Open this in the browser of the person who signs in, before ${expires}:\n\n    ${url}`,
  );
}

async function signIn(session: Session, connector: string, options: Options): Promise<void> {
  const { hub, workspace, by, output } = session;
  const callback = await openCallback(options.port);
  try {
    const browser = randomBytes(24).toString('base64url');
    const { redirectUri } = callback;
    const { url } = await hub.connections.start({
      workspace,
      connector,
      by,
      session: browser,
      redirectUri,
      streams: options.streams,
      settings: options.set,
      connection: options.again,
    });
    output.say(`Open this in a browser of this machine:\n\n    ${url}\n\nWaiting for you to come back (Ctrl-C to leave) …`);
    const params = await callback.returned(AbortSignal.any([session.signal, AbortSignal.timeout(PATIENCE_MS)])).catch(() => {
      throw new Fault(
        'missing',
        'Nobody came back from the sign-in.',
        'Run the command again; the link is good for ten minutes.',
      );
    });
    output.result(await hub.connections.finish(params, browser), arrived);
  } finally {
    callback.close();
  }
}

function arrived({ title, connector, connection, made, others, missing }: Arrival): string {
  const lacking = missing.map(({ stream, scopes }) => `Not allowed for ${stream ?? 'the account'}: ${scopes.join(', ')}.`);
  const all = [{ title, connection, made }, ...others].map(
    (one) => `${one.title} is ${one.made ? 'connected' : 'connected again'}: ${connector}, connection ${one.connection}.`,
  );
  return [...all, ...lacking].join('\n');
}
