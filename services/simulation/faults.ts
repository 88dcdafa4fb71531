/** What goes wrong in a simulation, done to its parts. */
import { killRelay } from './box.ts';
import type { Backend } from './courier.ts';
import type { Fault } from './schedule.ts';
import type { System } from './system.ts';
import { type Life, WORLD } from './virtual-time.ts';

/** Of ten thousand commands so many fail in a storm. */
const STORM_FAILURES = 2_500;

export function inject(system: System, fault: Fault): void {
  const { time, below } = system;
  const { forMs, target } = fault;
  const untilMs = time.nowMs + forMs;
  time.note(() => `FAULT ${fault.kind} ${target} for ${forMs} ms`);
  const device = system.devices[target % system.devices.length]!;
  const gateway = system.gateways[target % system.gateways.length]!;
  const edge = gateway.edges[(target >> 1) % gateway.edges.length]!;
  const dispatcher = system.dispatchers[target % system.dispatchers.length]!;
  const later = (run: () => void) => void time.after(WORLD, Math.max(1, forMs), 'back', run);
  switch (fault.kind) {
    case 'clientDrop':
      return device.drop(below(3) === 0 ? 2_500 : below(100));
    case 'clientFlap':
      for (let atMs = 0; atMs < forMs; atMs += 20 + below(150)) time.after(WORLD, atMs, 'flap', () => device.drop(below(100)));
      return;
    case 'clientCrash':
      if (!device.life.alive) return;
      device.die();
      return later(() => device.start());
    case 'clientPause':
      return pause(device.life, untilMs);
    case 'edgeCrash':
      if (!edge.life.alive) return;
      edge.die();
      return later(() => edge.start());
    case 'edgePause':
      return pause(edge.life, untilMs);
    case 'linkCut':
      return edge.cutLink();
    case 'relayCrash':
      if (gateway.relay === undefined) return;
      killRelay(gateway.relay);
      gateway.relay = undefined;
      return later(() => system.startRelay(gateway));
    case 'relayStop': {
      const { relay } = gateway;
      if (relay === undefined) return;
      time.after(relay.life, 0, 'stop', () => void relay.relay.stop());
      gateway.relay = undefined;
      return later(() => {
        killRelay(relay);
        system.startRelay(gateway);
      });
    }
    case 'relayPause':
      return pause(gateway.relay?.life, untilMs);
    case 'dispatchCrash':
      if (dispatcher.life === undefined) return;
      system.endDispatch(dispatcher.life);
      dispatcher.life = undefined;
      return later(() => system.startDispatch(dispatcher));
    case 'dispatchStop': {
      const { life, dispatch } = dispatcher;
      if (life === undefined || dispatch === undefined) return;
      dispatcher.life = undefined;
      time.after(life, 0, 'stop', () => void dispatch.stop().catch(() => undefined));
      return later(() => {
        system.endDispatch(life);
        system.startDispatch(dispatcher);
      });
    }
    case 'dispatchPause':
      if (system.schedule.embedded) for (const backend of system.backends) away(backend, untilMs);
      return pause(dispatcher.life, untilMs);
    case 'partitionsMove':
      return system.bus.shuffle();
    case 'busOutage':
      return away(system.bus, untilMs);
    case 'storeOutage':
      return away(system.storeBackend, untilMs);
    case 'routesOutage':
      return away(system.routesBackend, untilMs);
    case 'routesLost':
      return system.loseRoutes();
    case 'leaseLapse':
      gateway.courier?.cutOffUntilMs.set('routes', untilMs);
      return;
    case 'clockBack':
      // A log of this process does not go back (LogClock); one that has a broker does.
      if (system.schedule.embedded) return;
      system.bus.clockBackMs = 1 + below(5_000);
      return later(() => {
        system.bus.clockBackMs = 0;
      });
    case 'storm':
      system.weather.failures = STORM_FAILURES;
      return later(() => {
        system.weather.failures = system.schedule.failures;
      });
  }
}

function away(backend: Backend, untilMs: number): void {
  backend.awayUntilMs = Math.max(backend.awayUntilMs, untilMs);
}

/** What it has under way waits for the end of the longest pause: an earlier end would turn its order round. */
function pause(life: Life | undefined, untilMs: number): void {
  if (life !== undefined) life.pausedUntilMs = Math.max(life.pausedUntilMs, untilMs);
}
