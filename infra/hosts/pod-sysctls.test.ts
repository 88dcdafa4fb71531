import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { UNSAFE_POD_SYSCTLS } from '../../capacity/host-limits-machine.ts';
import { podSysctls, unsafeSysctls } from './pod-sysctls.ts';

const PORTS = [8443, 9100, 9101];
const asText = (sysctls: ReturnType<typeof podSysctls>) => sysctls.map(({ name, value, kind }) => `${kind} ${name} = ${value}`);

describe('the settings of a pod', () => {
  test('a gateway of 500,000 connections and eight edges', () => {
    expect(asText(podSysctls(500_000, PORTS, { edges: 8, cores: 8 }))).toEqual([
      'safe net.ipv4.ip_local_reserved_ports = 8443,9100-9101',
      'safe net.ipv4.tcp_wmem = 4096 16384 65536',
      'safe net.ipv4.tcp_rmem = 4096 16384 65536',
      'unsafe net.ipv4.tcp_migrate_req = 1',
      'unsafe net.ipv4.tcp_max_tw_buckets = 500000',
    ]);
  });

  test('a small one with one edge asks the kubelet for nothing', () => {
    expect(unsafeSysctls(podSysctls(1_000, PORTS, { edges: 1, connectionsPerSecond: 100 }))).toEqual([]);
  });

  test('few edges and many arrivals need a longer queue of half-open handshakes, never a shorter one than usual', () => {
    const found = podSysctls(237_000, PORTS, { edges: 2, connectionsPerSecond: 2_000 });
    expect(found.find(({ name }) => name.endsWith('syn_backlog'))).toMatchObject({ value: '4096', kind: 'unsafe', limit: 'synBacklog' });
  });

  test('a pod of the load engine has the wide range of ports, and keeps its own out of it', () => {
    expect(asText(podSysctls(60_000, [9200], { workers: 4, destinationAddresses: 3 }))).toEqual(
      expect.arrayContaining(['safe net.ipv4.ip_local_reserved_ports = 9200', 'safe net.ipv4.ip_local_port_range = 1024 65535']),
    );
  });

  test('somaxconn is never asked for: a new namespace has eight times what the runtime listens with', () => {
    for (const connectionsPerSecond of [1, 2_000, 100_000])
      expect(asText(podSysctls(500_000, [], { edges: 1, connectionsPerSecond })).join()).not.toContain('somaxconn');
  });

  test('for any size each name stands once, and the unsafe ones are among those that the kubelet allows', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3_000_000 }), fc.integer({ min: 1, max: 64 }), (connections, edges) => {
        const found = podSysctls(connections, PORTS, { edges });
        expect(new Set(found.map(({ name }) => name)).size).toBe(found.length);
        for (const { name } of unsafeSysctls(found)) expect(UNSAFE_POD_SYSCTLS as readonly string[]).toContain(name);
      }),
    );
  });
});
