/**
 * The daemon's own Dockerfile frontend as an oracle: what it makes of a text, beside what our
 * compiler makes of it with the same session, options and images.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lackingCapabilities } from '../../extension/engine/job/capabilities';
import { gatewayResolver } from '../../extension/engine/job/gateway-resolver';
import { resultsOf } from '../../extension/engine/job/gateway-result';
import {
  compile,
  lint,
  outline,
  parse,
  targets,
  type CompileOptions,
  type ImageResolver,
} from '../../language-server/dockerfile';
import { outlineJson, targetsJson } from '../../language-server/dockerfile/report';
import { connect } from '../../proto/client/connect';
import { newSessionId } from '../../proto/client/session/session-id';
import { startSession } from '../../proto/client/session/start';
import { isRecord, list, record } from '../conformance/json';

export type Question = {
  readonly dockerfile: string | Uint8Array;
  readonly options?: Omit<CompileOptions, 'session'>;
};

/** A build, in the parts that are compared. */
export type Answer = {
  readonly ops?: readonly (readonly string[])[];
  readonly names?: readonly string[];
  readonly configs?: readonly string[];
  readonly error?: string;
  readonly lint?: readonly string[];
  /** As the batch shows them, or the request's error. */
  readonly outline?: unknown;
  readonly targets?: unknown;
};

export type Oracle = {
  readonly theirs: (question: Question) => Promise<Answer>;
  readonly ours: (question: Question) => Promise<Answer>;
  readonly close: () => Promise<void>;
};

/** Options of ours that the frontend takes as attributes of these names. */
const attributeNames = new Map([
  ['target', 'target'],
  ['hostname', 'hostname'],
  ['cgroupParent', 'cgroup-parent'],
  ['imageResolveMode', 'image-resolve-mode'],
  ['networkMode', 'force-network-mode'],
]);

/** @param address where the daemon answers */
export async function openOracle(address: string): Promise<Oracle> {
  const folder = await mkdtemp(join(tmpdir(), 'llb-lens-oracle-'));
  const context = await mkdtemp(join(tmpdir(), 'llb-lens-oracle-context-'));
  const connection = await connect(address);
  const id = newSessionId();
  const live = await startSession({
    address: connection.address,
    id,
    directories: { dockerfile: folder, context },
  });
  const ref = randomBytes(16).toString('hex');
  const job = connection.control.solve({ ref, session: id, internal: true });
  job.catch(() => undefined);
  const gateway = connection.gateway(ref);
  const info = await gateway.ping();
  const resolver = onceEach(gatewayResolver(gateway));
  const disableCaps = lackingCapabilities(info.llbCaps);
  let count = 0;

  const theirs = async ({ dockerfile, options = {} }: Question): Promise<Answer> => {
    const filename = `Dockerfile-${count++}`;
    await writeFile(join(folder, filename), dockerfile);
    if (options.dockerignore !== undefined) {
      await writeFile(join(folder, `${filename}.dockerignore`), options.dockerignore);
    }
    const attributes = new Map(Object.entries(attributesOf(options)));
    attributes.set('filename', filename);
    const solve = (extra: readonly (readonly [string, string])[]) =>
      gateway.solve({
        frontend: 'dockerfile.v0',
        frontendOpt: new Map([...attributes, ...extra]),
      });
    const ask = (request: string): Promise<unknown> =>
      solve([
        ['requestid', `frontend.${request}`],
        ['frontend.caps', 'moby.buildkit.frontend.subrequests'],
      ]).then(({ metadata }) => parseJson(metadata.get('result.json')), errorOf);
    const linted = readLint(await ask('lint'));
    const found = {
      ...(linted && { lint: linted }),
      outline: withoutSources(await ask('outline')),
      // Frontends from 0.28 on die of this request where a check stands above an instruction.
      ...(!checkComment.test(text(toBytes(dockerfile))) && {
        targets: withoutSources(await ask('targets')),
      }),
    };
    try {
      const result = await solve([]);
      const results = resultsOf(result);
      return {
        ops: results.map(({ definition }) => definition.ops.map(({ digest }) => digest)),
        names: results.flatMap(({ definition }) =>
          definition.ops.map(
            ({ digest }) => definition.metadata.get(digest)?.description['llb.customname'] ?? '',
          ),
        ),
        configs: results.map(({ id: platform }) => {
          const key = platform === '' ? '' : `/${platform}`;
          return text(result.metadata.get(`containerimage.config${key}`));
        }),
        ...found,
      };
    } catch (error) {
      return { error: messageOf(error), ...found };
    }
  };

  const ours = async ({ dockerfile, options = {} }: Question): Promise<Answer> => {
    const tree = parse(dockerfile);
    const { dockerignore, ...others } = options;
    const full: CompileOptions = {
      disableCaps,
      ...others,
      session: id,
      ...(dockerignore === undefined ? {} : { dockerfileIgnore: dockerignore }),
    };
    const built = await compile(tree, full, resolver);
    const { warnings } = await lint(tree, full, resolver);
    const outlined = await outline(tree, full, resolver);
    const listed = targets(tree, full);
    const found = {
      lint: warnings.map(({ rule, detail }) => `${rule}: ${detail}`),
      outline: 'error' in outlined ? { error: outlined.error.message } : outlineJson(outlined),
      ...(!checkComment.test(tree.text) && {
        targets: 'error' in listed ? { error: listed.error.message } : targetsJson(listed),
      }),
    };
    if (built.error !== undefined) return { error: built.error.message, ...found };
    return {
      ops: built.results.map(({ definition }) => definition.ops.map(({ digest }) => digest)),
      names: built.results.flatMap(({ definition }) =>
        definition.ops.map(
          ({ digest }) => definition.metadata.get(digest)?.description['llb.customname'] ?? '',
        ),
      ),
      configs: built.results.map(({ imageConfigBytes }) => text(imageConfigBytes)),
      ...found,
    };
  };

  return {
    theirs,
    ours,
    close: async () => {
      await gateway.return({ result: {} });
      await job.catch(() => undefined);
      await live.close();
      connection.close();
      for (const one of [folder, context]) await rm(one, { recursive: true });
    },
  };
}

