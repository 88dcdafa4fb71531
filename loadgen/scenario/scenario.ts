/**
 * A scenario: who is there, what they send, who disturbs them and how, what must hold nevertheless, and where it may be sent.
 * Plain data; a file in `loadgen/scenarios/` is one of these. Times in whole seconds unless the name says otherwise.
 */
export interface Scenario {
  readonly name: string;
  /** One line: what it shows. */
  readonly about: string;
  readonly population: PopulationWords;
  readonly arrival: ArrivalWords;
  readonly duration: DurationWords;
  /** What goes on in the disturbed parts, all at once; each kind once. Empty: plain traffic. */
  readonly behaviours: readonly Behaviour[];
  readonly objectives: Objectives;
  /** Of the box that is started for it. */
  readonly box?: BoxWords;
  /** Hosts that it may be sent to besides this machine. */
  readonly hosts?: readonly string[];
  readonly seed?: number;
}

export interface PopulationWords {
  readonly connections: number;
  /** Left out: a tenth of the connections. */
  readonly conversations?: number;
  /** Of conversations, that have 3 to 16 members. Left out: 0.2. */
  readonly groupShare?: number;
  readonly heartbeatSeconds?: number;
}

export interface ArrivalWords {
  readonly connectionsPerSecond: number;
  readonly sendsPerSecond: number;
}

/** Warm, then turns of a calm part and a disturbed one. */
export interface DurationWords {
  readonly warmSeconds: number;
  readonly calmSeconds: number;
  readonly disturbedSeconds: number;
  readonly turns: number;
  /** At the beginning of each part, that counts in neither. Left out: 1. */
  readonly guardSeconds?: number;
}

export interface Objectives {
  /** p99 of the neighbours while they are disturbed, over theirs in the calm. */
  readonly neighboursTimes?: number;
  readonly acceptedP99Ms?: number;
  readonly deliveredP99Ms?: number;
  /** A target that is not started for it is left alone when, over `windowSeconds`, one of these is passed. */
  readonly abort?: AbortWords;
}

export interface AbortWords {
  readonly windowSeconds: number;
  readonly acceptedP99Ms: number;
  /** Of the sends of the window, that were refused or had no answer. */
  readonly failedShare: number;
}

export interface BoxWords {
  readonly edges?: number;
  readonly tls?: boolean;
  /** Messages that one conversation takes a second. */
  readonly conversationRate?: number;
  readonly sendBufferBytes?: number;
  readonly attemptsPerAddressPerSecond?: number;
}

/** One conversation whose members all answer, in turn. */
export interface HotBehaviour {
  readonly kind: 'hot';
  readonly members: number;
  /** Of all members together. */
  readonly answersPerSecond: number;
}

export const ATTACKS = ['deaf', 'mute', 'noHello', 'halfOpen', 'trickle', 'oversize', 'flood'] as const;
export type Attack = (typeof ATTACKS)[number];

/** Clients that cost a server more than they should; see `loadgen/slow/`. */
export interface SlowBehaviour {
  readonly kind: 'slow';
  readonly attacks: readonly Attack[];
  /** Of each kind, in each disturbed part, flood apart. */
  readonly clients: number;
  /** Connects without a valid token. */
  readonly floodPerSecond: number;
}

/** Devices that sleep: the last ones of the population, as many for each period. */
export interface MobileBehaviour {
  readonly kind: 'mobile';
  readonly heartbeatSeconds: readonly number[];
  readonly sleepsPerDeviceHour: number;
  readonly sleepSeconds: number;
  /** After the last byte a radio stays on for so long. */
  readonly radioTailSeconds: number;
}

export type Behaviour = HotBehaviour | SlowBehaviour | MobileBehaviour;
export type BehaviourOf<Kind extends Behaviour['kind']> = Extract<Behaviour, { readonly kind: Kind }>;

export function behaviourOf<Kind extends Behaviour['kind']>(scenario: Scenario, kind: Kind): BehaviourOf<Kind> | undefined {
  return scenario.behaviours.find((one): one is BehaviourOf<Kind> => one.kind === kind);
}

const MOST_FOR_HOT = 4;

/**
 * How many workers the load engine needs at least: one for each heartbeat period of mobile devices, one for the others, and so
 * many that the first holds little beside the hot conversation: what reads its deliveries must not delay a neighbour's.
 */
export function leastWorkers(scenario: Scenario): number {
  const hot = behaviourOf(scenario, 'hot');
  const forHot = hot === undefined ? 1 : Math.min(MOST_FOR_HOT, Math.max(1, Math.floor(scenario.population.connections / hot.members)));
  return Math.max(forHot, (behaviourOf(scenario, 'mobile')?.heartbeatSeconds.length ?? 0) + 1);
}
