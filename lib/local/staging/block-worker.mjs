// What a thread of its own runs: TypeScript, as in bin/launch.mjs.
import { register } from 'tsx/esm/api';

register();
await import('./block-worker.ts');
