/** `calls`: those under way, those that wait for an answer, notes, click-to-call, the proof of a day, past periods, policies. */
import { type Command, InvalidArgumentError } from 'commander';
import type { BelongsTo } from '#calls/answers.ts';
import type { CallView } from '#calls/look.ts';
import { dispositions } from '#mappings/objects/activities.ts';
import { facts, table } from './output.ts';
import { inHub, isRecordId, pairOf, recordId, whole } from './session.ts';

export function addCalls(program: Command): void {
  const calls = program
    .command('calls')
    .description('telephone calls: live, list, unresolved, answer, note, dispose, place, reconcile, backfill, policy');
  addLooking(calls);
  addAnswering(calls);
  addDisposing(calls);
  addPlacing(calls);
  addProving(calls);
  addPolicy(calls);
}

function addLooking(calls: Command): void {
  calls
    .command('live', { isDefault: true })
    .description('calls under way')
    .action((_options: object, command: Command) =>
      inHub(command, async ({ hub, workspace, output }) => {
        output.result(await hub.calls.live(workspace), listed);
      }),
    );
  calls
    .command('list')
    .description('calls of a line in a period, those that are not logged with the reason')
    .argument('<connection>', 'as in `connections`', whole(1))
    .argument('<since>', 'an instant, as 2026-03-01T00:00:00Z', instantOf)
    .argument('[until]', 'an instant; default now', instantOf)
    .option('--limit <n>', 'how many', whole(1), 100)
    .action((connection: number, since: Date, until: Date | undefined, { limit }: { limit: number }, command: Command) =>
      inHub(command, async ({ hub, workspace, output }) => {
        const span = { connection, from: since, to: until ?? new Date(hub.now()) };
        output.result((await hub.calls.between(workspace, span, { after: null, limit })).items, listed);
      }),
    );
  calls
    .command('unresolved')
    .description('calls that wait for you to say whose they are, oldest first')
    .option('--limit <n>', 'how many', whole(1), 50)
    .action(({ limit }: { limit: number }, command: Command) =>
      inHub(command, async ({ hub, workspace, output }) => {
        const { items } = await hub.calls.unresolved(workspace, { after: null, limit });
        output.result(items, (all) => all.map(questionText).join('\n') || 'No calls wait.');
      }),
    );
}

function addAnswering(calls: Command): void {
  calls
    .command('answer')
    .description('say whose a call is; it stays so')
    .argument('<call>', 'id of the call’s record', recordId)
    .argument('<whose>', 'record=<id> | once=<id> (this call alone) | new-lead | new-contact | new-company | nobody', whoseOf)
    .addHelpText('after', '\nExample:\n  npm run cli -- calls answer 01990000-0000-7000-8000-000000000000 new-lead')
    .action((call: string, whose: BelongsTo, _options: object, command: Command) =>
      inHub(command, async ({ hub, workspace, by, output }) => {
        const record = await hub.calls.belongs({ workspace, by }, call, whose);
        output.result(
          record,
          () => `${record.name} is answered. Other calls with the number follow where the number was given away.`,
        );
      }),
    );
  calls
    .command('note')
    .description('add a note to a call')
    .argument('<call>', 'id of the call’s record', recordId)
    .argument('<text>', 'what to remember')
    .action((call: string, text: string, _options: object, command: Command) =>
      inHub(command, async ({ hub, workspace, by, output }) => {
        output.result(await hub.calls.addNote({ workspace, by }, call, text), (record) => String(record.fields.notes));
      }),
    );
}

function addDisposing(calls: Command): void {
  calls
    .command('dispose')
    .description('say what came of a call; without a word it is taken back')
    .argument('<call>', 'id of the call’s record', recordId)
    .argument('[disposition]', dispositions.join(' | '), dispositionOf)
    .action((call: string, disposition: string | undefined, _options: object, command: Command) =>
      inHub(command, async ({ hub, workspace, by, output }) => {
        const record = await hub.calls.dispose({ workspace, by }, call, disposition ?? null);
        output.result(record, ({ fields }) => String(fields.disposition ?? 'nothing said'));
      }),
    );
}

