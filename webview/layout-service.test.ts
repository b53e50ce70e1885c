import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { FromLayoutWorker, ToLayoutWorker } from './layout-messages';
import { createLayoutService } from './layout-service';
import type { EngineEvents } from './layout-service';
import { stagedBuild } from './picture/made-up-graphs.test-data';

/** In place of ELK: it says nothing unless a test does. */
type StandIn = {
  readonly url: string;
  readonly says: EngineEvents['said'];
  readonly asked: unknown[];
  ended: boolean;
};

let answers: FromLayoutWorker[] = [];
let engines: StandIn[] = [];
let ask: (message: ToLayoutWorker) => void = () => undefined;

beforeEach(() => {
  vi.useFakeTimers();
  answers = [];
  engines = [];
  ask = createLayoutService(
    (message) => answers.push(message),
    (url, events) => {
      const engine: StandIn = { url, says: events.said, asked: [], ended: false };
      engines.push(engine);
      return {
        ask: (message) => engine.asked.push(message),
        end: () => {
          engine.ended = true;
        },
      };
    },
  );
});

afterEach(() => {
  vi.useRealTimers();
});

const told = (): readonly string[] =>
  answers.map((answer) =>
    answer.type === 'done'
      ? `${answer.id} done${answer.first ? ', better follows' : ''}`
      : `${answer.id} ${answer.type}: ${answer.reason}`,
  );
const small = stagedBuild(12);
const tidy = (id: number): ToLayoutWorker => ({ type: 'tidy', id, input: small, url: 'elk.js' });

describe('the layered layout', () => {
  test('of a small graph is answered once', () => {
    ask({ type: 'layout', id: 1, input: small });
    vi.runAllTimers();
    expect(told()).toEqual(['1 done']);
  });

  test('of a larger one is answered at once, and then better', () => {
    ask({ type: 'layout', id: 1, input: stagedBuild(120) });
    expect(told()).toEqual(['1 done, better follows']);
    vi.runAllTimers();
    expect(told()).toEqual(['1 done, better follows', '1 done']);
  });

  test('is not made better for nobody: a newer request comes first', () => {
    ask({ type: 'layout', id: 1, input: stagedBuild(120) });
    ask({ type: 'layout', id: 2, input: small });
    vi.runAllTimers();
    expect(told()).toEqual(['1 done, better follows', '2 done']);
  });
});

describe('ELK', () => {
  test('is started when it is asked for, and ended after its answer', () => {
    ask(tidy(1));
    const [engine] = engines;
    expect(engine?.url).toBe('elk.js');
    engine?.says({ id: 'register', data: true });
    engine?.says({ id: 1, data: { id: 'root', children: [], edges: [] } });
    expect(told()).toEqual(['1 done']);
    expect(engine?.ended).toBe(true);
    vi.runAllTimers();
    expect(told()).toEqual(['1 done']);
  });

  test('is ended when it takes too long', () => {
    ask(tidy(1));
    vi.advanceTimersByTime(7900);
    expect(told()).toEqual([]);
    vi.advanceTimersByTime(200);
    expect(told()).toEqual(['1 untidy: > 8 s']);
    expect(engines[0]?.ended).toBe(true);
  });

  test('is ended by a newer request, and its answer is dropped', () => {
    ask(tidy(1));
    ask({ type: 'layout', id: 2, input: small });
    expect(engines[0]?.ended).toBe(true);
    vi.runAllTimers();
    expect(told()).toEqual(['2 done']);
  });

  test('that fails on ties in the order of the file is asked once more without', () => {
    ask(tidy(1));
    const [engine] = engines;
    engine?.says({ id: 1, error: { message: 'no' } });
    expect(told()).toEqual([]);
    expect(engine?.asked).toHaveLength(3);
    engine?.says({ id: 1, error: { message: 'no' } });
    expect(told()).toEqual(['1 untidy: no']);
  });
});
