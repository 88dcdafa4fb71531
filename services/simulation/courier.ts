/**
 * Carries the commands of a process to a backend and the answers back, with what a network does to them: delays, refusals,
 * answers that are lost after the command was applied, commands that are applied after the caller has given up.
 */
import { BackendError } from '../runtime/backend-error.ts';
import { type Life, type VirtualTime, WORLD } from './virtual-time.ts';

export type BackendName = 'bus' | 'store' | 'routes';

/** A backend as the network sees it. */
export interface Backend {
  readonly name: BackendName;
  /** Commands of one process are applied in the order in which they were given. */
  readonly keepsOrder: boolean;
  /** Away until then. */
  awayUntilMs: number;
}

export interface Weather {
  /** Of ten thousand commands so many fail. */
  failures: number;
  readonly below: (below: number) => number;
}

const GIVE_UP_MS = 1_000;
const REFUSAL_MS = 5;

export class Courier {
  readonly life: Life;
  private readonly time: VirtualTime;
  private readonly local: boolean;
  private readonly weather: Weather;
  /** Backends that this process alone can't reach, and until when. */
  readonly cutOffUntilMs = new Map<BackendName, number>();
  private readonly lastArrivalMs = new Map<Backend, number>();

  /** `local`: the backends are in the same process; nothing is lost between. */
  constructor(time: VirtualTime, life: Life, weather: Weather, local: boolean) {
    this.local = local;
    this.time = time;
    this.life = life;
    this.weather = weather;
  }

  note(line: () => string): void {
    this.time.note(line);
  }

  /** `partial`: what a command that fails may have done of it. */
  call<T>(backend: Backend, what: string, apply: () => T | Promise<T>, partial?: () => unknown): Promise<T> {
    const { time, life } = this;
    const { below } = this.weather;
    if (this.local) return this.here(what, apply);
    return new Promise<T>((resolve, reject) => {
      const fail = (code: string, delayMs: number) => {
        time.after(life, delayMs, `${what} failed`, () => reject(new BackendError(code, `${what}: ${code}`, true)));
      };
      if ((this.cutOffUntilMs.get(backend.name) ?? 0) > time.nowMs) return fail('unreachable', below(2) === 0 ? REFUSAL_MS : GIVE_UP_MS);
      if (backend.awayUntilMs > time.nowMs) return fail('away', below(2) === 0 ? REFUSAL_MS : GIVE_UP_MS);
      const fails = below(10_000) < this.weather.failures;
      let fate: (typeof FATES)[number] | 'done' = fails ? FATES[below(FATES.length)]! : 'done';
      // A connection whose commands are applied in order has none that comes after later ones.
      if (fate === 'late' && backend.name === 'routes') fate = 'unanswered';
      const slow = below(40) === 0;
      let delayMs = 0.2 + below(1_000) / (slow ? 4 : 600);
      if (fate === 'late') delayMs = GIVE_UP_MS + below(800);
      if (backend.keepsOrder) {
        const last = this.lastArrivalMs.get(backend) ?? 0;
        if (fate !== 'late') this.lastArrivalMs.set(backend, Math.max(last, time.nowMs + delayMs));
        delayMs = Math.max(time.nowMs + delayMs, last + 0.001) - time.nowMs;
      }
      if (fate === 'refused') return fail('refused', REFUSAL_MS);
      if (fate === 'lost') return fail('timedOut', GIVE_UP_MS);
      if (fate === 'late') fail('timedOut', GIVE_UP_MS);
      time.after(WORLD, delayMs, what, () => {
        // Of a process that died meanwhile the command may still have been in its own buffers.
        if (!life.alive && below(2) === 0) return;
        if (backend.awayUntilMs > time.nowMs) return fail('away', REFUSAL_MS);
        if (fate === 'partial' && partial !== undefined) {
          partial();
          return fail('timedOut', GIVE_UP_MS);
        }
        const answerMs = 0.2 + below(1_000) / 800;
        Promise.resolve()
          .then(apply)
          .then(
            (value) => {
              if (fate === 'late') return;
              // A backend that goes away takes its answers with it.
              if (fate === 'done') {
                time.after(life, answerMs, `${what} answered`, () => {
                  if (backend.awayUntilMs > time.nowMs && below(2) === 0) fail('connectionLost', 0);
                  else resolve(value);
                });
              } else if (fate === 'cut') fail('connectionLost', answerMs);
              else fail('timedOut', GIVE_UP_MS);
            },
            (error: unknown) => {
              time.after(life, answerMs, `${what} refused`, () => reject(error));
            },
          );
      });
    });
  }

  private here<T>(what: string, apply: () => T | Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.time.after(this.life, 0.05, what, () => void Promise.resolve().then(apply).then(resolve, reject));
    });
  }
}

/** Not done, or done and not told; `late`: done after the caller has given up. */
const FATES = ['refused', 'lost', 'cut', 'cut', 'unanswered', 'partial', 'partial', 'late'] as const;

/** A port whose every method is a command that the courier carries. Methods in `own` are taken from there. */
export function remotePort<Port extends object>(
  courier: Courier,
  backend: Backend,
  port: () => Port,
  own: Partial<Port>,
  partial?: (method: string, values: readonly unknown[]) => (() => unknown) | undefined,
): Port {
  return new Proxy(own as Port, {
    get(mine, method: string) {
      const known = (mine as Record<string, unknown>)[method];
      if (known !== undefined) return known;
      if (typeof (port() as Record<string, unknown>)[method] !== 'function') return undefined;
      const carried = (...values: unknown[]) => {
        courier.note(() => `asks ${backend.name}.${method} ${JSON.stringify(values).slice(0, 200)}`);
        const apply = () => (port() as Record<string, (...values: unknown[]) => unknown>)[method]!(...values);
        return courier.call(backend, `${backend.name}.${method}`, apply, partial?.(method, values));
      };
      (mine as Record<string, unknown>)[method] = carried;
      return carried;
    },
  });
}
