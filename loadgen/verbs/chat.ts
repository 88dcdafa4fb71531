/** `parley chat`: holds connections and sends messages among them, open loop. */
import { loadVerb } from './load-command.ts';

export const verb = loadVerb(
  'chat',
  'hold connections and send messages among them at a set rate',
  'Sends R messages per second among N connections, each when it is due, keeps a ledger of every one, and judges N and R.',
  'parley chat --connections 10000 --rate 5000 --hold-seconds 120',
);