function addPlacing(calls: Command): void {
  calls
    .command('place')
    .description('call from a record’s number; at most once')
    .argument('<record>', 'a contact, company or lead', recordId)
    .option('--number <number>', 'one of its numbers')
    .option('--from <number>', 'number or extension that rings first')
    .option('--user <id>', 'or the user whose telephone does', recordId)
    .option('--connection <id>', 'the telephone line', whole(1))
    .option('--key <text>', 'the same key never rings twice')
    .addHelpText('after', '\nExample:\n  npm run cli -- calls place 01990000-0000-7000-8000-000000000000 --from 101')
    .action(
      (
        record: string,
        options: { number?: string; from?: string; user?: string; connection?: number; key?: string },
        command: Command,
      ) =>
        inHub(command, async ({ hub, workspace, by, output, signal }) => {
          const placed = await hub.calls.place({ workspace, by }, { record, ...options }, signal);
          output.result(placed, ({ id, state, calling, called, said }) =>
            facts([
              ['placed call', id],
              ['state', state],
              ['rings first', calling],
              ['then', called],
              ['the service says', said],
            ]),
          );
        }),
    );
  calls
    .command('placed')
    .description('how far a placed call has come')
    .argument('<id>', 'as `calls place` said', whole(1))
    .action((id: number, _options: object, command: Command) =>
      inHub(command, async ({ hub, workspace, output }) => {
        output.result(await hub.calls.placed(workspace, id), ({ state, said }) => `${state}${said === '' ? '' : `: ${said}`}`);
      }),
    );
  calls
    .command('cancel')
    .description('end a placed call that nobody has taken up yet')
    .argument('<id>', 'as `calls place` said', whole(1))
    .action((id: number, _options: object, command: Command) =>
      inHub(command, async ({ hub, workspace, output, signal }) => {
        output.result(await hub.calls.cancel(workspace, id, signal), ({ state }) => state);
      }),
    );
}

function addProving(calls: Command): void {
  calls
    .command('reconcile')
    .description('compare a day of the service’s log with the records')
    .argument('<connection>', 'as in `connections`', whole(1))
    .argument('<day>', 'YYYY-MM-DD')
    .option('--mend', 'bring what is missing first')
    .addHelpText('after', '\nExample:\n  npm run cli -- calls reconcile 1 2026-03-01')
    .action((connection: number, day: string, { mend = false }: { mend?: boolean }, command: Command) =>
      inHub(command, async ({ hub, workspace, by, output, signal }) => {
        const found = await hub.calls.reconcile({ workspace, by }, { connection, day, mend }, signal);
        output.result(found, ({ total, records, exceptions, missing, figure, beyond }) =>
          facts([
            ['calls in the log', total],
            ['records', records],
            ...Object.entries(exceptions).map(([reason, n]): [string, number] => [`not logged: ${reason}`, n]),
            ['missing', missing.length],
            ['accounted for, %', figure],
            ['records beyond the log', beyond.length],
          ]),
        );
        if (found.missing.length > 0) process.exitCode = 1;
      }),
    );
  calls
    .command('backfill')
    .description('read a past period from the service’s log; the hub does it while it runs. Without a period: those there are')
    .argument('[connection]', 'as in `connections`', whole(1))
    .argument('[since]', 'an instant, as 2026-01-01T00:00:00Z')
    .argument('[until]', 'an instant; default now')
    .option('--stop <id>', 'end one', whole(1))
    .action(
      (
        connection: number | undefined,
        since: string | undefined,
        until: string | undefined,
        { stop }: { stop?: number },
        command: Command,
      ) =>
        inHub(command, async ({ hub, workspace, by, output }) => {
          if (stop !== undefined) await hub.calls.endBackfill(workspace, stop);
          if (connection !== undefined && since !== undefined)
            await hub.calls.backfill({ workspace, by }, { connection, since, until: until ?? new Date(hub.now()).toISOString() });
          output.result(await hub.calls.backfills(workspace), (all) =>
            table(
              ['id', 'connection', 'since', 'until', 'reached', 'read', 'made', 'state', 'problem'],
              all.map((b) => [b.id, b.connection, b.since, b.until, b.reached, b.read, b.made, b.state, b.problem]),
            ),
          );
        }),
    );
}

