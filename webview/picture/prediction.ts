/** What a build would do now, in words and as a sign; always told from what a build did. */
import type { WebviewStringKey } from '../../proto/messages/webview-strings';
import type { NodePrediction } from '../../proto/model/build-graph';
import type { Icon } from './appearance';
import type { Texts } from './texts';
import { durationText } from './units';

type Outcome = NodePrediction['outcome'];

/** Inside a dashed ring: a bolt from the cache, an arrow that runs, a question nobody can answer. */
export const predictionSigns: Readonly<Record<Outcome, Icon>> = {
  cached: { fill: 'M8.9 2.8 4.6 8.9h2.9l-.5 4.3 4.4-6.2H8.4Z' },
  run: { fill: 'M6.4 4.9v6.2L11.3 8Z' },
  unknown: {
    stroke: 'M6.3 6.4a1.75 1.75 0 1 1 2.5 1.6c-.6.3-.8.6-.8 1.2M8 11.3h.01',
  },
};

const texts: Readonly<Record<Outcome, WebviewStringKey>> = {
  cached: 'prediction.cached',
  run: 'prediction.run',
  unknown: 'prediction.unknown',
};

export function predictionText({ outcome, duration }: NodePrediction, say: Texts): string {
  return outcome === 'run' && duration !== undefined
    ? say('prediction.runFor', durationText(duration, say))
    : say(texts[outcome]);
}
