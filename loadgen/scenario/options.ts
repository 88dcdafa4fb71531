/** From the words of a scenario to a run's options and a box's flags. Pure. */
import { DEFAULT_OPTIONS, type Elsewhere, type RunOptions } from '../coordinator/plan.ts';
import { boxFlags } from '../frame/box-flags.ts';
import type { PhasePlan } from '../plan/phases.ts';
import { behaviourOf, type Scenario } from './scenario.ts';

/** Everybody is there again some while after the last one woke. */
const QUIET_SECONDS = 30;
/** A target that was left alone is asked again for no longer than this. */
const ELSEWHERE_QUIET_SECONDS = 5;
const ELSEWHERE_COME_BACK_MS = 5_000;
/** Bounds of the box that a scenario does not name must not be what it meets. */
const ROOM = 4;

export function phasesOf({ duration }: Scenario): PhasePlan {
  return { ...duration, guardSeconds: duration.guardSeconds ?? 1 };
}

export function runOptionsOf(scenario: Scenario, command: readonly string[], elsewhere?: Elsewhere): RunOptions {
  const { population, arrival } = scenario;
  const hot = behaviourOf(scenario, 'hot');
  const mobile = behaviourOf(scenario, 'mobile');
  return {
    ...DEFAULT_OPTIONS,
    name: scenario.name,
    command,
    connections: population.connections,
    connectionsPerSecond: arrival.connectionsPerSecond,
    sendsPerSecond: arrival.sendsPerSecond,
    idleSeconds: 0,
    settleSeconds: 0.5,
    quietSeconds: elsewhere === undefined ? QUIET_SECONDS + 2 * (mobile?.sleepSeconds ?? 0) : ELSEWHERE_QUIET_SECONDS,
    heartbeatSeconds: population.heartbeatSeconds ?? DEFAULT_OPTIONS.heartbeatSeconds,
    tls: scenario.box?.tls === true,
    tokenAlgorithm: elsewhere === undefined ? 'HS256' : 'EdDSA',
    seed: scenario.seed ?? DEFAULT_OPTIONS.seed,
    ...(population.conversations === undefined ? {} : { conversations: population.conversations }),
    groupShare: population.groupShare ?? DEFAULT_OPTIONS.groupShare,
    turns: {
      phases: phasesOf(scenario),
      ...(hot === undefined ? {} : { hot: { members: hot.members, sendsPerSecond: hot.answersPerSecond } }),
      ...(mobile === undefined ? {} : { mobile }),
    },
    ...(elsewhere === undefined ? {} : { elsewhere, reconnect: { ...DEFAULT_OPTIONS.reconnect, capMs: ELSEWHERE_COME_BACK_MS } }),
  };
}

export function boxFlagsOf({ population, arrival, box = {} }: Scenario, edges: number): string[] {
  const perSecond = Math.max(1_000, arrival.connectionsPerSecond * ROOM);
  return boxFlags({
    edges,
    'max-connections': population.connections + 10_000,
    'heartbeat-seconds': population.heartbeatSeconds ?? DEFAULT_OPTIONS.heartbeatSeconds,
    'admissions-per-second': perSecond,
    'admission-burst': perSecond,
    ...(box.attemptsPerAddressPerSecond === undefined
      ? {}
      : {
          'attempts-per-address-per-second': box.attemptsPerAddressPerSecond,
          'attempts-per-address-burst': box.attemptsPerAddressPerSecond,
        }),
    'conversation-rate': box.conversationRate,
    'send-buffer-bytes': box.sendBufferBytes,
    tls: box.tls,
  });
}
