#!/usr/bin/env node
/** `parley VERB …` for plain Node 20: npm start, npm test and npx parley all come through here. */
import { join } from 'node:path';
import { launchBun, root } from './launcher.mjs';

// Nothing of the folder that the user happens to stand in may change how Bun runs: no .env, no bunfig.toml.
const flags = ['--no-install', '--no-env-file', '--config=/dev/null'];
await launchBun([...flags, join(root, 'parley.ts'), ...process.argv.slice(2)]);
