/**
 * Takes a vertex name apart: `[linux/amd64 build 2/4] RUN make` is step 2 of 4 of stage `build`.
 *
 * The form is the Dockerfile frontend's; other names come back whole.
 */

export type VertexName = {
  readonly platform?: string;
  readonly stage?: string;
  /** Step number and count, where the name has them. */
  readonly step?: number;
  readonly total?: number;
  /** `[internal] …`: housekeeping of a frontend. */
  readonly internal: boolean;
  /** What the step does. */
  readonly text: string;
};

const prefixed = /^\[([^\]]*?)\s*(\d+)\/(\d+)\] ([^]*)$/;
const internal = /^\[internal\] ([^]*)$/;
const platform = /^[a-z0-9]+\/[a-z0-9_]+(?:\/[a-z0-9]+)*(?:\([^)]*\))?(?:->\S+)?$/;

/** Never fails: a name of another form is all `text`. */
export function parseVertexName(name: string): VertexName {
  const inside = internal.exec(name);
  if (inside !== null) return { internal: true, text: inside[1] ?? name };
  const match = prefixed.exec(name);
  if (match === null) return { internal: false, text: name };
  const [, head = '', step = '0', total = '0', text = ''] = match;
  const words = head.split(' ').filter((word) => word !== '');
  const first = words[0];
  const hasPlatform = first !== undefined && platform.test(first);
  const stage = words.slice(hasPlatform ? 1 : 0).join(' ');
  return {
    ...(hasPlatform ? { platform: first } : {}),
    ...(stage === '' ? {} : { stage }),
    step: Number(step),
    total: Number(total),
    internal: false,
    text,
  };
}
