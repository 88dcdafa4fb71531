/** The images as they are written, unpacked from the layout and started: in a root of their own, as their user, on its ports. */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { $ } from 'zx';
import { requires } from '../../services/runtime/requires.ts';
import { type MachineFact, ROOT } from '../../services/runtime/shortfall.ts';
import { writeImages } from '../verbs/images.ts';
import { IMAGE_TABLE, type ImageName } from './image-table.ts';

const DEBIAN: MachineFact = {
  fact: 'Debian’s packages',
  missing: () => (existsSync('/usr/bin/apt-get') ? undefined : 'no apt-get'),
};
const READY_MS = 60_000;

requires(ROOT, DEBIAN).describe('images', () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-images-'));
  let digests: Readonly<Record<string, string>>;
  beforeAll(async () => {
    digests = await writeImages(join(folder, 'layout'), '0.1.0', console.error);
  }, 240_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Unpacks an image by its digest and gives its root and its configuration. */
  async function unpacked(name: ImageName): Promise<{ root: string; entrypoint: readonly string[]; user: string }> {
    const blob = (digest: string) => join(folder, 'layout', 'blobs', digest.replace(':', '/'));
    const manifest = JSON.parse(readFileSync(blob(digests[name]!), 'utf8'));
    const { config } = JSON.parse(readFileSync(blob(manifest.config.digest), 'utf8'));
    const root = join(folder, name);
    mkdirSync(root);
    for (const { digest } of manifest.layers) await $({ quiet: true })`tar -xzpf ${blob(digest)} -C ${root}`;
    return { root, entrypoint: config.Entrypoint ?? [], user: config.User };
  }

  /** With what a container runtime brings, in namespaces of its own, whose end ends all that runs in them. */
  const inRoot = (root: string, user: string, words: readonly string[]) => [
    ...['unshare', '--mount', '--pid', '--fork', '--', 'sh', '-c'],
    `mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" && root=$1 && shift && exec chroot --userspec=${user} "$root" "$@"`,
    ...['sh', root, ...words],
  ];

  test('of every process say what they can do', async () => {
    const { root, entrypoint, user } = await unpacked('dispatch');
    for (const name of ['gateway', 'relay', 'dispatch'] as const) {
      expect(IMAGE_TABLE[name].entrypoint).toEqual([...entrypoint]);
      const { stdout, exitCode } = await $({ quiet: true, nothrow: true })`${inRoot(root, user, [...entrypoint, name, '--help'])}`;
      expect({ exitCode, says: stdout.includes(`parley ${name}`) }).toEqual({ exitCode: 0, says: true });
    }
  });

  test('of a gateway starts a box that is ready, as its own user', async () => {
    const { root, entrypoint, user } = await unpacked('gateway');
    const words = [...entrypoint, 'gateway', '--state-dir', '/var/lib/parley', '--port', '0', '--max-connections', '100', '--edges', '2'];
    const log = join(folder, 'gateway.log');
    const child = Bun.spawn(inRoot(root, user, words), { stdio: ['ignore', Bun.file(log), Bun.file(log)] });
    try {
      const file = join(root, 'var/lib/parley/box.json');
      const untilMs = performance.now() + READY_MS;
      while (!existsSync(file) && child.exitCode === null && performance.now() < untilMs) await Bun.sleep(50);
      const { adminUrl } = JSON.parse(readFileSync(file, 'utf8'));
      expect((await fetch(`${adminUrl}/readyz`)).status).toBe(200);
    } finally {
      // The first process of the namespace: with it end all others. It outlives the one that made the namespace.
      const [first] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').split(' ');
      if (first !== undefined && first !== '') process.kill(Number(first), 'SIGKILL');
      await child.exited;
    }
  });

  test('of the load engine starts a coordinator and a worker, which joins it, as their own user', async () => {
    const { root, entrypoint, user } = await unpacked('loadgen');
    const box = { url: 'ws://127.0.0.1:9/v1', adminUrl: 'http://127.0.0.1:9', tls: false, keysFile: '', pids: { edges: [] }, config: {} };
    writeFileSync(join(root, 'box.json'), JSON.stringify(box));
    writeFileSync(join(root, 'secret'), 'a secret of the test, long enough');
    const start = (...words: string[]) =>
      Bun.spawn(inRoot(root, user, [...entrypoint, ...words, '--secret-file', '/secret']), { stdio: ['ignore', 'pipe', 'pipe'] });
    // It waits for one more than will come, so that it sends nothing.
    const coordinator = start('chat', '--box=/box.json', '--worker-hosts=2', '--listen=127.0.0.1:0', '--join-seconds=8');
    let said = '';
    const reading = (async () => {
      for await (const bytes of coordinator.stderr) said += Buffer.from(bytes).toString();
    })();
    const untilMs = performance.now() + READY_MS;
    while (!/on 127\.0\.0\.1:\d+/.test(said) && performance.now() < untilMs) await Bun.sleep(20);
    const [, port] = /on 127\.0\.0\.1:(\d+)/.exec(said) ?? [];
    const worker = start('work', `--coordinator=127.0.0.1:${port}`, '--workers=1', '--name=a');
    const [code, workerCode] = await Promise.all([coordinator.exited, worker.exited]);
    await reading;
    expect(said).toContain('worker host a joined with 1 workers: 1 of 2 hosts');
    expect(said).toContain('1 of 2 worker hosts joined in 8 s; nothing was sent');
    expect([code, workerCode]).toEqual([3, 3]);
    expect(await new Response(worker.stderr).text()).toContain('refused it: the coordinator has ended');
  }, 60_000);

  test('of the tuner has a shell that reads and writes', async () => {
    const { root, user } = await unpacked('tuner');
    const { stdout } = await $({
      quiet: true,
      nothrow: true,
    })`${inRoot(root, user, ['/bin/sh', '-c', 'echo made > /tmp/a && cat /tmp/a'])}`;
    expect(stdout).toBe('made\n');
  });
});
