/** Case I1 (cases from the field): a port that is listened on, taken as the source of an outgoing connection. */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { requires } from '../../services/runtime/requires.ts';
import { NETWORK_NAMESPACES } from '../hosts/network-namespace.ts';
import { Machine } from './machine.harness.ts';

const [EDGE, RELAY, METRICS] = [40_001, 40_004, 40_007];
const PORTS = ['--connections', '1000', '--ports', `${EDGE},${RELAY},${METRICS}`];
/** Outside the range: what the connections go to. */
const BACKEND = 50_000;

const listen = (port: number, ...more: string[]) => [
  '-e',
  `Bun.listen({ hostname: "0.0.0.0", port: ${port}, socket: { data() {} } }); ${more.join(' ')}; console.log("listening"); setInterval(() => {}, 1e6)`,
];

requires(NETWORK_NAMESPACES).describe('source ports from 40000 to 40010, with an edge, a relay and metrics in between', () => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await Machine.inNamespace([{ name: 'net.ipv4.ip_local_port_range', value: '40000 40010' }]);
  });
  afterAll(() => machine?.end());
  /** Towards four addresses: of an odd number of ports the kernel leaves one out, for each address another. */
  const eat = () =>
    machine.clients({
      kind: 'plain',
      addresses: ['127.0.0.1', '127.0.0.2', '127.0.0.3', '127.0.0.4'],
      port: BACKEND,
      connections: 80,
      atOnce: 1,
      go: 'onThroughFailures',
    });

  test('the doctor is red, a box and a relay can’t bind; the table is applied: green, and both bind while the range is used up', async () => {
    const backend = await machine.start(process.execPath, ...listen(BACKEND));
    const sick = machine.doctor(...PORTS);
    expect(sick.exitCode).toBe(1);
    expect(sick.limit('reservedPorts')).toMatchObject({ value: 3, state: 'stops', bindsAt: 0 });
    expect(sick.document.remedies[0]).toMatchObject({ name: 'reservedPorts', by: 'here' });
    expect(sick.document.remedies[0]!.commands[0]).toBe(`sysctl -w net.ipv4.ip_local_reserved_ports=${EDGE},${RELAY},${METRICS}`);

    // All are taken, the three among them; then box and relay start anew.
    const greedy = await eat();
    expect(greedy.result.failures.EADDRNOTAVAIL).toBeGreaterThan(0);
    expect(greedy.result.localPorts).toEqual(expect.arrayContaining([EDGE, RELAY, METRICS]));
    const box = machine.gatewayFails('--port', String(EDGE), '--admin-port', String(METRICS));
    expect(box.exitCode).toBe(3);
    expect(box.stderr).toContain(`--port ${EDGE} on 127.0.0.1 can't be taken: EADDRINUSE`);
    expect(machine.run(process.execPath, ...listen(RELAY)).exitCode).not.toBe(0);
    await greedy.end();

    const healed = machine.doctor(...PORTS, '--fix');
    expect(healed.document.applied).toContainEqual({
      setting: 'net.ipv4.ip_local_reserved_ports',
      before: '',
      after: `${EDGE},${RELAY},${METRICS}`,
      stuck: true,
      undo: 'sysctl -w net.ipv4.ip_local_reserved_ports=',
    });
    expect(healed.exitCode).toBe(0);
    expect(healed.limit('reservedPorts')).toMatchObject({ value: 0, state: 'fits' });

    const modest = await eat();
    expect(modest.result.failures.EADDRNOTAVAIL).toBeGreaterThan(0);
    for (const port of [EDGE, RELAY, METRICS]) expect(modest.result.localPorts).not.toContain(port);
    await machine.start(process.execPath, ...listen(RELAY));
    await machine.start(process.execPath, ...listen(EDGE));
    await machine.start(process.execPath, ...listen(METRICS));
    expect(machine.doctor(...PORTS).exitCode).toBe(0);
    backend.kill();
  }, 60_000);
});
