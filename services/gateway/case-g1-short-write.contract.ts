/** G1 short write: a relay process that stops reading for seconds while edges forward to it, on a whole box. */
import { afterEach, describe, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { ERROR_CODES } from '../protocol/error-codes.ts';
import { seededNumbers } from '../runtime/seeded-numbers.ts';
import type { BoxProcess } from './box-process.harness.ts';
import type { StartBox } from './box-services.contract.ts';
import { eventually } from './test-box.harness.ts';
import { sendFrame, TestClient } from './test-client.harness.ts';
import { upgradeText, WebSocketClient } from './web-socket.harness.ts';

const STOPPED_MS = 5_000;
const below = seededNumbers(9_682);

/** A sender with a conversation, and its other device that sees what arrives. */
interface Line {
  readonly sender: TestClient;
  readonly reader: TestClient;
  readonly conversation: number;
  readonly sums: string[];
}

const sum = (bytes: Uint8Array) => createHash('sha1').update(bytes).digest('base64');

async function openLines(box: BoxProcess, count: number): Promise<Line[]> {
  return await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const user = index * 2 + 1;
      const [sender, reader] = [
        await TestClient.live(box.endpoint, box.token(user, 0), { heartbeatSeconds: 60 }),
        await TestClient.live(box.endpoint, box.token(user, 1), { heartbeatSeconds: 60 }),
      ];
      const conversation = await sender.create(user + 1);
      return { sender, reader, conversation, sums: [] };
    }),
  );
}

/** A body of 1 to 64 KiB, most of them small, that no other equals. */
function body(): Uint8Array {
  const bytes = new Uint8Array(Math.floor(1_024 * 64 ** ((below(1_000) / 1_000) ** 3)));
  const step = below(255) + 1;
  for (let at = 0; at < bytes.length; at++) bytes[at] = (at * step) & 255;
  new DataView(bytes.buffer).setUint32(0, below(2 ** 32));
  return bytes;
}

export function describeShortWriteCase(name: string, start: StartBox): void {
  describe(`G1 on ${name}`, () => {
    let box: BoxProcess | undefined;
    afterEach(async () => {
      await box?.end();
      box = undefined;
    });

    test('20,000 frames of 1 to 64 KiB for a relay that is stopped: each arrives once, whole, in order; the tail keeps to its limit', async () => {
      const limit = 256 * 1_048_576;
      const settings = ['--link-tail-bytes', String(limit), '--relay-pending-bytes', String(limit), '--send-buffer-bytes', '16777216'];
      box = await start('--edges', '2', '--drain-seconds', '2', ...settings);
      const lines = await openLines(box, 80);
      const { relay } = box.description.pids;
      process.kill(relay, 'SIGSTOP');
      const stoppedMs = Date.now();
      const accepted = () => lines.reduce((all, { sender }) => all + sender.of('accepted').length, 0);
      const before = accepted();
      for (let frame = 0; frame < 250; frame++) {
        for (const { sender, conversation, sums } of lines) {
          const bytes = body();
          sums.push(sum(bytes));
          sender.send(sendFrame(conversation, bytes));
        }
        await Bun.sleep(1);
      }
      expect(accepted()).toBe(before);
      // One endpoint tells what the edges keep, while the relay is shown as missing.
      const text = await box.metricsText();
      expect(text).toContain('parley_process_up{process="relay"} 0');
      expect(text).not.toContain('parley_relay_sessions ');
      expect(await box.metric('parley_edge_link_tail_bytes')).toBeGreaterThan(10_000_000);
      // Clients stay; new ones are told to come back, since nobody would answer their HELLO.
      const client = await WebSocketClient.connect(box.endpoint);
      client.write(upgradeText({ authorization: `Bearer ${box.token(9_999)}` }));
      await client.until(() => client.refusal !== undefined || client.upgraded, 'an answer');
      expect(client.refusal?.headers.get('parley-error')).toBe('relayAway');
      client.leave();
      await Bun.sleep(Math.max(0, STOPPED_MS - (Date.now() - stoppedMs)));
      process.kill(relay, 'SIGCONT');
      for (const { sender, reader, conversation, sums } of lines) {
        await sender.until(() => sender.of('sequenced').length === 251, 'every sequence', 60_000);
        await reader.until(() => reader.delivered(conversation).length === 251, 'every entry', 60_000);
        expect(sender.of('sequenced').map(({ sequence }) => sequence)).toEqual(Array.from({ length: 251 }, (_, index) => index + 1));
        const entries = reader.of('deliver');
        expect(entries.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 251 }, (_, index) => index + 1));
        expect(entries.slice(1).map((entry) => sum(entry.body))).toEqual(sums);
        expect(sender.of('error')).toEqual([]);
      }
      expect(await box.metric('parley_edge_link_tail_max_bytes')).toBeLessThanOrEqual(limit);
      expect(await box.metric('parley_edge_link_tail_bytes')).toBe(0);
      expect(lines.every(({ sender, reader }) => sender.socket.ended === undefined && reader.socket.ended === undefined)).toBe(true);
    }, 120_000);

    test('at the limit of the tail sends are refused by code, with a time to come back, and nothing that was taken is lost', async () => {
      const limit = 1_048_576;
      box = await start('--edges', '1', '--drain-seconds', '2', '--link-tail-bytes', String(limit));
      const [line] = await openLines(box, 1);
      const { sender, conversation } = line!;
      const { relay } = box.description.pids;
      process.kill(relay, 'SIGSTOP');
      const frames = Array.from({ length: 200 }, () => sendFrame(conversation, body().subarray(0, 20_000)));
      const large = Array.from({ length: 50 }, () => sendFrame(conversation, new Uint8Array(60_000)));
      for (const frame of [...frames, ...large]) sender.send(frame);
      await sender.until(() => sender.of('error').length > 0, 'a refusal');
      await Bun.sleep(500);
      const refused = sender.of('error').length;
      for (const error of sender.of('error')) {
        expect(error.code).toBe(ERROR_CODES.busy.code);
        expect(error.retryAfterMs).toBeGreaterThanOrEqual(1_000);
      }
      expect(await box.metric('parley_edge_link_tail_max_bytes')).toBeLessThanOrEqual(limit);
      process.kill(relay, 'SIGCONT');
      await sender.until(() => sender.of('sequenced').length === 251 - refused, 'what was taken', 20_000);
      const ids = new Set(sender.of('sequenced').map(({ id }) => Buffer.from(id).toString('hex')));
      for (const error of sender.of('error')) expect(ids.has(Buffer.from(error.id).toString('hex'))).toBe(false);
      await eventually(async () => (await box!.metric('parley_edge_link_tail_bytes')) === 0, 'the tail to empty');
      expect(await sender.say(conversation, 'and on')).toBe(252 - refused);
    }, 60_000);
  });
}
