import { expect, test } from 'bun:test';
import { dirname } from 'node:path';
import { runCampaign } from './campaign.ts';
import { seedOfSources } from './seed-of-sources.ts';

/** About a minute of this machine. A number and not a time, so that a slow machine runs the same ones. */
const SCHEDULES = 10_000;
const DEADLINE_MS = 600_000;

test(
  `${SCHEDULES} schedules from seeds that the sources decide violate nothing`,
  async () => {
    const startedMs = Date.now();
    const firstSeed = seedOfSources(dirname(import.meta.dir));
    const campaign = { firstSeed, step: 1, schedules: SCHEDULES, untilMs: Number.POSITIVE_INFINITY };
    const { schedules, events, failures } = await runCampaign(campaign, Date.now);
    const seconds = ((Date.now() - startedMs) / 1_000).toFixed(1);
    console.log(
      `${schedules} schedules of ${Math.round(events / schedules)} events from seed ${firstSeed} in ${seconds} s on one processor`,
    );
    expect(failures.map(({ seed, violations }) => `parley simulate --seed ${seed}: ${violations[0]}`)).toEqual([]);
  },
  DEADLINE_MS,
);
