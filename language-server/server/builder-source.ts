/** The client's builder as a source of image metadata. */
import type {
  DaemonResolveImageParams,
  DaemonResolveImageResult,
} from '../../proto/messages/language-server';
import type { ImageSource } from './image-source';

export type AskDaemon = (params: DaemonResolveImageParams) => Promise<DaemonResolveImageResult>;

export function builderSource(ask: AskDaemon): ImageSource {
  return {
    via: 'builder',
    ask: async (question) => {
      const answer = await ask(question);
      if (answer.outcome !== 'resolved') return answer;
      const { digest, onDisk } = answer;
      const config = new TextEncoder().encode(answer.config);
      return { outcome: 'resolved', digest, config, ...(onDisk !== undefined && { onDisk }) };
    },
  };
}
