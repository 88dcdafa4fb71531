/** Entry of an edge process on Node; bundled to JavaScript by `bundle-ws-edge.ts`, since an older Node runs no TypeScript. */
import { readProcessConfig } from '../process-config.ts';
import { runEdge } from './main.ts';
import { startWsTransport } from './transport-ws.ts';

runEdge(readProcessConfig(), startWsTransport, () => globalThis.gc?.()).catch((error: Error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
