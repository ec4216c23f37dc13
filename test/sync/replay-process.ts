/** Another process: settles the case on its standard input again, and says what came of it. */
import { text } from 'node:stream/consumers';
import { readCase } from '#sync/case.ts';
import { replay } from '#sync/replay.ts';
import { MemoryService } from './service.ts';

const outcome = await replay(readCase(await text(process.stdin)), new MemoryService(Date.now).stream);
process.stdout.write(JSON.stringify(outcome));
