import { watchFile } from './file.ts';

watchFile();
