#!/usr/bin/env node
/** The project's own Bun, for its scripts and single tests: `node bin/bun.mjs test services/protocol`. */
import { launchBun } from './launcher.mjs';

await launchBun(process.argv.slice(2));
