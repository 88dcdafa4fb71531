/** What the parts of the transport contract share: users of their own, and refusals before the upgrade. */
import type { TestBox, TestBoxOptions } from '../test-box.harness.ts';
import { type Refusal, upgradeText, WebSocketClient } from '../web-socket.harness.ts';

export type TransportUnderTest = Pick<TestBoxOptions, 'transport' | 'tls'>;

/** A user that no other test of the file has: tests share a box. */
let lastUser = 1_000;
export const nextUser = () => ++lastUser;

export async function refusalOf(box: TestBox, headers: Record<string, string>, path?: string): Promise<Refusal> {
  const client = await WebSocketClient.connect(box.endpoint);
  client.write(upgradeText(headers, path));
  await client.until(() => client.refusal !== undefined || client.upgraded, 'a refusal');
  client.leave();
  if (client.refusal === undefined) throw new Error('the upgrade was not refused');
  return client.refusal;
}

export function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}
