/** A first import in a process of its own, over the database of another. Says how many seconds it took. */
import { timed } from './figure.ts';
import { type HubParts, openBenchHub } from './stage.ts';

const hub = await openBenchHub(JSON.parse(process.argv[2]!) as HubParts);
const tenant = await hub.tenant();
const { seconds } = await timed(() => tenant.run(true));
await hub.close();
process.stdout.write(String(seconds));
