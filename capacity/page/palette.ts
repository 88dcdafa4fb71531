/**
 * The colours of the report: names that the style sheet gives a light and a dark value. The charts are drawn with stand-ins
 * (colours that nothing else uses), and those are replaced by the names once the drawing is text.
 */
export const COLOURS = {
  ink: { standIn: '#010101', light: '#1b1f24', dark: '#e6e9ee' },
  quiet: { standIn: '#010102', light: '#57606a', dark: '#9aa4b1' },
  rule: { standIn: '#010103', light: '#d8dde3', dark: '#333b46' },
  paper: { standIn: '#010104', light: '#ffffff', dark: '#14181e' },
  band: { standIn: '#010105', light: '#eef1f5', dark: '#1d232c' },
  blue: { standIn: '#010106', light: '#1f62b5', dark: '#6fa8f2' },
  orange: { standIn: '#010107', light: '#b9530c', dark: '#f09a5e' },
  teal: { standIn: '#010108', light: '#0d7a6b', dark: '#4cc2ac' },
  purple: { standIn: '#010109', light: '#8440a3', dark: '#c592df' },
  ochre: { standIn: '#01010a', light: '#8a6a00', dark: '#d8b44a' },
  slate: { standIn: '#01010b', light: '#6b7684', dark: '#8b96a5' },
  red: { standIn: '#01010c', light: '#b3261e', dark: '#f28b82' },
  green: { standIn: '#01010d', light: '#1c7a36', dark: '#6cc784' },
} as const;

export type Colour = keyof typeof COLOURS;

/** Custom properties for one scheme. */
export function colourProperties(scheme: 'light' | 'dark'): string {
  return Object.entries(COLOURS)
    .map(([name, colour]) => `--${name}: ${colour[scheme]};`)
    .join(' ');
}

export function standIn(name: Colour): string {
  return COLOURS[name].standIn;
}

export function withNames(drawing: string): string {
  let named = drawing;
  for (const [name, { standIn }] of Object.entries(COLOURS)) named = named.replaceAll(new RegExp(standIn, 'gi'), `var(--${name})`);
  return named;
}
