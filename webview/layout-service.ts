/**
 * Answers requests for layouts, the newest one only.
 *
 * The layered layout answers at once, and a picture that was not seen before a second time where
 * there are crossings to be saved by more work. On demand ELK tidies what is visible: it runs as an
 * engine of its own, because it cannot be interrupted but can be ended. A newer request of any kind ends
 * it, and so does the deadline.
 */
import { elkAnswer, fromElk, toElk } from './picture/elk';
import { layeredLayout } from './picture/layered';
import type { LayoutInput } from './picture/layout';
import type { FromLayoutWorker, ToLayoutWorker } from './layout-messages';

/** Milliseconds an ELK layout may take, its start included. */
const DEADLINE = 8000;

/** ELK, as its worker is spoken to. */
export type Engine = {
  readonly ask: (message: unknown) => void;
  readonly end: () => void;
};

export type EngineEvents = {
  readonly said: (message: unknown) => void;
  readonly failed: (reason: string) => void;
};

export type StartEngine = (url: string, events: EngineEvents) => Engine;

export function createLayoutService(
  answer: (message: FromLayoutWorker) => void,
  startEngine: StartEngine,
): (message: ToLayoutWorker) => void {
  let running:
    { readonly engine: Engine; readonly timer: ReturnType<typeof setTimeout> } | undefined;
  /** A layout that is to be made better as soon as nothing else is asked for. */
  let improving: ReturnType<typeof setTimeout> | undefined;

  function lay(id: number, input: LayoutInput): void {
    const figures = { crossings: 0, improvable: false };
    const layout = layeredLayout(input, 'quick', (measured) => Object.assign(figures, measured));
    const first = figures.improvable;
    answer({ type: 'done', id, layout, first });
    if (!first) return;
    improving = setTimeout(() => {
      answer({ type: 'done', id, layout: layeredLayout(input, 'thorough'), first: false });
    });
  }

  /** ELK's worker answers `{id, data}` or `{id, error}`; algorithms must be registered first. */
  function tidy(id: number, input: LayoutInput, url: string): void {
    const fail = (reason: string): void => {
      stop();
      answer({ type: 'untidy', id, reason });
    };
    let fileOrder = true;
    const engine = startEngine(url, {
      said(message) {
        const reply = elkAnswer(message);
        if (reply?.id !== id) return;
        if ('graph' in reply) {
          stop();
          answer({ type: 'done', id, layout: fromElk(reply.graph), first: false });
        } else if (fileOrder) {
          // ELK 0.12 fails on some graphs of nested groups when ties follow the file.
          fileOrder = false;
          askIt();
        } else fail(reply.error);
      },
      failed: fail,
    });
    const askIt = (): void => {
      engine.ask({ id, cmd: 'layout', graph: toElk(input, { fileOrder }) });
    };
    running = { engine, timer: setTimeout(() => fail(`> ${DEADLINE / 1000} s`), DEADLINE) };
    engine.ask({ id: 'register', cmd: 'register', algorithms: ['layered'] });
    askIt();
  }

  function stop(): void {
    clearTimeout(improving);
    if (running === undefined) return;
    clearTimeout(running.timer);
    running.engine.end();
    running = undefined;
  }

  return (message) => {
    stop();
    if (message.type === 'layout') lay(message.id, message.input);
    else tidy(message.id, message.input, message.url);
  };
}
