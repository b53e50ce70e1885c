/**
 * The frontend: what runs in a container when a file's first line says `# syntax=` with our image, so
 * that plain `docker build` makes an image of Nix derivations, or builds a `.drv` file. BuildKit's
 * gateway is at the other end of stdin and stdout.
 */
import { basename, posix } from 'node:path';
import { Duplex, type Readable, type Writable } from 'node:stream';
import {
  isRefused,
  byteStringOfText,
  isDerivationFile,
  Knowledge,
  loadClosure,
  parseDerivation,
  storePathOfFile,
  textOf,
  TOOLS_VARIABLE,
  type ByteString,
  type Closure,
  type ClosureRoot,
} from '../../../../language-server/derivation';
import { BuildkitError, Code } from '../../../../proto/client/buildkit-error';
import { Gateway } from '../../../../proto/client/gateway';
import { GrpcClient } from '../../../../proto/client/grpc/grpc-client';
import { Rpc } from '../../../../proto/client/rpc';
import type { Result } from '../../../../proto/generated/gateway';
import { definitionToPb, platformFromPb } from '../../../../proto/model/unmarshal';
import type { Definition } from '../../../../proto/model/definition';
import type { Init } from '../../../../proto/wire/message';
import { BuildFailure } from '../../input/build-input';
import { isTooLarge, solveNested, type LargeDefinitions } from '../nested-definition';
import { learnLink, StagedBuild } from '../staged-build';
import { gatewayResolver } from '../../job/gateway-resolver';
import { splitInstallable } from '../../../../language-server/installables/document-text';
import { DEFAULT_LAYERS, imageOf, type ImageSpec } from '../image/image-of';
import { parseInstallables, type InstallablesDocument } from '../image/installables-document';
import { ClientFolder } from './client-folder';
import { toolsImage } from '../tools-image';
import { clientStoreReader } from './client-store';
import { requestFrom, type FrontendRequest } from './request';
import { subrequestAnswer } from './subrequests';

/** Answers one build and ends with it. What goes wrong is told to BuildKit, for whoever asked. */
export async function serveFrontend(
  input: Readable,
  output: Writable,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const connection = Duplex.from({ readable: input, writable: output });
  const client = new GrpcClient(() => Promise.resolve(connection), false);
  const gateway = new Gateway(new Rpc(client), '');
  try {
    let result: Init<Result>;
    try {
      result = await new Frontend(gateway, requestFrom(env)).answer();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const code = error instanceof BuildkitError ? error.code : Code.unknown;
      await gateway.return({ error: { code, message } });
      return;
    }
    await gateway.return({ result });
  } finally {
    client.close();
  }
}

/** BuildKit ends the container when the build is given up. */
const SIGNAL = new AbortController().signal;

/** What is built, and from where. */
type Job = {
  readonly closure: Closure;
  /** Where in the context derivations and sources lie: empty, or with a slash before it. */
  readonly folder: string;
  /** Absent: the outputs as they are. */
  readonly image?: ImageSpec;
};

class Frontend {
  private readonly file: string;

  constructor(
    private readonly gateway: Gateway,
    private readonly request: FrontendRequest,
  ) {
    this.file = request.options.get('filename') ?? 'Dockerfile';
  }

  async answer(): Promise<Init<Result>> {
    const { options, sessionId } = this.request;
    const asked = options.get('requestid');
    if (isDerivationFile(basename(this.file)) && asked === undefined) {
      return this.build(await this.derivation());
    }
    const folder = new ClientFolder(
      this.gateway,
      options.get('dockerfilekey') ?? 'dockerfile',
      sessionId,
      [this.file],
      `load ${this.file}`,
    );
    const text = await folder.read(this.file);
    if (text === undefined) throw new BuildFailure(`There is no ${this.file}.`);
    const document = parseInstallables(new TextDecoder().decode(text), this.file);
    if (asked !== undefined) return subrequestAnswer(asked, document, this.file, text);
    return this.build(await this.image(document));
  }

  /** A `.drv` file of the context's, with its closure beside it. */
  private async derivation(): Promise<Job> {
    const folder = folderOf(posix.dirname(this.file));
    const context = this.context(folder);
    return { closure: await this.closure(context, folder, [basename(this.file)], []), folder };
  }

