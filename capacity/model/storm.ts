/**
 * A storm of reconnects, as one closed formula: who comes back is admitted at a set rate, is told when to come again where that
 * is full, and nobody is served twice. What the clients' backoff does to the arrivals is left out: a model of flows replaces
 * this function with the same question and answer.
 */

export interface Storm {
  /** Connections of one gateway that come back. */
  readonly connections: number;
  /** Time in which all of them must be back. */
  readonly withinSeconds: number;
  /** Those that come on any day besides, at one gateway. */
  readonly ordinaryPerSecond: number;
  readonly usPerConnect: number;
  /** Processors of a gateway that are free for connects while the storm lasts. */
  readonly freeCores: number;
}

export interface StormAnswer {
  /** What a gateway must admit: the ordinary ones and the storm within its time. */
  readonly admissionsPerSecond: number;
  /** Processors that it asks for. */
  readonly cores: number;
  /** Time back at the rate that the free processors allow; above `withinSeconds` where they do not suffice. */
  readonly secondsBack: number;
  readonly absorbed: boolean;
}

export function stormAnswer(storm: Storm): StormAnswer {
  const admissionsPerSecond = storm.ordinaryPerSecond + storm.connections / storm.withinSeconds;
  const cores = (admissionsPerSecond * storm.usPerConnect) / 1e6;
  const possiblePerSecond = (storm.freeCores * 1e6) / storm.usPerConnect;
  const forStorm = possiblePerSecond - storm.ordinaryPerSecond;
  const secondsBack = storm.connections === 0 ? 0 : forStorm > 0 ? storm.connections / forStorm : Number.POSITIVE_INFINITY;
  return { admissionsPerSecond, cores, secondsBack, absorbed: secondsBack <= storm.withinSeconds * (1 + 1e-9) };
}
