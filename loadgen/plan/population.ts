/**
 * Who takes part in a run and who talks with whom: a pure function of the plan, so that every worker and the final
 * merge agree without talking. A connection is a device; connection i is device i mod d of the plan's user i div d. Which
 * identifiers the server gives to conversations is not known here.
 */

import { deviceKey, deviceOf, type UserId, userId, userOf } from '../../services/protocol/ids.ts';
import { Random } from './random.ts';

export interface PopulationPlan {
  readonly seed: number;
  readonly connections: number;
  readonly devicesPerUser: number;
  readonly workers: number;
  readonly conversations: number;
  /** Share of conversations that have more than two members; sends are spread evenly over conversations. */
  readonly groupShare: number;
  readonly groupMembersMin: number;
  readonly groupMembersMax: number;
  /** The last so many users talk with one another and with nobody else. */
  readonly apart?: number;
  /** The first so many users are the members of the last conversation, and of no other. */
  readonly hot?: number;
  /** Keeps the users of one run apart from those of another on the same box: 0 to 4,095. */
  readonly userBlock: number;
}

const CONVERSATION_STREAM = 1;
/** Users that one run may have; 4,096 such blocks fit into a cell. */
export const USERS_PER_BLOCK = 2 ** 21;
/** First device number: 0 would mean "every device" in a SEND. */
const FIRST_DEVICE = 1;

/** Members of all conversations, as one array with offsets. Order of members: as drawn; the first one creates. */
export class Population {
  readonly plan: PopulationPlan;
  readonly users: number;
  private readonly offsets: Uint32Array;
  private readonly members: Uint32Array;
  /** The first so many conversations are of users apart. */
  private readonly ofApart: number;

  constructor(plan: PopulationPlan) {
    this.plan = plan;
    this.users = Math.floor(plan.connections / plan.devicesPerUser);
    if (plan.conversations > 0 && this.users < plan.groupMembersMax)
      throw new RangeError(`${this.users} users can't fill a group of ${plan.groupMembersMax}`);
    if (plan.apart !== undefined && Math.min(plan.apart, this.users - plan.apart) < plan.groupMembersMax)
      throw new RangeError(`${plan.apart} of ${this.users} users apart leave too few for a group of ${plan.groupMembersMax}`);
    const { apart = 0, hot = 0 } = plan;
    if (hot > 0 && this.users - hot - apart < plan.groupMembersMax)
      throw new RangeError(`${hot} of ${this.users} users in one conversation leave too few for a group of ${plan.groupMembersMax}`);
    const random = new Random(plan.seed, CONVERSATION_STREAM);
    this.offsets = new Uint32Array(plan.conversations + 1);
    for (let conversation = 0; conversation < plan.conversations; conversation++) {
      const size = this.isHot(conversation) ? hot : drawSize(random, plan);
      this.offsets[conversation + 1] = this.offsets[conversation]! + size;
    }
    this.members = new Uint32Array(this.offsets[plan.conversations]!);
    this.ofApart = Math.round((this.ordinary * apart) / Math.max(1, this.users - hot));
    for (let conversation = 0; conversation < this.ordinary; conversation++) {
      const end = this.offsets[conversation + 1]!;
      const [least, count] = conversation < this.ofApart ? [this.users - apart, apart] : [hot, this.users - apart - hot];
      for (let at = this.offsets[conversation]!; at < end; at++) {
        let user = least + random.below(count);
        while (this.members.subarray(this.offsets[conversation]!, at).includes(user)) user = least + random.below(count);
        this.members[at] = user;
      }
    }
    for (let member = 0; member < hot && plan.conversations > 0; member++) this.members[this.offsets[this.ordinary]! + member] = member;
  }

  /** Conversations without the hot one: those that the schedule's sends are spread over. */
  get ordinary(): number {
    return this.plan.conversations - ((this.plan.hot ?? 0) > 0 && this.plan.conversations > 0 ? 1 : 0);
  }

  isHot(conversation: number): boolean {
    return conversation >= this.ordinary;
  }

  /** Neither hot nor of those apart. */
  isNeighbour(conversation: number): boolean {
    return conversation >= this.ofApart && conversation < this.ordinary;
  }

