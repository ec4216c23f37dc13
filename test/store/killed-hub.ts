/** A hub of its own process on an embedded database, for tests that kill it. Says `ready` and waits; argument: the data folder. */
import { openDatabase } from '#store/database.ts';

const store = await openDatabase({ data: process.argv[2]! });
await store.workspace(1, async () => undefined);
process.stdout.write('ready\n');
await new Promise((resolve) => process.stdin.once('end', resolve).resume());
await store.close();
