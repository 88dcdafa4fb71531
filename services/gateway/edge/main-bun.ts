/** Entry of an edge process on Bun. */
import { readProcessConfig } from '../process-config.ts';
import { runEdge } from './main.ts';
import { startBunTransport } from './transport-bun.ts';

await runEdge(readProcessConfig(), startBunTransport, () => Bun.gc(true));
