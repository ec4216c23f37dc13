/** `npm run bench`: what was compiled once is kept, as in the hub that is measured, also for the processes that a bench begins. */
import { enableCompileCache, getCompileCacheDir } from 'node:module';

enableCompileCache();
process.env.NODE_COMPILE_CACHE ??= getCompileCacheDir();
await import('./benches.ts');
