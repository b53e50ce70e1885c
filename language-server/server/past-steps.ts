/** How steps went in past builds, asked of the client once for each document and build. */
import type { PastStep } from '../../proto/messages/language-server';

export class PastSteps {
  private readonly known = new Map<string, Promise<readonly PastStep[]>>();
  private listener: (uri: string) => void = () => undefined;

  /** @param ask may reject: then nothing is known, and the next need asks again */
  constructor(private readonly ask: (uri: string) => Promise<readonly PastStep[]>) {}

  of(uri: string): Promise<readonly PastStep[]> {
    let steps = this.known.get(uri);
    if (steps === undefined) {
      steps = this.ask(uri).catch(() => {
        this.known.delete(uri);
        return [];
      });
      this.known.set(uri, steps);
    }
    return steps;
  }

  onChange(listener: (uri: string) => void): void {
    this.listener = listener;
  }

  /** There was a build. */
  changed(uri: string): void {
    this.known.delete(uri);
    this.listener(uri);
  }
}
