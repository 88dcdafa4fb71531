/**
 * Whether a value is a scenario, and one that can be: fields, their kinds, and what they say together. Pure. Gives every problem
 * as one line; none: it is a Scenario.
 */
import { LIMITS } from '../../services/protocol/limits.ts';
import { phasesSeconds } from '../plan/phases.ts';
import { BOUNDS } from '../slow/bounds.ts';
import { ATTACKS, behaviourOf, leastWorkers, type Scenario } from './scenario.ts';
import { fields, type Kind, kinds, list, number, oneOf, text, truth, whole } from './words.ts';

export const MOST_HOURS = 24;
/** Messages of a run are numbered with 32 bits; their cells of deliveries must fit into memory. */
const MOST_DELIVERIES = 1_000_000_000;
/** Of the load engine, measured: `npm start` prints 148 us a send. What is below a third of it no machine of today does. */
const LEAST_ENGINE_US_PER_SEND = 50;
const LEAST_US_PER_CONNECTION = 35;
/** To open the sockets, and for the box's counters to be there. */
const SIEGE_SECONDS = 3;
/** Sends of a conversation come by chance, and bunched after a stall. */
const RATE_ROOM = 10;
const LEAST_NEIGHBOURS = 32;
const LARGEST_GROUP = 16;
const host = text(/^[a-z0-9.:[\]-]{1,253}$/i, 'the name or address of a host');

const SCENARIO: Kind = fields({
  name: text(/^[a-z0-9-]{1,40}$/, 'small letters, digits and dashes'),
  about: text(/^[^\n]{1,200}$/, 'one line'),
  population: fields({
    connections: whole(LEAST_NEIGHBOURS, 10_000_000),
    'conversations?': whole(1, 10_000_000),
    'groupShare?': number(0, 1),
    'heartbeatSeconds?': whole(LIMITS.heartbeatMinSeconds.value, LIMITS.heartbeatMaxSeconds.value),
  }),
  arrival: fields({ connectionsPerSecond: number(1, 1_000_000), sendsPerSecond: number(1, 1_000_000) }),
  duration: fields({
    warmSeconds: whole(0, 3_600),
    calmSeconds: whole(1, 86_400),
    disturbedSeconds: whole(0, 86_400),
    turns: whole(1, 1_000),
    'guardSeconds?': number(0, 60),
  }),
  behaviours: list(
    kinds({
      hot: fields({
        kind: oneOf(['hot']),
        members: whole(3, LIMITS.membersPerConversation.value),
        answersPerSecond: number(0.1, 10_000),
      }),
      slow: fields({
        kind: oneOf(['slow']),
        attacks: list(oneOf(ATTACKS), 1, ATTACKS.length),
        clients: whole(1, 1_000),
        floodPerSecond: whole(0, 2_000),
      }),
      mobile: fields({
        kind: oneOf(['mobile']),
        heartbeatSeconds: list(whole(LIMITS.heartbeatMinSeconds.value, LIMITS.heartbeatMaxSeconds.value), 1, 8),
        sleepsPerDeviceHour: number(0, 3_600),
        sleepSeconds: number(0.1, 3_600),
        radioTailSeconds: number(0.1, 60),
      }),
    }),
    0,
    3,
  ),
  objectives: fields({
    'neighboursTimes?': number(1, 100),
    'acceptedP99Ms?': number(0.1, 600_000),
    'deliveredP99Ms?': number(0.1, 600_000),
    'abort?': fields({ windowSeconds: whole(1, 600), acceptedP99Ms: number(0.1, 600_000), failedShare: number(0, 1) }),
  }),
  'box?': fields({
    'edges?': whole(1, 1_000),
    'tls?': truth,
    'conversationRate?': whole(1, 1_000_000),
    'sendBufferBytes?': whole(4_096, 16_777_216),
    'attemptsPerAddressPerSecond?': whole(1, 1_000_000),
  }),
  'hosts?': list(host, 0, 1_000),
  'seed?': whole(0, 2 ** 32 - 1),
});

/** `cores`: of the machine that is to load; rates beyond what it can offer are a problem. */
export function scenarioProblems(value: unknown, cores: number): string[] {
  const wrong = SCENARIO(value, '');
  return wrong.length > 0 ? wrong : together(value as Scenario, cores);
}

