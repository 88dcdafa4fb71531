import { expect, test } from 'bun:test';
import { runCampaign } from './campaign.ts';

const MINUTE_MS = 60_000;

test(
  'a minute of schedules from new seeds violates nothing',
  async () => {
    const startedMs = Date.now();
    const firstSeed = startedMs % 1_000_000_000;
    const campaign = { firstSeed, step: 1, schedules: Number.MAX_SAFE_INTEGER, untilMs: startedMs + MINUTE_MS };
    const { schedules, events, failures } = await runCampaign(campaign, Date.now);
    console.log(`${schedules} schedules of ${Math.round(events / schedules)} events from seed ${firstSeed} on one processor`);
    expect(failures.map(({ seed, violations }) => `parley simulate --seed ${seed}: ${violations[0]}`)).toEqual([]);
  },
  MINUTE_MS + 30_000,
);
