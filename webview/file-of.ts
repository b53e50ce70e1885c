/** What is drawn, as a file in one of the formats that people share graphs in. */
import type { SaveFormat } from '../proto/messages/webview';
import { pngOf } from './surface/canvas/png';
import { dot } from './picture/export/dot';
import { htmlDocument } from './picture/export/html-document';
import { mermaid } from './picture/export/mermaid';
import { svgDocument } from './picture/export/svg-document';
import type { Picture } from './picture/painter';

type Writer = (picture: Picture, title: string) => string | undefined;

const writers: Readonly<Record<SaveFormat, Writer>> = {
  svg: svgDocument,
  html: htmlDocument,
  png: (picture) => pngOf(picture),
  json: ({ graph }) => `${JSON.stringify(graph, null, 2)}\n`,
  dot: ({ graph, texts, now }) => dot(graph, texts, now),
  mmd: ({ graph, texts }) => mermaid(graph, texts),
};

/** Text, or base64 for PNG; undefined where it cannot be made. What is marked or new is not. */
export function fileOf(picture: Picture, format: SaveFormat, title: string): string | undefined {
  const still: Picture = {
    ...picture,
    live: false,
    selected: undefined,
    focusable: undefined,
    fresh: new Set(),
  };
  return writers[format](still, title);
}
