/** The page of a plan in a real browser, without a script of its own: every plot is drawn, nothing stands outside the page. */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { requires } from '../../services/runtime/requires.ts';
import { locate } from '../../services/runtime/tools.ts';
import { isInfeasible } from '../model/component.ts';
import { makePlan } from '../model/make-plan.ts';
import { planPage } from './plan-page.ts';

/** Without these it looks for its maker's servers at every start. Root needs the first. */
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-sync'];

requires('chromium').describe('the page of a plan in a browser', () => {
  let browser: Browser;
  let folder: string;
  let address: string;

  beforeAll(async () => {
    const plan = makePlan({ draws: 5 });
    if (isInfeasible(plan)) throw new Error(plan.infeasible);
    folder = mkdtempSync(join(tmpdir(), 'parley-plan-page-'));
    const path = join(folder, 'plan.html');
    writeFileSync(path, await planPage(plan));
    address = pathToFileURL(path).href;
    browser = await chromium.launch({ executablePath: locate('chromium')!, args: FLAGS, headless: true });
  }, 60_000);

  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });

  async function opened(width: number, colorScheme: 'light' | 'dark', see: (page: Page) => Promise<void>): Promise<readonly string[]> {
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, javaScriptEnabled: false, offline: true });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('request', (request) => {
      if (request.url() !== address) complaints.push(`asked for ${request.url()}`);
    });
    await page.goto(address);
    await see(page);
    await context.close();
    return complaints;
  }

  for (const [width, shown] of [
    [1_280, 'wide'],
    [390, 'narrow'],
  ] as const) {
    test(`at ${width} px: three drawings with their bars and words inside them, nothing beside the page, nothing asked for`, async () => {
      const complaints = await opened(width, 'light', async (page) => {
        const drawings = page.locator(`.${shown} svg`);
        expect(await drawings.count()).toBe(3);
        for (const drawing of await drawings.all()) {
          const box = (await drawing.boundingBox())!;
          expect(box.x + box.width).toBeLessThanOrEqual(width);
          expect(await drawing.locator('path[fill^="var("]').count()).toBeGreaterThan(1);
          for (const word of await drawing.locator('text').all()) {
            const at = (await word.boundingBox())!;
            expect(at.x).toBeGreaterThanOrEqual(box.x - 1);
            expect(at.x + at.width).toBeLessThanOrEqual(box.x + box.width + 1);
          }
        }
        expect((await page.locator('main').boundingBox())!.width).toBeLessThanOrEqual(width);
      });
      expect(complaints).toEqual([]);
    }, 60_000);
  }

  test('light and dark are two pictures of one page', async () => {
    const pictures: Uint8Array[] = [];
    for (const scheme of ['light', 'dark'] as const)
      await opened(1_280, scheme, async (page) => {
        pictures.push(await page.screenshot());
      });
    expect(Buffer.compare(pictures[0]!, pictures[1]!)).not.toBe(0);
  }, 60_000);

  test('every drawing has its description, and every table its caption', async () => {
    await opened(1_280, 'light', async (page) => {
      for (const image of await page.getByRole('img').all()) expect((await image.getAttribute('aria-label'))!.length).toBeGreaterThan(40);
      expect(await page.locator('table:not(:has(caption))').count()).toBe(0);
    });
  }, 60_000);
});
