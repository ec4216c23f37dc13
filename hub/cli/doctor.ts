/** `doctor`: what is wrong, and what to do about it. */
import type { Command } from 'commander';
import { failureOf } from '#hub/failure.ts';
import { checkAddress } from './doctor/address.ts';
import { checkBudgets } from './doctor/budgets.ts';
import type { Check, Finding, State } from './doctor/check.ts';
import { checkConnections } from './doctor/connections.ts';
import { checkDatabase } from './doctor/database.ts';
import { checkDrift } from './doctor/drift.ts';
import { checkKeys } from './doctor/keys.ts';
import { checkServices } from './doctor/services.ts';
import { checkWebhooks } from './doctor/webhooks.ts';
import { EXIT } from './output.ts';
import { inHub, type Session } from './session.ts';

const CHECKS: readonly { name: string; check: Check }[] = [
  { name: 'database', check: checkDatabase },
  { name: 'API keys', check: checkKeys },
  { name: 'public URL', check: checkAddress },
  { name: 'services', check: checkServices },
  { name: 'connections', check: checkConnections },
  { name: 'day limits', check: checkBudgets },
  { name: 'drift', check: checkDrift },
  { name: 'webhooks', check: checkWebhooks },
];

const SIGN: { readonly [state in State]: string } = { well: '✓', warning: '!', wrong: '✗' };

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('look at everything the hub needs, and say what is wrong and what to do')
    .addHelpText('after', '\nExits with 1 where something is wrong.')
    .action((_options: object, command: Command) =>
      inHub(command, async (session) => {
        const findings = (await Promise.all(CHECKS.map((each) => examine(each, session)))).flat();
        const ok = findings.every((finding) => finding.state !== 'wrong');
        session.output.result({ ok, findings }, () => findings.map(lineOf).join('\n'));
        if (!ok) process.exitCode = EXIT.failed;
      }),
    );
}

async function examine({ name, check }: (typeof CHECKS)[number], { hub, workspace, signal }: Session): Promise<Finding[]> {
  try {
    return await check(hub, workspace, signal);
  } catch (error) {
    const { message, advice } = failureOf(error);
    return [{ name, state: 'wrong', found: message, advice: advice ?? 'Tell the maintainer.' }];
  }
}

function lineOf({ name, state, found, advice }: Finding): string {
  return `${SIGN[state]} ${name}: ${found}${advice === undefined ? '' : `\n    → ${advice}`}`;
}
