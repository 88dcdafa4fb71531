/** A page of ours in a real browser, with scripts switched off for the page itself and no network: for tests. */
import { expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { locate } from '../../services/runtime/tools.ts';

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
/** Of a browser that starts on a full machine. */
export const BROWSER_LIMIT_MS = 60_000;

export class PageInBrowser {
  private readonly browser: Browser;
  private readonly folder: string;
  private readonly address: string;

  private constructor(browser: Browser, folder: string, address: string) {
    this.browser = browser;
    this.folder = folder;
    this.address = address;
  }

  static async start(html: string): Promise<PageInBrowser> {
    const folder = mkdtempSync(join(tmpdir(), 'parley-page-'));
    const path = join(folder, 'page.html');
    writeFileSync(path, html);
    const browser = await chromium.launch({ executablePath: locate('chromium')!, args: FLAGS, headless: true });
    return new PageInBrowser(browser, folder, pathToFileURL(path).href);
  }

  /** Opens it anew, and gives what the browser complained of. */
  async see(width: number, colorScheme: 'light' | 'dark', look: (page: Page) => Promise<void>): Promise<readonly string[]> {
    const viewport = { width, height: 900 };
    const context = await this.browser.newContext({ viewport, colorScheme, javaScriptEnabled: false, offline: true });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('request', (request) => {
      if (request.url() !== this.address) complaints.push(`asked for ${request.url()}`);
    });
    await page.goto(this.address);
    await look(page);
    await context.close();
    return complaints;
  }

  async close(): Promise<void> {
    await this.browser.close();
    rmSync(this.folder, { recursive: true });
  }
}

/** What holds of each of our pages. */
export function testsOfAnyPage(shown: () => PageInBrowser): void {
  test('light and dark are two pictures of one page', async () => {
    const pictures: Uint8Array[] = [];
    for (const scheme of ['light', 'dark'] as const) {
      await shown().see(1_280, scheme, async (page) => {
        pictures.push(await page.screenshot());
      });
    }
    expect(pictures[0]!.length).toBeGreaterThan(20_000);
    expect(Buffer.compare(pictures[0]!, pictures[1]!)).not.toBe(0);
  }, 60_000);

  test('every drawing has its description, and every table its caption and headings', async () => {
    await shown().see(1_280, 'light', async (page) => {
      for (const image of await page.getByRole('img').all()) expect((await image.getAttribute('aria-label'))!.length).toBeGreaterThan(40);
      expect(await page.locator('table:not(:has(caption))').count()).toBe(0);
      expect(await page.locator('table:not(:has(th[scope=col]))').count()).toBe(0);
    });
  }, 60_000);
}
