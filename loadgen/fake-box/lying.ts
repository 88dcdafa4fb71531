/** Ways in which the fake box lies to the load engine, by name: `--lies NAME`. Each begins while messages flow. */
import { ENTRY_KINDS } from '../../services/protocol/frame-table.ts';
import type { FakeBox } from './fake-box.ts';

/** Its n-th send: by then everybody talks. */
const BEGIN_SENDS = 40;
const EVERY = 25;

export const BOX_LIES = {
  /** ACCEPTED, and nothing after it. */
  acknowledgesAndLoses: (box) => {
    let sends = 0;
    box.misbehaviour.loseAfterAccepting = () => ++sends % EVERY === 0;
  },
  /** The same message again under the next sequence, which the next message then has as well. */
  deliversTwice: (box) => {
    let messages = 0;
    box.misbehaviour.deliveries = (entry) =>
      entry.kind === ENTRY_KINDS.message && ++messages % EVERY === 0 ? [entry, { ...entry, sequence: entry.sequence + 1 }] : [entry];
  },
  /** Sessions are gone and their sockets stay: heartbeats go on, messages do not come. */
  answersTheDead: (box) => onceAt(box, () => box.forget((key) => key % 5 < 2)),
  /** Clients are closed and come back by themselves, as if nothing had been. */
  closesSilently: (box) => onceAt(box, () => box.closeClients(1001, (key) => key % 5 < 2)),
  /** A part of it was started again from other sources. */
  changesItsBuild: (box) =>
    onceAt(box, () => {
      box.build = { ...box.build, sources: [...box.build.sources, 'others'] };
    }),
  /** What is left is served quickly. */
  refusesTheLoad: (box) => {
    let sends = 0;
    box.misbehaviour.refuseSend = () => (++sends % 3 === 0 ? 'notAllowed' : undefined);
  },
} as const satisfies Record<string, (box: FakeBox) => void>;

export type BoxLie = keyof typeof BOX_LIES;

function onceAt(box: FakeBox, act: () => void): void {
  box.misbehaviour.beforeSend = (sends) => {
    if (sends === BEGIN_SENDS) act();
  };
}
