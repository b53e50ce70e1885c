/** Named contexts: what a build puts in the place of a stage or an image. */
import { reservedStageNames } from '../grammar/stage-names';
import type { Platform } from '../../../proto/model/op';
import { imageSource, httpSource, localSource, ociLayoutSource } from '../llb/source';
import { newState, withDir, withEnv, type State } from '../llb/state';
import { lazyOutput, named } from '../llb/vertex';
import {
  familiarReference,
  formatReference,
  parseNormalized,
  parseReference,
  repositoryName,
  withDefaultTag,
} from '../names/image-reference';
import { formatPlatformAll, normalizePlatform, defaultPlatform } from '../names/platform';
import { cut, equalFold, quote } from '../text/go';
import { sessionWith, type Config } from './config';
import { because } from './failure';
import { hasFeature } from './frontend-features';
import { gitContext } from './git-context';
import { ignorePatterns } from './ignore-file';
import {
  imageConfigOf,
  imagePlatform,
  readImageConfig,
  withoutTime,
  type ImageConfig,
} from './image-config';
import type { ImageLookup } from './image-lookup';
import { frontendInput } from './frontend-input';
import { metadataLogName } from './image-resolver';
import { followPathsOf, ignoreFile } from './main-context';

export type LoadedContext = {
  readonly state: State;
  readonly image?: ImageConfig;
  readonly uncertain: boolean;
};

export type NamedContext = {
  /** @param paths what is used of a local context, known when everything is compiled. */
  load(images: ImageLookup, paths: () => ReadonlySet<string>): Promise<LoadedContext>;
};

/**
 * The context that a name stands for, if the build has one: `name::platform` before `name`.
 * @throws Error for a name that cannot be one.
 */
export function findNamedContext(
  config: Config,
  name: string,
  platform: Platform | undefined,
  targetPlatform: Platform | undefined,
): NamedContext | undefined {
  if (reservedStageNames.some((reserved) => equalFold(name, reserved))) return undefined;
  const wanted = platform ?? targetPlatform;
  let key: string;
  try {
    key = familiarReference(parseNormalized(name)).replace(/:latest$/, '');
  } catch (error) {
    throw because(`invalid context name ${name}`, error);
  }
  const platformKey = `${key}::${formatPlatformAll(normalizePlatform(wanted ?? defaultPlatform))}`;
  for (const full of [platformKey, key]) {
    const input = config.attributes.get(`context:${full}`);
    if (input !== undefined) return new Context(config, key, full, input, wanted);
  }
  return undefined;
}

class Context implements NamedContext {
  constructor(
    private readonly config: Config,
    private readonly name: string,
    /** The name under which it was given, with its platform perhaps. */
    private readonly key: string,
    private readonly input: string,
    private readonly platform: Platform | undefined,
  ) {}

