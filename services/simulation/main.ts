/** A process that runs its share of a campaign and prints the tally as one line of JSON. Started by the verb. */
import { runCampaign } from './campaign.ts';

const [firstSeed, step, schedules, untilMs] = process.argv.slice(2).map(Number) as [number, number, number, number];
process.stdout.write(`${JSON.stringify(await runCampaign({ firstSeed, step, schedules, untilMs }, Date.now))}\n`);