function attributesOf(options: NonNullable<Question['options']>): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [key, value] of Object.entries(options)) {
    const name = attributeNames.get(key);
    if (name !== undefined && typeof value === 'string') attributes[name] = value;
  }
  const { platforms, buildArgs, labels, extraHosts, contexts, noCache, multiPlatform } = options;
  if (platforms !== undefined) attributes['platform'] = platforms.join(',');
  if (extraHosts !== undefined) attributes['add-hosts'] = extraHosts.join(',');
  if (noCache !== undefined) {
    attributes['no-cache'] = noCache === true ? '' : [noCache].flat().join(',');
  }
  if (multiPlatform === true) attributes['multi-platform'] = 'true';
  for (const [name, value] of Object.entries(buildArgs ?? {})) {
    attributes[`build-arg:${name}`] = value;
  }
  for (const [name, value] of Object.entries(labels ?? {})) attributes[`label:${name}`] = value;
  for (const [name, value] of Object.entries(contexts ?? {})) {
    attributes[`context:${name}`] = value;
  }
  return attributes;
}

/** The daemon is asked once about each image. */
function onceEach(resolver: ImageResolver): ImageResolver {
  const known = new Map<string, ReturnType<ImageResolver['resolve']>>();
  return {
    resolve: (ref, query) => {
      const key = JSON.stringify([ref, query]);
      const answer = known.get(key) ?? resolver.resolve(ref, query);
      known.set(key, answer);
      return answer;
    },
  };
}

const checkComment = /^[\t ]*#[\t ]*check=/im;

const toBytes = (content: string | Uint8Array): Uint8Array =>
  typeof content === 'string' ? new TextEncoder().encode(content) : content;

/** The warnings of a lint result; undefined where the request failed. */
function readLint(value: unknown): string[] | undefined {
  if (!isRecord(value) || 'error' in value) return undefined;
  return list(value['warnings']).map((item) => {
    const warning = record(item);
    return `${String(warning['ruleName'])}: ${String(warning['detail'])}`;
  });
}

/** A request's answer in the shape of the batch: a place is a list of lines. */
function withoutSources(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSources);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'sources')
      .map(([key, item]) => [key, key === 'location' ? linesOf(item) : withoutSources(item)]),
  );
}

function linesOf(location: unknown): string {
  return list(record(location)['ranges'])
    .map((range) => record(record(range)['start'])['line'])
    .join(' ');
}

const parseJson = (json: Uint8Array | undefined): unknown => JSON.parse(text(json) || '{}');

const errorOf = (error: unknown): unknown => ({ error: messageOf(error) });

const text = (bytes: Uint8Array | undefined): string =>
  bytes === undefined ? '' : new TextDecoder().decode(bytes);

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
