/** What a selection grows to: word, arguments, instruction, stage, file. */
import type { Position, SelectionRange } from 'vscode-languageserver-types';
import type { DockerfileView } from '../dockerfile-view';
import { touches, type Span } from '../dockerfile';
import { argumentWords } from './arguments-at';

export function selectionRanges(
  view: DockerfileView,
  positions: readonly Position[],
): SelectionRange[] {
  return positions.map((position) => {
    const offset = view.offsetAt(position);
    const around = spansAround(view, offset).filter((span) => touches(span, offset));
    let range: SelectionRange | undefined;
    let last: Span | undefined;
    for (const span of around.toSorted((a, b) => b.end - b.start - (a.end - a.start))) {
      if (last !== undefined && (span.start < last.start || span.end > last.end)) continue;
      if (last?.start === span.start && last.end === span.end) continue;
      range = { range: view.range(span), ...(range === undefined ? {} : { parent: range }) };
      last = span;
    }
    return range ?? { range: { start: position, end: position } };
  });
}

function spansAround(view: DockerfileView, offset: number): Span[] {
  const spans: Span[] = [{ start: 0, end: view.text.length }];
  const stage = view.stageAt(offset);
  if (stage !== undefined) {
    const end = stage.instructions.at(-1)?.span.end ?? stage.from.span.end;
    spans.push({ start: stage.from.span.start, end });
  }
  const comment = view.commentAt(offset);
  if (comment !== undefined) spans.push(comment);
  const whole = view.instructionAt(offset);
  if (whole !== undefined) {
    const instruction = whole.trigger ?? whole;
    const words = argumentWords(view, { instruction, whole });
    const [first] = words;
    const last = words.at(-1);
    spans.push(whole.span, whole.keywordSpan, instruction.keywordSpan, ...instruction.flags);
    for (const { valueSpan } of instruction.flags) {
      if (valueSpan !== undefined) spans.push(valueSpan);
    }
    if (first !== undefined && last !== undefined)
      spans.push({ start: first.start, end: last.end });
    spans.push(...words, ...whole.heredocs.map(({ body }) => body));
  }
  const line = view.lineAt(offset);
  const start = view.lineStart(line);
  const text = view.text.slice(start, view.lineEnd(line));
  spans.push({
    start: start + text.length - text.trimStart().length,
    end: start + text.trimEnd().length,
  });
  const name = view.occurrences.at(offset)?.occurrence.span;
  if (name !== undefined) spans.push(name);
  return spans.filter((span) => span.end > span.start);
}
