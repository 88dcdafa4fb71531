/** Routes in this process's memory: the embedded default, and the twin for tests. `lose` is what a restart does. */
import type { UserId } from '../protocol/ids.ts';
import { RouteTable } from './route-table.ts';
import type { Route, Routes } from './routes.ts';

export class RoutesMemory implements Routes {
  private table = new RouteTable();
  private readonly listeners: Array<() => void> = [];

  get size(): number {
    return this.table.size;
  }

  async put(routes: readonly Route[]): Promise<ReadonlyArray<Route | undefined>> {
    return routes.map((route) => this.table.put(route));
  }

  async remove(routes: readonly Route[]): Promise<void> {
    for (const route of routes) this.table.remove(route);
  }

  async lookup(users: readonly UserId[]): Promise<ReadonlyArray<readonly Route[]>> {
    return users.map((user) => this.table.ofUser(user));
  }

  onLost(listener: () => void): void {
    this.listeners.push(listener);
  }

  async close(): Promise<void> {}

  lose(): void {
    this.table = new RouteTable();
    for (const listener of this.listeners) listener();
  }
}
