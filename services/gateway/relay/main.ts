/** The relay process of a box, controlled by its supervisor. */
import { controlled } from '../../runtime/process-control.ts';
import { type RelayProcessConfig, readProcessConfig } from '../process-config.ts';
import type { RegionKey } from '../region-keys.ts';
import { RELAY_STOP_MS, RelayProcess } from './main-relay.ts';

const WATCH_MS = 1_000;

const relay = new RelayProcess(readProcessConfig<RelayProcessConfig>());
// Before the first wait: what the supervisor says meanwhile, another port of the backends above all, must not be lost.
const control = controlled({
  metrics: () => relay.snapshot(),
  stopDeadlineMs: RELAY_STOP_MS,
  configure: (values) => {
    if (values.backendPort !== undefined) relay.useBackendPort(values.backendPort as number);
    if (values.regionKey !== undefined) relay.useRegionKey(values.regionKey as RegionKey);
  },
  stop: () => relay.stop(),
});
const port = await relay.start();
if (port !== undefined) control.ready(port);
let said = relay.unready();
setInterval(() => {
  const reason = relay.unready();
  if (reason === said) return;
  said = reason;
  relay.log.warn(reason === undefined ? 'backends are ready again' : 'backends are not ready', { reason });
  control.state(reason === undefined, reason);
}, WATCH_MS);
