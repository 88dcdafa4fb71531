/** `parley start`: a box, connections and sends at the same time, and the verdict on the two rows of the capacity sheet. */
import { loadVerb } from './load-command.ts';

export const verb = loadVerb(
  'start',
  'start a box, load it, and give the verdict on its rows of the capacity sheet',
  'Starts a box with embedded backends, holds connections and sends among them at the same time, and judges the rows\n"connections per box" (500,000) and "sends per second per box" (2,500). A smaller run extrapolates, and says with what error.',
  'parley start --connections 500000 --rate 2500',
);
