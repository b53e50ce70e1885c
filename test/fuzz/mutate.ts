/** Edits of a text as fuzzers make them: single bytes, lines, pieces of other texts. */
import { fromBytes, toBytes } from '../../language-server/dockerfile/text/bytes';
import type { Random } from './random';

/** What Dockerfiles are made of, where chance would take long to find it. */
const pieces = [
  '\n', '\r\n', '\\\n', '`\n', '\\', ' ', '\t', '"', "'", '$', '${A', '${A:-b}', '=', ',', '--',
  '# ', '#\n', '# c\n', '# escape=`\n', '# check=skip=all\n', '<<EOF', '<<-"E"', 'EOF\n', 'E\n',
  '\ufeff', '\u00a0', 'ü', '[', ']', '["a"]', 'FROM a\n', 'FROM scratch AS s\n', 'RUN x\n',
  'RUN --mount=type=cache,target=/c y\n', 'COPY a /b\n', 'COPY --from=s /a /b\n', 'ENV A=1\n',
  'ARG A\n', 'WORKDIR /w\n', 'LABEL a=b\n', 'ONBUILD RUN z\n', 'USER u\n', 'CMD c\n',
]; // prettier-ignore

/** One edit; `other` is a text to take pieces from. */
export function mutate(text: string, other: string, random: Random): string {
  const at = random(text.length + 1);
  const line = text.lastIndexOf('\n', at) + 1;
  switch (random(8)) {
    case 0:
      return splice(text, at, random(4), pieces[random(pieces.length)] ?? '');
    case 1:
      return splice(text, line, 0, pieces[random(pieces.length)] ?? '');
    case 2:
      return splice(text, line, lineLength(text, line), '');
    case 3: {
      const from = other.lastIndexOf('\n', random(other.length + 1)) + 1;
      return splice(text, line, 0, other.slice(from, from + lineLength(other, from)));
    }
    case 4: {
      const from = random(other.length + 1);
      return splice(text, at, random(20), other.slice(from, from + random(40)));
    }
    case 5:
      return text.slice(0, at);
    case 6:
      return withByte(text, random);
    default:
      return splice(text, at, random(3), String.fromCharCode(random(128)));
  }
}

function splice(text: string, at: number, remove: number, insert: string): string {
  return text.slice(0, at) + insert + text.slice(at + remove);
}

function lineLength(text: string, line: number): number {
  const feed = text.indexOf('\n', line);
  return (feed < 0 ? text.length : feed + 1) - line;
}

/** A byte replaced by any other: what is no longer UTF-8 stays as it is. */
function withByte(text: string, random: Random): string {
  const bytes = Uint8Array.from(toBytes(text));
  if (bytes.length > 0) bytes[random(bytes.length)] = random(256);
  return fromBytes(bytes);
}
