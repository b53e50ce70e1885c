/** Options → BuildKit's frontend attributes, so that they are checked and reported as BuildKit does. */
import type { CompileOptions } from './options';

export function frontendAttributes(options: CompileOptions): Map<string, string> {
  const attributes = new Map<string, string>();
  const set = (key: string, value: string | undefined): void => {
    if (value !== undefined) attributes.set(key, value);
  };
  const setAll = (prefix: string, values: Readonly<Record<string, string>> | undefined): void => {
    for (const [key, value] of Object.entries(values ?? {})) attributes.set(prefix + key, value);
  };
  const setList = (key: string, values: readonly string[] | undefined): void => {
    if (values !== undefined && values.length > 0) attributes.set(key, values.join(','));
  };
  set('filename', options.filename);
  set('target', options.target);
  setAll('build-arg:', options.buildArgs);
  setAll('label:', options.labels);
  setList('platform', options.platforms);
  setAll('context:', options.contexts);
  set('context', options.contextUrl);
  set('contextsubdir', options.contextSubdir);
  set('shm-size', options.shmSize?.toString());
  setList('ulimit', options.ulimits);
  setList('add-hosts', options.extraHosts);
  set('force-network-mode', options.networkMode);
  set('cgroup-parent', options.cgroupParent);
  set('hostname', options.hostname);
  set('no-cache', noCache(options.noCache));
  set('multi-platform', options.multiPlatform?.toString());
  set('image-resolve-mode', options.imageResolveMode);
  setAll('', options.resources);
  setAll('', options.frontendOpts);
  return attributes;
}

function noCache(value: CompileOptions['noCache']): string | undefined {
  if (value === undefined || value === false) return undefined;
  return value === true ? '' : value.join(',');
}

/** The attributes with a prefix, the prefix taken off. */
export function withPrefix(
  attributes: ReadonlyMap<string, string>,
  prefix: string,
): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of attributes) {
    if (key.startsWith(prefix)) found.set(key.slice(prefix.length), value);
  }
  return found;
}
