/** The command itself: its table of verbs, and what it says to wrong words. */
import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { VERBS } from './parley.ts';

describe('a verb of the table', () => {
  test.each(Object.entries(VERBS))('has a module with its summary, its help and something to run: %s', async (name, entry) => {
    const { verb } = await entry.load();
    expect(verb.summary).toBe(entry.summary);
    expect(verb.help.trim().toLowerCase()).toStartWith(`usage: parley ${name}`);
    expect(verb.run).toBeFunction();
  });
});

describe('parley', () => {
  test('lists every verb for --help', () => {
    const { exitCode, stdout } = parley('--help');
    for (const [name, { summary }] of Object.entries(VERBS)) expect(stdout).toMatch(new RegExp(`^ {2}${name} +${summary}$`, 'm'));
    expect(exitCode).toBe(0);
  });

  test('prints a verb’s own help', () => {
    const { exitCode, stdout } = parley('test', '--quick', '--help');
    expect(stdout).toStartWith('Usage: parley test');
    expect(exitCode).toBe(0);
  });

  test('names the nearest verb for a mistyped one and ends with 3', () => {
    const { exitCode, stdout, stderr } = parley('gatway');
    expect(stderr).toBe('parley: there is no verb "gatway"; did you mean "gateway"? See parley --help.\n');
    expect(stdout).toBe('');
    expect(exitCode).toBe(3);
  });

  test.each(['constructor', 'toString', '__proto__'])('takes %s for no verb', (word) => {
    expect(parley(word)).toMatchObject({ exitCode: 3, stdout: '' });
  });

  test('says which option it does not know in one line and ends with 3', () => {
    const { exitCode, stderr } = parley('test', '--no-such');
    expect(stderr).toMatch(/^parley test: Unknown option '--no-such'.* See parley test --help\.\n$/s);
    expect(exitCode).toBe(3);
  });

  test('without a verb shows the list as an error', () => {
    const { exitCode, stdout, stderr } = parley();
    expect(stderr).toContain('Usage: parley VERB');
    expect(stdout).toBe('');
    expect(exitCode).toBe(3);
  });
});

function parley(...words: string[]): { exitCode: number; stdout: string; stderr: string } {
  const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, join(import.meta.dir, 'parley.ts'), ...words], { timeout: 20_000 });
  return { exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
}