  private async image(document: InstallablesDocument): Promise<Job> {
    const folder = folderOf(document.store);
    const target = this.request.options.get('target') ?? '';
    const chosen = target === '' ? document.installables : [target];
    if (!chosen.every((each) => document.installables.includes(each))) {
      throw new BuildFailure(
        `${this.file} has no ${target}. It has: ${document.installables.join(', ')}.`,
      );
    }
    const drvs: { readonly name: string; readonly outputs?: readonly string[] }[] = [];
    const paths: string[] = [];
    for (const installable of chosen) {
      const { base, outputs } = splitInstallable(installable);
      const name = posix.basename(base);
      if (isDerivationFile(name))
        drvs.push({ name, ...(outputs === undefined ? {} : { outputs }) });
      else paths.push(name);
    }
    const names = drvs.map(({ name }) => name);
    const closure = await this.closure(this.context(folder), folder, names, paths);
    const outputs = new Map<ByteString, readonly ByteString[]>();
    for (const [at, { outputs: some }] of drvs.entries()) {
      const root = closure.roots[at];
      if (root !== undefined && some !== undefined) outputs.set(root, some.map(byteStringOfText));
    }
    const image = {
      config: document.config,
      layers: document.maxLayers ?? DEFAULT_LAYERS,
      links: document.links,
      copies: document.copies,
      paths: paths.map((name) => byteStringOfText(`${closure.storeDir}/${name}`)),
      outputs,
    };
    return { closure, folder, image };
  }

  private context(folder: string): ClientFolder {
    const name = this.request.options.get('contextkey') ?? 'context';
    // Whether a source is needed shows only in the derivations, so the whole store is looked at.
    const patterns = folder === '' ? ['*'] : [folder.slice(1)];
    return new ClientFolder(this.gateway, name, this.request.sessionId, patterns, 'load the store');
  }

  private async closure(
    context: ClientFolder,
    folder: string,
    drvs: readonly string[],
    paths: readonly string[],
  ): Promise<Closure> {
    const reader = clientStoreReader(context, folder);
    const roots: ClosureRoot[] = [];
    for (const name of drvs) {
      const bytes = await context.read(`${folder}/${name}`);
      if (bytes === undefined) throw new BuildFailure(`There is no ${name} in the context.`);
      roots.push({ path: storePathOfFile(name, parseDerivation(bytes).derivation), bytes });
    }
    const [first] = roots;
    const storeDir = first === undefined ? '/nix/store' : posix.dirname(first.path);
    const alsoSources = paths.map((name) => byteStringOfText(`${storeDir}/${name}`));
    return loadClosure(roots, reader, { alsoSources });
  }

  private async build({ closure, folder, image }: Job): Promise<Init<Result>> {
    const { gateway, request } = this;
    const info = await gateway.ping();
    const platforms = info.workers.flatMap((worker) => worker.platforms.map(platformFromPb));
    const own = platforms[0] ?? { os: 'linux', architecture: 'amd64' };
    const { ref, digest } = await toolsImage(
      request.options.get(`build-arg:${TOOLS_VARIABLE}`),
      {},
      gatewayResolver(gateway),
      own,
    );
    const shell = { ref, ...(digest === undefined ? {} : { digest }) };
    const definitions = { by: 'packing', tools: shell, platform: own } as const;
    const solve = async (definition: Definition) => ({
      ref: await this.solve(definition, definitions),
    });
    const knowledge = new Knowledge();
    const reader = clientStoreReader(this.context(folder), folder);
    const stages = new StagedBuild({
      closure,
      compile: {
        sessionId: request.sessionId,
        shell,
        platforms,
        canMerge: info.llbCaps.has('mergeop'),
        sources: { name: request.options.get('contextkey') ?? 'context', folder },
        // What a file asks for cannot be granted the host's network by itself.
        fetchNetwork: request.options.get('force-network-mode') === 'host' ? 'host' : 'unset',
      },
      gateway,
      knowledge,
      load: (path, bytes) => loadClosure([{ path, bytes }], reader),
      definitions,
      signal: SIGNAL,
    });
    if (image !== undefined) {
      return stages.realise(async (compiler) => {
        const { definition, metadata } = imageOf(compiler, image, own);
        return { ...(await solve(definition)), metadata };
      });
    }
    for (;;) {
      const { definition, problems } = await stages.compile();
      const refused = problems.find(isRefused);
      if (definition === undefined || refused !== undefined) {
        const why = refused === undefined ? '' : `${textOf(refused.drv)}: ${refused.message}`;
        throw new BuildFailure(why === '' ? 'There is nothing to build.' : why);
      }
      try {
        return await solve(definition);
      } catch (error) {
        const known = knowledge.links.size;
        if (!learnLink(error, closure, knowledge) || knowledge.links.size === known) throw error;
      }
    }
  }

  private async solve(whole: Definition, large: LargeDefinitions): Promise<{ id: string }> {
    const definition = definitionToPb(whole);
    if (isTooLarge(definition)) {
      const id = await solveNested(this.gateway, definition, large, SIGNAL);
      // What fails is to fail here, where links are learned from it.
      await this.gateway.statFile({ ref: id, path: '/' });
      return { id };
    }
    const { ref } = await this.gateway.solve({ definition, evaluate: true });
    return { id: ref?.id ?? '' };
  }
}

/** Empty for the context itself, else with a slash before it. */
function folderOf(path: string): string {
  const clean = posix.normalize(`/${path}`).replace(/\/$/, '');
  return clean === '/' ? '' : clean;
}
