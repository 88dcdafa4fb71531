/** The report in a real browser, without a script of its own: it is laid out, drawn, and fits a phone. */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { syntheticRun } from '../../capacity/synthetic-run.ts';
import { requires } from '../../services/runtime/requires.ts';
import { locate } from '../../services/runtime/tools.ts';
import { assess } from './assessment.ts';
import { reportPage } from './page.ts';

/** Without these it looks for its maker's servers at every start. Root needs the first. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

requires('chromium').describe('the report in a browser', () => {
  let browser: Browser;
  let folder: string;
  let address: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'parley-browser-'));
    const path = join(folder, 'report.html');
    const small = syntheticRun({ connections: 60_000, sizes: [0, 20_000, 40_000, 60_000], edges: 4, workers: 4, seed: 3 });
    writeFileSync(path, await reportPage(assess(syntheticRun(), { predictedBy: small })));
    address = pathToFileURL(path).href;
    browser = await chromium.launch({ executablePath: locate('chromium')!, args: FLAGS, headless: true });
  });

  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });

  /** Opens the page with scripts switched off for the page itself, and gives what the browser complained of. */
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

  for (const [width, shown, hidden] of [
    [1_280, 'wide', 'narrow'],
    [390, 'narrow', 'wide'],
  ] as const) {
    test(`at ${width} px: the ${shown} drawings, nothing beside the page, nothing asked for`, async () => {
      const complaints = await opened(width, 'light', async (page) => {
        const drawings = page.locator(`.${shown} svg`);
        expect(await drawings.count()).toBe(5);
        for (const drawing of await drawings.all()) {
          const box = await drawing.boundingBox();
          expect(box!.width).toBeGreaterThan(width === 390 ? 340 : 800);
          expect(box!.height).toBeGreaterThan(80);
          expect(box!.x + box!.width).toBeLessThanOrEqual(width);
        }
        for (const drawing of await page.locator(`.${hidden} svg`).all()) expect(await drawing.isVisible()).toBe(false);
        expect((await page.locator('main').boundingBox())!.width).toBeLessThanOrEqual(width);
      });
      expect(complaints).toEqual([]);
    }, 60_000);
  }

  test('the verdict is seen first, without scrolling, in words', async () => {
    await opened(1_280, 'light', async (page) => {
      const verdicts = page.locator('.verdict');
      expect(await verdicts.count()).toBe(2);
      const first = await verdicts.first().boundingBox();
      expect(first!.y + first!.height).toBeLessThan(900);
      expect(await verdicts.first().textContent()).toContain('proved');
    });
  }, 60_000);

  test('light and dark are two pictures of one page', async () => {
    const pictures: Uint8Array[] = [];
    for (const scheme of ['light', 'dark'] as const) {
      await opened(1_280, scheme, async (page) => {
        pictures.push(await page.screenshot());
      });
    }
    expect(pictures[0]!.length).toBeGreaterThan(20_000);
    expect(Buffer.compare(pictures[0]!, pictures[1]!)).not.toBe(0);
  }, 60_000);

  test('every drawing has its description, and every table its caption and headings', async () => {
    await opened(1_280, 'light', async (page) => {
      for (const image of await page.getByRole('img').all()) expect((await image.getAttribute('aria-label'))!.length).toBeGreaterThan(40);
      expect(await page.locator('table:not(:has(caption))').count()).toBe(0);
      expect(await page.locator('table:not(:has(th[scope=col]))').count()).toBe(0);
    });
  }, 60_000);
});
