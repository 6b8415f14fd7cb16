#!/usr/bin/env node
// Runs the command line in this very process: the `tsx` command would start another one, and kill it when it does not answer
// Ctrl-C within milliseconds.
import { register } from 'tsx/esm/api';

register();
await import('./millrace.ts');
