/** The frame of every page: one HTML file that needs nothing else, no script, no font, no network. */
import { html, Markup } from './markup.ts';
import { STYLE } from './style.ts';

export interface PageParts {
  readonly title: string;
  /** At the head of the page; the title where it is left out. */
  readonly heading?: string;
  /** Below the heading. */
  readonly line: string;
  readonly sections: ReadonlyArray<Markup | undefined>;
  /** Of what, and by what, it was made. */
  readonly footer: string;
}

export function pageOf({ title, heading = title, line, sections, footer }: PageParts): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<header>
<h1>${heading}</h1>
<p>${line}</p>
</header>
<main>${sections}</main>
<footer>${footer}</footer>
</body>
</html>
`.text;
}