function addPolicy(calls: Command): void {
  calls
    .command('policy')
    .description('how calls are logged; name=value says otherwise from the next event on')
    .argument('[values...]', 'as unknown=lead zone=Europe/Berlin neverNumbers=["+14155550100"]')
    .option('--connection <id>', 'of this line alone; default the whole workspace', whole(0), 0)
    .option('--clear', 'take back what was said')
    .addHelpText('after', '\nExample:\n  npm run cli -- calls policy unknown=lead dueMinutes=60')
    .action((values: string[], { connection, clear = false }: { connection: number; clear?: boolean }, command: Command) =>
      inHub(command, async ({ hub, workspace, by, output }) => {
        if (clear) await hub.calls.clearPolicy(workspace, connection);
        if (values.length > 0) {
          const before = (await hub.calls.policies(workspace)).find((row) => row.connection === connection)?.body ?? {};
          await hub.calls.setPolicy({ workspace, by }, connection, { ...before, ...Object.fromEntries(values.map(pairOf)) });
        }
        output.result(await hub.calls.policy(workspace, connection), (policy) =>
          facts(Object.entries(policy).map(([name, value]): [string, string] => [name, JSON.stringify(value)])),
        );
      }),
    );
}

function instantOf(text: string): Date {
  const at = new Date(text);
  if (!Number.isNaN(at.getTime())) return at;
  throw new InvalidArgumentError('An instant is allowed, as 2026-03-01T00:00:00Z.');
}

function dispositionOf(text: string): string {
  if ((dispositions as readonly string[]).includes(text)) return text;
  throw new InvalidArgumentError(`${dispositions.join(', ')} are allowed.`);
}

function whoseOf(text: string): BelongsTo {
  if (text === 'nobody') return { is: 'nobody' };
  const made = /^new-(lead|contact|company)$/.exec(text)?.[1];
  if (made !== undefined) return { is: 'new', object: made as 'lead' | 'contact' | 'company' };
  const [, how, id = ''] = /^(record|once)=(.*)$/.exec(text) ?? [];
  if (how !== undefined && isRecordId(id)) return { is: 'record', record: id, remember: how === 'record' };
  throw new InvalidArgumentError('record=<id>, once=<id>, new-lead, new-contact, new-company and nobody are allowed.');
}

const whoOf = ({ contact, lead, company }: CallView): string => (contact ?? lead ?? company)?.name ?? '?';

function listed(all: readonly CallView[]): string {
  return table(
    ['started', 'direction', 'outcome', 'from', 'to', 'whose', 'agent', 'record'],
    all.map((call) => [
      call.started,
      call.direction,
      call.outcome,
      call.from,
      call.to,
      whoOf(call),
      call.owner?.name ?? '',
      call.id,
    ]),
  );
}

function questionText(call: CallView): string {
  const evidence = call.evidence as {
    because?: string;
    candidates?: { name: string; record: string; score: number; reasons: string[] }[];
  } | null;
  const lines = [
    `${call.id}  ${call.direction} ${call.from ?? '?'} → ${call.to ?? '?'}, ${call.started}: ${call.question} (${evidence?.because ?? ''})`,
  ];
  for (const { name, record, score, reasons } of evidence?.candidates ?? [])
    lines.push(`    ${score}  ${name} ${record}: ${reasons.join(', ')}`);
  return lines.join('\n');
}
