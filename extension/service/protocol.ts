/**
 * What the builder service speaks: JSON-RPC on stdio, framed as LSP frames it.
 *
 * The service owns every BuildKit connection outside a build. Its caller says which builder it
 * means in each request (an address or a buildx name; absent for the default choice), because
 * workspace folders may use different ones. A request that fails for reasons of the user's (an image
 * that does not exist, a file that does not compile) answers with the error code
 * {@link ServiceError}, one that finds no builder with {@link NoBuilderError}; both with a message
 * made for people.
 */
import type { BuilderList, ListedBuilder } from '../../proto/client/builders/builder-list';
import type { BuildProfile } from '../../proto/messages/build-profile';
import type { LayerEntry } from '../../proto/messages/webview';

/** JSON-RPC error code of failures that are explained by their message. */
export const ServiceError = 1;
/** JSON-RPC error code when there is no BuildKit to ask; the message says what to do. */
export const NoBuilderError = 2;

export type BuilderRef = { readonly builder?: string };

export type BuilderState =
  | {
      readonly state: 'connected';
      /** How the builder is called where it was found: a buildx name, `BUILDKIT_HOST` … */
      readonly name: string;
      readonly address: string;
      /** BuildKit's version, where it tells one. */
      readonly version?: string;
    }
  | {
      readonly state: 'unavailable';
      readonly reason: string;
      /** What the user can do about it. */
      readonly remedy: string;
    };

/** A builder that can be chosen; `builder` is what to put into the setting `llbLens.builder`. */
export type BuilderEntry = ListedBuilder;

export type ImageParams = BuilderRef & {
  /** As FROM names it. */
  readonly ref: string;
  /** `linux/arm64/v8` */
  readonly platform: string;
  readonly imageResolveMode?: BuildProfile['imageResolveMode'];
};
export type ResolvedImage = {
  /** `sha256:…` of the manifest or index that the reference stands for. */
  readonly digest: string;
  /** The image config, as its JSON text. */
  readonly config: string;
};

/** A step whose result is looked into. */
export type LayerParams = BuilderRef & {
  /** The file that was built and its text at that time. */
  readonly source: { readonly path: string; readonly text: string };
  readonly profile: BuildProfile;
  /** The neutral digest of the step. */
  readonly node: string;
  /** Absolute inside the layer; `/` is its root. */
  readonly path: string;
};
export type LayerFile = {
  /** Base64. */
  readonly data: string;
  /** The file's whole size in bytes; more than `data` holds when it was cut. */
  readonly size: number;
};

export type EmptyParams = Readonly<Record<string, never>>;

/** Parameters and result of every request, by method. */
export type ServiceRequests = {
  'builder/state': { params: BuilderRef; result: BuilderState };
  'builder/list': { params: EmptyParams; result: BuilderList };
  'image/resolve': { params: ImageParams; result: ResolvedImage };
  'layer/readDir': { params: LayerParams; result: readonly LayerEntry[] };
  'layer/readFile': { params: LayerParams; result: LayerFile };
};
export type ServiceMethod = keyof ServiceRequests;

/** Sent by the service when a connection came or went; no parameters. */
export const BuilderChangedNotification = 'builder/changed';
