/**
 * A storm of reconnects, as one closed formula: who comes back is told when to come again where the admissions are full, and is let
 * in then. Two numbers of it are the model of flows' (`capacity/storm/`), which holds it by a test: how many more admissions it takes
 * until the last is back, since clients wait a random time on top of what they are told, and how often a client is refused before.
 * The formula stays because a plan becomes the formulas of a workbook, where a simulation can't follow.
 */

export interface Storm {
  /** Connections of one gateway that come back. */
  readonly connections: number;
  /** Time in which all of them must be back. */
  readonly withinSeconds: number;
  /** Those that come on any day besides, at one gateway. */
  readonly ordinaryPerSecond: number;
  readonly usPerConnect: number;
  /** Of one that comes back, with its refusals. */
  readonly usPerReturn: number;
  /** Admissions over those that come back, each in its turn without a gap. */
  readonly spread: number;
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
  const returnsPerSecond = (storm.connections * storm.spread) / storm.withinSeconds;
  const ordinaryUs = storm.ordinaryPerSecond * storm.usPerConnect;
  const possiblePerSecond = (storm.freeCores * 1e6 - ordinaryUs) / storm.usPerReturn;
  const secondsBack =
    storm.connections === 0 ? 0 : possiblePerSecond > 0 ? (storm.connections * storm.spread) / possiblePerSecond : Number.POSITIVE_INFINITY;
  return {
    admissionsPerSecond: storm.ordinaryPerSecond + returnsPerSecond,
    cores: (ordinaryUs + returnsPerSecond * storm.usPerReturn) / 1e6,
    secondsBack,
    absorbed: secondsBack <= storm.withinSeconds * (1 + 1e-9),
  };
}
