/** `keys reseal`: after a new sealing key was put first, seals everything again that an older one sealed. */
import type { Command } from 'commander';
import { inHub } from './session.ts';

export function addKeys(program: Command): void {
  program
    .command('keys')
    .description('the keys that seal secrets in the database')
    .command('reseal')
    .description(
      'seal again with the current key what an older one sealed, in every workspace; safe to repeat, and while a hub runs',
    )
    .addHelpText(
      'after',
      '\nExample:\n  npm run cli -- keys reseal\n\nPut the new key first in SWITCHBOARD_KEYS, restart the hub, reseal, then take the old key away.',
    )
    .action((_options: object, command: Command) =>
      inHub(command, async ({ hub, output }) => {
        output.result(await hub.connections.reseal(), ({ seen, renewed }) => `${seen} secrets seen, ${renewed} sealed again.`);
      }),
    );
}
