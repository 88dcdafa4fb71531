/** What the model, fitted to a storm that was measured, says of a larger one before it is run. */
import { fitStorm, largerScene } from '../../capacity/storm/fit.ts';
import { recoveryOf } from '../../capacity/storm/recovery.ts';
import { simulateStorm } from '../../capacity/storm/storm.ts';
import { backoffOf, type StormOptions } from './storm-options.ts';
import type { StormPrediction, StormRecord } from './storm-record.ts';

export function predictStorm(small: StormRecord, options: StormOptions): StormPrediction | { readonly unfit: string } {
  if (!small.complete || small.caughtUpSeconds.some((seconds) => seconds === null))
    return { unfit: `the storm of ${small.observation.dropped} was not overcome or was cut short` };
  if (small.options.drop !== options.drop) return { unfit: `it was fitted to a loss of ${small.options.drop}, not of ${options.drop}` };
  const fit = fitStorm(small.observation);
  const scene = largerScene(small.observation, fit, {
    connections: options.connections,
    dropped: Math.round((small.seen.dropped / small.options.connections / small.options.share) * options.connections * options.share),
    admissionsPerSecond: options.admissionsPerSecond,
    admissionBurst: options.admissionBurst,
    policy: backoffOf(options),
    cores: small.observation.cores,
  });
  const course = simulateStorm(scene);
  return {
    schema: 1,
    at: new Date().toISOString(),
    fittedOn: { id: small.id, connections: small.options.connections, dropped: small.seen.dropped },
    fit,
    recovery: recoveryOf(scene, course),
    passageSeconds: scene.passageSeconds ?? 0,
    caughtUpCurve: { stepSeconds: course.stepSeconds, clients: Array.from(course.caughtUp, (clients) => Math.round(clients * 10) / 10) },
  };
}
