import { bearer } from '../kit/authorization.ts';
import { type Clock, createClock } from '../kit/clock.ts';
import { answerConsent } from '../kit/consenting.ts';
import { controlRoutes } from '../kit/control.ts';
import { createCounters } from '../kit/counters.ts';
import { createFaults } from '../kit/faults.ts';
import type { App } from '../kit/grants.ts';
import { type Answer, type Call, type Route, type Service, serve } from '../kit/server.ts';
import { type Account, type AccountPlan, createAccount } from './account.ts';
import { admit, type Gatehouse, watchWrites } from './admission.ts';
import { createAgendaDesk } from './agenda-desk.ts';
import { calendarOperations } from './calendar.ts';
import { type Channels, createChannels } from './channels.ts';
import { DEMO_APP, type Gsuite, type GsuiteOptions } from './contract.ts';
import { ordersOf } from './control.ts';
import { createDesk } from './desk.ts';
import { createDirectory, type Directory, directoryOperations } from './directory.ts';
import { driveOperations } from './drive-operations.ts';
import { ApiError, failure, quotaExceeded } from './errors.ts';
import { createGoogleGrants, identityRoutes, SCOPES } from './identity.ts';
import { acquaint } from './invitations.ts';
import { operations, PEOPLE } from './operations.ts';
import { createQuotas, QUOTA_WORDS } from './quotas.ts';
import { fillTasks, taskOperations } from './task.ts';
import { createTodoDesk } from './todo-desk.ts';
import { channelOperations } from './watching.ts';
import type { BatchFailures } from './writes.ts';

interface World extends Gatehouse {
  clock: Clock;
  apps: readonly App[];
  channels: Channels;
  directory: Directory;
  failures(): BatchFailures;
}

/** Starts Google on the loopback interface. */
export async function startGsuite(options: GsuiteOptions = {}): Promise<Gsuite> {
  const clock = options.clock ?? createClock();
  const apps = options.apps ?? [DEMO_APP];
  const grants = createGoogleGrants(clock, apps, options.rotates ?? false);
  const [faults, counters] = [createFaults(), createCounters()];
  const opened = (plan: AccountPlan): Account => {
    const account = createAccount(clock, plan);
    acquaint(account, () => accounts);
    createAgendaDesk(account).fill(plan.events ?? 0, plan.seed);
    fillTasks(account, plan.tasks ?? 0, plan.seed);
    return account;
  };
  const accounts: Account[] = [];
  for (const plan of options.accounts ?? [{ email: 'ada@example.com', title: 'Ada Lovelace' }]) accounts.push(opened(plan));
  const directory = createDirectory();
  const channels = createChannels(clock, options.traffic);
  const quotas = createQuotas(clock, options.quotas ?? {});
  let failures: BatchFailures = options.batchFailures ?? 'each';

  const accountOf = (email?: string): Account => {
    const account = email === undefined ? accounts[0] : accounts.find((one) => one.email === email);
    if (account === undefined) throw new Error(`no account ${email}; there are ${accounts.map((one) => one.email).join(', ')}`);
    return account;
  };

  const gsuite: Omit<Gsuite, 'origin' | 'hosts' | 'close'> = {
    clock,
    faults,
    counters,
    grants,
    accounts: () => accounts,
    addAccount: (plan) => {
      const account = opened(plan);
      accounts.push(account);
      return account;
    },
    people: (email) => createDesk(accountOf(email)),
    channels,
    directory,
    drive: (email) => accountOf(email).drive,
    todo: (email) => createTodoDesk(accountOf(email), clock),
    agenda: (email) => createAgendaDesk(accountOf(email)),
    grant: (email, scopes = USUAL) => grants.give({ account: accountOf(email).id, clientId: apps[0]?.clientId ?? '', scopes }),
    consent: answerConsent,
    revoke: (email) => grants.forget(accountOf(email).id),
    expireAccess: (email) => grants.expireAccess(accountOf(email).id),
    expireSyncTokens: (email) => {
      accountOf(email).generation++;
      accountOf(email).agenda.generation++;
    },
    propagate: (delays, email) => {
      const { book } = accountOf(email);
      book.propagation = { ...book.propagation, ...delays };
    },
    setQuotas: quotas.set,
    setBatchFailures: (how) => {
      failures = how;
    },
  };
  const world: World = { clock, apps, channels, directory, grants, accounts, quotas, failures: () => failures };
  const service: Service = {
    name: 'gsuite',
    routes: [...apiRoutes(world), ...signInRoutes(world), ...controlRoutes(ordersOf(gsuite))],
    enter: watchWrites(grants, counters),
    failed: (status) => (status === 429 ? quotaExceeded(QUOTA_WORDS.criticalReads).answer() : failure(status).answer()),
    unknown,
    revoke: (call) => {
      grants.revoke(bearer(call) || (new URLSearchParams(call.body.toString()).get('refresh_token') ?? ''));
    },
  };
  const running = await serve(service, { faults, counters, traffic: options.traffic }, options.port ?? 0);
  const { origin } = running;
  return {
    ...gsuite,
    origin,
    hosts: { people: origin, oauth: origin, accounts: origin, www: origin, tasks: origin, admin: origin },
    close: running.close,
  };
}

/** All there is, and who it is. */
const USUAL = [...Object.keys(SCOPES), 'https://www.googleapis.com/auth/userinfo.email', 'openid'];

function apiRoutes(world: World): Route[] {
  return [
    ...operations,
    ...calendarOperations,
    ...channelOperations,
    ...taskOperations,
    ...driveOperations,
    ...directoryOperations(world.directory),
  ].map((operation) => ({
    name: operation.name,
    method: operation.verb,
    path: operation.path,
    origin: operation.origin ?? PEOPLE,
    handle: guarded((call) => {
      const account = admit(world, operation, call);
      if ('status' in account) return account;
      const clientId = world.grants.find(bearer(call))?.clientId ?? '';
      return operation.handle(account, call, { ...world, failures: world.failures(), clientId });
    }),
  }));
}

function signInRoutes({ clock, apps, grants, accounts }: World): Route[] {
  const routes = identityRoutes({ clock, apps, grants, accounts: () => accounts });
  return routes.map((route) => ({ ...route, handle: guarded(route.handle) }));
}

/** Google's front end for addresses nobody serves. */
function unknown({ path }: Call): Answer {
  const shown = path.replace(/[<&]/g, '');
  return {
    status: 404,
    headers: { 'content-type': 'text/html; charset=UTF-8' },
    body: `<!DOCTYPE html><title>Error 404 (Not Found)!!1</title><p>The requested URL <code>${shown}</code> was not found on this server.`,
  };
}

/** Turns what an operation throws into the answer it stands for. */
function guarded(handle: Route['handle']): (call: Call) => Promise<Answer> {
  return async (call) => {
    try {
      return await handle(call);
    } catch (error) {
      if (error instanceof ApiError) return error.answer();
      throw error;
    }
  };
}
