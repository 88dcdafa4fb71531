/** The report in a real browser, without a script of its own: it is laid out, drawn, and fits a phone. */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { BROWSER_LIMIT_MS, PageInBrowser, testsOfAnyPage } from '../../capacity/page/browser-page.harness.ts';
import { syntheticRun } from '../../capacity/synthetic-run.ts';
import { requires } from '../../services/runtime/requires.ts';
import { assess } from './assessment.ts';
import { reportPage } from './page.ts';

requires('chromium').describe('the report in a browser', () => {
  let shown: PageInBrowser;

  beforeAll(async () => {
    const small = syntheticRun({ connections: 60_000, sizes: [0, 20_000, 40_000, 60_000], edges: 4, workers: 4, seed: 3 });
    shown = await PageInBrowser.start(await reportPage(assess(syntheticRun(), { predictedBy: small })));
  }, BROWSER_LIMIT_MS);

  afterAll(() => shown.close());

  for (const [width, seen, hidden] of [
    [1_280, 'wide', 'narrow'],
    [390, 'narrow', 'wide'],
  ] as const) {
    test(`at ${width} px: the ${seen} drawings, nothing beside the page, nothing asked for`, async () => {
      const complaints = await shown.see(width, 'light', async (page) => {
        const drawings = page.locator(`.${seen} svg`);
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
    await shown.see(1_280, 'light', async (page) => {
      const verdicts = page.locator('.verdict');
      expect(await verdicts.count()).toBe(2);
      const first = await verdicts.first().boundingBox();
      expect(first!.y + first!.height).toBeLessThan(900);
      expect(await verdicts.first().textContent()).toContain('proved');
    });
  }, 60_000);

  testsOfAnyPage(() => shown);
});
