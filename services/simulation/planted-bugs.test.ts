import { expect, test } from 'bun:test';
import { runCampaign } from './campaign.ts';
import { PLANTED_BUGS } from './planted-bugs.ts';

/** Schedules in which each must be found; what it took is printed. */
const SCHEDULES = 6_000;
const LIMIT_MS = 120_000;

test('there are at least ten planted bugs', () => {
  expect(Object.keys(PLANTED_BUGS).length).toBeGreaterThanOrEqual(10);
});

for (const [bug, flaws] of Object.entries(PLANTED_BUGS)) {
  test(
    `the simulator finds that ${bug}`,
    async () => {
      const campaign = { firstSeed: 1, step: 1, schedules: SCHEDULES, untilMs: Date.now() + LIMIT_MS, first: true };
      const { failures, schedules } = await runCampaign({ ...campaign, flaws }, Date.now);
      const [found] = failures;
      if (found === undefined) throw new Error(`not found in ${schedules} schedules`);
      console.log(`found after ${schedules} schedules: ${found.violations[0]}`);
      // The same schedule without the bug has nothing against it.
      const sound = await runCampaign({ ...campaign, firstSeed: found.seed, schedules: 1 }, Date.now);
      expect(sound.failures).toEqual([]);
    },
    LIMIT_MS + 10_000,
  );
}
