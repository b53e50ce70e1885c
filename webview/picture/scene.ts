/**
 * A picture as a tree of SVG elements in plain data. The page turns it into DOM nodes, the CLI
 * into a file; attribute values and texts are data in both, never markup.
 */
export type SvgTag = 'svg' | 'g' | 'rect' | 'path' | 'circle' | 'text' | 'tspan' | 'title';

export type SvgElement = {
  readonly tag: SvgTag;
  /** Tells siblings apart from one picture to the next, so that the DOM keeps its nodes. */
  readonly key: string;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly children: readonly SvgElement[];
  readonly text?: string;
};

type Attributes = Readonly<Record<string, string | number | undefined>>;
type Child = SvgElement | undefined;

/** An element; undefined attributes and children are left out. The key defaults to the tag and class. */
export function el(
  tag: SvgTag,
  attributes: Attributes,
  children: readonly Child[] | string = [],
  key?: string,
): SvgElement {
  const kept = Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as const],
    ),
  );
  return {
    tag,
    key: key ?? `${tag}.${attributes['class'] ?? ''}`,
    attributes: kept,
    children:
      typeof children === 'string' ? [] : children.flatMap((child) => (child ? [child] : [])),
    ...(typeof children === 'string' ? { text: children } : {}),
  };
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};
const escape = (text: string): string =>
  text.replace(/[&<>"]/g, (character) => entities[character] ?? '');

/** The element as SVG markup, every value escaped. */
export function markup(element: SvgElement): string {
  const attributes = Object.entries(element.attributes)
    .map(([name, value]) => ` ${name}="${escape(String(value))}"`)
    .join('');
  const inside = element.text === undefined ? element.children.map(markup) : [escape(element.text)];
  return inside.length === 0
    ? `<${element.tag}${attributes}/>`
    : `<${element.tag}${attributes}>${inside.join('')}</${element.tag}>`;
}
