/** Semantic tokens as edits of what the client has got before. */
import type { SemanticTokens, SemanticTokensDelta } from 'vscode-languageserver';

type Sent = { readonly id: string; readonly data: readonly number[] };

export class TokenDeltas {
  private readonly sent = new Map<string, Sent>();
  private count = 0;

  full(uri: string, data: number[]): SemanticTokens {
    const id = String(++this.count);
    this.sent.set(uri, { id, data });
    return { resultId: id, data };
  }

  /** One edit between what stays at both ends; everything when the client's result is not known. */
  delta(uri: string, previousId: string, data: number[]): SemanticTokens | SemanticTokensDelta {
    const before = this.sent.get(uri);
    const { resultId } = this.full(uri, data);
    const named = resultId === undefined ? {} : { resultId };
    if (before?.id !== previousId) return { ...named, data };
    const old = before.data;
    const shorter = Math.min(old.length, data.length);
    let head = 0;
    while (head < shorter && old[head] === data[head]) head++;
    let tail = 0;
    while (tail < shorter - head && old.at(-1 - tail) === data.at(-1 - tail)) tail++;
    const deleteCount = old.length - head - tail;
    const inserted = data.slice(head, data.length - tail);
    const isSame = deleteCount === 0 && inserted.length === 0;
    return { ...named, edits: isSame ? [] : [{ start: head, deleteCount, data: inserted }] };
  }

  drop(uri: string): void {
    this.sent.delete(uri);
  }
}
