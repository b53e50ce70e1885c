/** The warnings of a build, as buildx writes them to a metadata file. */
import type { StatusResponse } from '../../../proto/generated/control';
import type { JobEvents } from '../../engine/job/build-job';
import { parseTruth } from '../../engine/request/key-values';
import { warningJson } from '../progress/rawjson';

/** Whether `BUILDX_METADATA_WARNINGS` asks for them. */
export function wantsWarnings(env: NodeJS.ProcessEnv): boolean {
  return parseTruth(env['BUILDX_METADATA_WARNINGS'] ?? '') === true;
}

/** Takes them from a status stream on its way to who shows it; each once, whatever vertex has it. */
export class Warnings {
  private readonly found = new Map<string, Record<string, unknown>>();

  /** Empty where there were none. */
  get metadata(): Readonly<Record<string, unknown>> {
    return this.found.size === 0 ? {} : { 'buildx.build.warnings': [...this.found.values()] };
  }

  /** The same events, from which warnings are taken. */
  taken(events: JobEvents): JobEvents {
    return {
      ...events,
      status: (response) => {
        this.take(response);
        events.status?.(response);
      },
    };
  }

  private take({ warnings }: StatusResponse): void {
    for (const warning of warnings) {
      const { info } = warning;
      // Where the file came from is left out, which makes equal what several solves repeat.
      const json = warningJson(
        info === undefined ? warning : { ...warning, info: { ...info, definition: undefined } },
      );
      const key = JSON.stringify({ ...json, vertex: undefined });
      if (!this.found.has(key)) this.found.set(key, json);
    }
  }
}
