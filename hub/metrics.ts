/** The hub's counters, read at `/metrics`. A room defines its own beside the code that counts: `new Counter({ …, registers: [registry] })`. */
import { Registry } from 'prom-client';

export const registry = new Registry();
