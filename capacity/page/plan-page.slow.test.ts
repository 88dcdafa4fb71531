/** The page of a plan in a real browser, without a script of its own: every plot is drawn, nothing stands outside the page. */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { requires } from '../../services/runtime/requires.ts';
import { isInfeasible } from '../model/component.ts';
import { makePlan } from '../model/make-plan.ts';
import { keptTable } from '../verbs/kept-runs.ts';
import { BROWSER_LIMIT_MS, PageInBrowser, testsOfAnyPage } from './browser-page.harness.ts';
import { planPage } from './plan-page.ts';

requires('chromium').describe('the page of a plan in a browser', () => {
  const predicted = keptTable();
  let shown: PageInBrowser;

  beforeAll(async () => {
    const plan = makePlan({ draws: 5 });
    if (isInfeasible(plan)) throw new Error(plan.infeasible);
    shown = await PageInBrowser.start(await planPage(plan, predicted));
  }, BROWSER_LIMIT_MS);

  afterAll(() => shown.close());

  for (const [width, seen] of [
    [1_280, 'wide'],
    [390, 'narrow'],
  ] as const) {
    test(`at ${width} px: four drawings with their bars and words inside them, nothing beside the page, nothing asked for`, async () => {
      const complaints = await shown.see(width, 'light', async (page) => {
        const drawings = page.locator(`.${seen} svg`);
        expect(await drawings.count()).toBe(4);
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

    test(`at ${width} px: each recorded run has its prediction and what it measured, with error bars of both over the band that is allowed`, async () => {
      await shown.see(width, 'light', async (page) => {
        const section = page.locator('section[aria-labelledby=predicted]');
        expect(await section.locator('tbody tr').count()).toBe(predicted.rows.length);
        const drawing = section.locator(`.${seen} svg`);
        const box = (await drawing.boundingBox())!;
        for (const row of predicted.rows) expect(await section.locator('tbody').textContent()).toContain(row.measured);
        const dots = async (colour: string) => {
          const found = await drawing.locator(`circle[fill="var(--${colour})"]`).all();
          return Promise.all(found.map(async (dot) => (await dot.boundingBox())!));
        };
        const middles = (list: readonly { x: number; width: number }[]) => list.map(({ x, width: across }) => x + across / 2);
        const [expected, hit, missed] = await Promise.all(['slate', 'teal', 'red'].map(dots));
        expect(expected!.length).toBe(predicted.rows.length);
        expect(hit!.length).toBe(predicted.rows.filter(({ within }) => within).length);
        expect(missed!.length).toBe(predicted.rows.length - hit!.length);
        // Predictions stand below one another; what was measured stands left of them where it was less.
        const [one] = middles(expected!);
        for (const x of middles(expected!)) expect(Math.abs(x - one!)).toBeLessThan(1);
        const order = (values: readonly number[]) => values.map((_, at) => at).sort((a, b) => values[a]! - values[b]!);
        const measured = [...hit!, ...missed!].sort((a, b) => a.y - b.y);
        expect(order(middles(measured))).toEqual(order(predicted.rows.map(({ bars }) => bars.measured.mid)));
        for (const { x, width: across } of measured) expect(x > box.x && x + across < box.x + box.width).toBe(true);
        // A bar and two caps for each of the two.
        expect(await drawing.locator('path[stroke="var(--slate)"]').count()).toBe(3 * predicted.rows.length);
      });
    }, 60_000);
  }

  testsOfAnyPage(() => shown);
});