function together(scenario: Scenario, cores: number): string[] {
  const { population, arrival, duration, behaviours, objectives } = scenario;
  const problems: string[] = [];
  const problem = (condition: boolean, line: string) => void (condition && problems.push(line));
  const seconds = phasesSeconds({ ...duration, guardSeconds: 0 });
  const offers = (perSecond: number, us: number) => (perSecond * us) / 1_000_000 > cores;
  problem(
    offers(arrival.sendsPerSecond, LEAST_ENGINE_US_PER_SEND),
    `arrival.sendsPerSecond: ${arrival.sendsPerSecond} is impossible: at ${LEAST_ENGINE_US_PER_SEND} us each the load engine alone needs more than the ${cores} processors of this machine`,
  );
  problem(
    offers(arrival.connectionsPerSecond, LEAST_US_PER_CONNECTION),
    `arrival.connectionsPerSecond: ${arrival.connectionsPerSecond} is impossible: at ${LEAST_US_PER_CONNECTION} us each the load engine alone needs more than the ${cores} processors of this machine`,
  );
  problem(seconds > MOST_HOURS * 3_600, `duration: ${Math.round(seconds / 3_600)} h, at most ${MOST_HOURS}`);
  const kindsGiven = behaviours.map(({ kind }) => kind);
  problem(new Set(kindsGiven).size < kindsGiven.length, 'behaviours: each kind once');
  problem(behaviours.length > 0 && duration.disturbedSeconds === 0, 'duration.disturbedSeconds: 0, and there are behaviours that need it');
  problem(behaviours.length === 0 && duration.disturbedSeconds > 0, 'duration.disturbedSeconds: nothing disturbs; give a behaviour, or 0');
  problem(
    (duration.guardSeconds ?? 1) >= Math.min(duration.calmSeconds, duration.disturbedSeconds || duration.calmSeconds),
    'duration.guardSeconds: at least as long as a part of a turn, so nothing of it would count',
  );
  problem(
    behaviours.length === 0 && objectives.neighboursTimes !== undefined,
    'objectives.neighboursTimes: nothing disturbs the neighbours',
  );
  const slowest = Math.max(0, ...(behaviourOf(scenario, 'slow')?.attacks ?? []).map((attack) => BOUNDS[attack].seconds));
  problem(
    slowest > 0 && slowest + SIEGE_SECONDS > duration.disturbedSeconds,
    `duration.disturbedSeconds: ${duration.disturbedSeconds}, at least ${slowest + SIEGE_SECONDS} for the limits of these attacks to be seen`,
  );
  const hot = behaviourOf(scenario, 'hot');
  const rate = scenario.box?.conversationRate;
  const conversations = population.conversations ?? Math.max(1, Math.ceil(population.connections / 10));
  problem(
    rate !== undefined && (arrival.sendsPerSecond / conversations) * RATE_ROOM > rate,
    `box.conversationRate: ${rate}/s is less than ${RATE_ROOM} times the ${(arrival.sendsPerSecond / conversations).toFixed(2)}/s that each other conversation has, so chance would refuse some of theirs`,
  );
  const periods = behaviourOf(scenario, 'mobile')?.heartbeatSeconds.length ?? 0;
  const mobile = Math.ceil((population.connections * periods) / leastWorkers(scenario));
  problem(
    population.connections - mobile - (hot?.members ?? 0) < LEAST_NEIGHBOURS || (mobile > 0 && mobile < LARGEST_GROUP),
    `population.connections: ${population.connections} leave fewer than ${LEAST_NEIGHBOURS} neighbours beside ${hot?.members ?? 0} in the hot conversation and ${mobile} mobile devices`,
  );
  const hotDeliveries = (hot?.answersPerSecond ?? 0) * duration.disturbedSeconds * duration.turns * (hot?.members ?? 0);
  problem(
    hotDeliveries + arrival.sendsPerSecond * seconds * 3 > MOST_DELIVERIES,
    `behaviours: more than ${MOST_DELIVERIES} deliveries to account for`,
  );
  return problems;
}
