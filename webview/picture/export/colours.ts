/** The picture's colours where no editor gives them: those of VS Code's own light and dark themes. */
export type Colours = Readonly<Record<string, string>>;

const fonts: Colours = {
  font: 'system-ui, "Segoe UI", "DejaVu Sans", sans-serif',
  mono: 'ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace',
};

const lightColours: Colours = {
  ...fonts,
  background: '#ffffff',
  text: '#3b3b3b',
  muted: '#616161',
  accent: '#005fb8',
  'accent-text': '#ffffff',
  card: '#ffffff',
  'card-border': '#cecece',
  'card-selected': '#e4effa',
  group: '#f8f8f8',
  'group-border': '#e0e0e0',
  tile: '#efefef',
  'tile-border': 'transparent',
  icon: '#4d4d4d',
  edge: '#9a9a9a',
  sign: '#ffffff',
  calm: '55%',
  warning: '#bf8803',
  'state-unknown': '#9a9a9a',
  'state-predicted-cached': '#388a34',
  'state-predicted-run': '#1a85ff',
  'state-queued': '#767676',
  'state-running': '#bf8803',
  'state-cached': '#388a34',
  'state-done': '#1a85ff',
  'state-failed': '#e51400',
  'state-cancelled': '#767676',
};

const darkColours: Colours = {
  background: '#1f1f1f',
  text: '#cccccc',
  muted: '#9d9d9d',
  accent: '#0078d4',
  card: '#252525',
  'card-border': '#4b4b4b',
  'card-selected': '#1b2e3d',
  group: '#252526',
  'group-border': '#373737',
  tile: '#313131',
  icon: '#b8b8b8',
  edge: '#686868',
  sign: '#1f1f1f',
  warning: '#cca700',
  'state-unknown': '#767676',
  'state-predicted-cached': '#89d185',
  'state-predicted-run': '#3794ff',
  'state-queued': '#8c8c8c',
  'state-running': '#cca700',
  'state-cached': '#89d185',
  'state-done': '#3794ff',
  'state-failed': '#f14c4c',
  'state-cancelled': '#8c8c8c',
};

/** The colours as custom properties, which follow the reader's light or dark scheme. */
export function colourCss(selector: string): string {
  return [
    `${selector} { ${declarations(lightColours)} }`,
    `@media (prefers-color-scheme: dark) { ${selector} { ${declarations(darkColours)} } }`,
  ].join('\n');
}

const declarations = (colours: Colours): string =>
  Object.entries(colours)
    .map(([name, value]) => `--llb-${name}: ${value};`)
    .join(' ');