  async load(images: ImageLookup, paths: () => ReadonlySet<string>): Promise<LoadedContext> {
    const [scheme, rest, found] = cut(this.input, ':');
    if (!found) throw new Error(`invalid context specifier ${this.input} for ${this.key}`);
    switch (scheme.startsWith('git@') ? 'git' : scheme) {
      case 'docker-image':
        return this.#image(rest.replace(/^\/\//, ''), images);
      case 'oci-layout':
        return this.#ociLayout(rest.replace(/^\/\//, ''), images);
      case 'git':
        return known(this.#git());
      case 'http':
      case 'https':
        return known(this.#web());
      case 'local':
        return known(this.#local(rest, images, paths));
      case 'input':
        return this.#frontendInput(rest);
      default:
        throw new Error(`unsupported context source ${scheme} for ${this.key}`);
    }
  }

  async #image(ref: string, images: ImageLookup): Promise<LoadedContext> {
    if (ref === 'scratch') return { state: newState(), uncertain: false };
    const full = formatReference(withDefaultTag(parseNormalized(ref)));
    const platform = this.platform ?? defaultPlatform;
    const resolved = await images.resolve(full, {
      platform,
      mode: this.config.imageResolveMode,
      logName: metadataLogName(ref, `context ${this.key}`),
    });
    const image = readImageConfig(resolved.config);
    // The digest is not written into the reference here; the resolver's reference is used as it is.
    const source = imageSource(
      formatReference(withDefaultTag(parseNormalized(resolved.ref))),
      this.platform,
      'default',
      {
        ...named(`[context ${this.key}] ${ref}`),
        origin: { uncertain: resolved.uncertain },
      },
    );
    return {
      state: withImageConfig(newState(source, this.platform), image),
      image: withoutTime(image),
      uncertain: resolved.uncertain,
    };
  }

  async #ociLayout(text: string, images: ImageLookup): Promise<LoadedContext> {
    let reference;
    try {
      reference = parseReference(text);
    } catch (error) {
      throw because(`could not parse oci-layout reference ${quote(text)}`, error);
    }
    const store = repositoryName(reference);
    if (reference.digest === undefined) {
      throw new Error(`oci-layout reference ${quote(formatReference(reference))} has no digest`);
    }
    const dummy = formatReference({ ...parseNormalized(this.name), digest: reference.digest });
    const platform = this.platform ?? defaultPlatform;
    const resolved = await images.resolve(dummy, {
      platform,
      mode: 'default',
      logName: metadataLogName(dummy, `context ${this.key}`),
      store,
    });
    const image = readImageConfig(resolved.config);
    const info = named(`[context ${this.key}] OCI load from client`);
    const source = ociLayoutSource(dummy, this.config.session, store, this.platform, info);
    return {
      state: withImageConfig(newState(source, this.platform), image),
      image,
      uncertain: resolved.uncertain,
    };
  }

  #repository(): State | undefined {
    return gitContext(this.input, { hostKeys: this.config.options.sshHostKeys });
  }

  #git(): State {
    const state = this.#repository();
    if (state === undefined) throw new Error(`invalid git context ${this.input}`);
    return state;
  }

  #web(): State {
    const info = named(`[context ${this.key}] ${this.input}`);
    return this.#repository() ?? newState(httpSource(this.input, 'context', '', info));
  }

  #local(name: string, images: ImageLookup, paths: () => ReadonlySet<string>): State {
    const { config, key } = this;
    const hint = `context:${key}`;
    images.noteRead(hint, ignoreFile(config, name, hint, `[context ${key}]`));
    const excludePatterns = ignorePatterns(config.options.localIgnore?.[name] ?? '');
    const sharedKey = config.attributes.get(`sharedkey:localdir:${key}`) ?? '';
    const suffix = hasFeature(config.options.frontendRelease, 'contextSharedKey')
      ? `-${sharedKey}`
      : '';
    return newState(
      lazyOutput(() =>
        localSource(
          name,
          {
            session: sessionWith(config, name),
            sharedKeyHint: `${hint}${suffix}`,
            excludePatterns,
            followPaths: followPathsOf(paths()),
          },
          named(`[context ${key}] load from client`),
        ),
      ),
    );
  }

  #frontendInput(name: string): LoadedContext {
    const input = this.config.options.inputs?.[name];
    if (input === undefined) throw new Error(`invalid input ${name} for ${this.key}`);
    const state = frontendInput(input);
    if (input.config === undefined) return { state, uncertain: false };
    const image = imageConfigOf(input.config);
    return { state: withImageConfig(state, image), image, uncertain: false };
  }
}

function known(state: State): LoadedContext {
  return { state, uncertain: false };
}

/** Environment, folder and platform of an image config on a state. */
function withImageConfig(state: State, image: ImageConfig): State {
  let result = state;
  for (const pair of image.env.list()) {
    const [key, value] = cut(pair, '=');
    if (key !== '') result = withEnv(result, key, value);
  }
  result = withDir(result, image.workingDir);
  const isFull = image.architecture !== '' && image.os !== '';
  return isFull ? { ...result, platform: normalizePlatform(imagePlatform(image)) } : result;
}