  get memberships(): number {
    return this.members.length;
  }

  /** Users of a conversation, as plan numbers. A view: do not keep or change it. */
  membersOf(conversation: number): Uint32Array {
    return this.members.subarray(this.offsets[conversation]!, this.offsets[conversation + 1]!);
  }

  sizeOf(conversation: number): number {
    return this.offsets[conversation + 1]! - this.offsets[conversation]!;
  }

  /** Connections that take part in a conversation. */
  devicesOf(conversation: number): number {
    return this.sizeOf(conversation) * this.plan.devicesPerUser;
  }

  /** The connection of a conversation's device by its place, 0 to devicesOf - 1. */
  connectionAt(conversation: number, place: number): number {
    const devices = this.plan.devicesPerUser;
    return this.members[this.offsets[conversation]! + Math.floor(place / devices)]! * devices + (place % devices);
  }

  /** The place of a connection among a conversation's devices, or -1. */
  placeOf(conversation: number, connection: number): number {
    const devices = this.plan.devicesPerUser;
    const member = this.membersOf(conversation).indexOf(Math.floor(connection / devices));
    return member < 0 ? -1 : member * devices + (connection % devices);
  }

  /** The connection that creates a conversation: the first device of its first member. */
  creatorOf(conversation: number): number {
    return this.connectionAt(conversation, 0);
  }

  /** Shares of conversations, and so of sends, by number of members. */
  mix(): Array<{ members: number; share: number }> {
    const counts = new Map<number, number>();
    for (let conversation = 0; conversation < this.plan.conversations; conversation++) {
      const size = this.sizeOf(conversation);
      counts.set(size, (counts.get(size) ?? 0) + 1);
    }
    return [...counts].sort((a, b) => a[0] - b[0]).map(([members, count]) => ({ members, share: count / this.plan.conversations }));
  }
}

export function userOfPlan(plan: PopulationPlan, user: number): UserId {
  return userId(0, plan.userBlock * USERS_PER_BLOCK + 1 + user);
}

export function userOfConnection(plan: PopulationPlan, connection: number): UserId {
  return userOfPlan(plan, Math.floor(connection / plan.devicesPerUser));
}

export function deviceNumberOfConnection(plan: PopulationPlan, connection: number): number {
  return FIRST_DEVICE + (connection % plan.devicesPerUser);
}

export function deviceKeyOfConnection(plan: PopulationPlan, connection: number): number {
  return deviceKey(userOfConnection(plan, connection), deviceNumberOfConnection(plan, connection));
}

/** The connection of a device by its key; of one that is not of the plan, a number that no connection has. */
export function connectionOfDevice(plan: PopulationPlan, device: number): number {
  return (userOf(device) - userOfPlan(plan, 0)) * plan.devicesPerUser + (deviceOf(device) - FIRST_DEVICE);
}

/** Connections of a worker: a contiguous range, sizes differing by at most one. */
export function connectionsOfWorker(plan: PopulationPlan, worker: number): { readonly first: number; readonly count: number } {
  const first = Math.floor((plan.connections * worker) / plan.workers);
  return { first, count: Math.floor((plan.connections * (worker + 1)) / plan.workers) - first };
}

export function workerOfConnection(plan: PopulationPlan, connection: number): number {
  let worker = Math.min(plan.workers - 1, Math.floor((connection * plan.workers) / plan.connections));
  while (worker + 1 < plan.workers && connection >= connectionsOfWorker(plan, worker + 1).first) worker++;
  while (connection < connectionsOfWorker(plan, worker).first) worker--;
  return worker;
}

/** Two, or a group; the weight of a group size falls with 1 / size, as small groups are the common ones. */
function drawSize(random: Random, plan: PopulationPlan): number {
  if (random.unit() >= plan.groupShare) return 2;
  let total = 0;
  for (let size = plan.groupMembersMin; size <= plan.groupMembersMax; size++) total += 1 / size;
  let rest = random.unit() * total;
  for (let size = plan.groupMembersMin; size < plan.groupMembersMax; size++) {
    rest -= 1 / size;
    if (rest < 0) return size;
  }
  return plan.groupMembersMax;
}
