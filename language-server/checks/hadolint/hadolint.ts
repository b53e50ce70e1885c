/** hadolint's rules over a Dockerfile, with hadolint's own config and ignore comments honoured. */
import type { DockerfileView } from '../../dockerfile-view';
import { parseNormalized } from '../../dockerfile';
import type { ServerHost } from '../../host';
import type { Finding } from '../finding';
import { configNames, hadolintConfig, noConfig, type HadolintConfig } from './config';
import { HadolintFile, type HadolintPlace } from './hadolint-file';
import { Pragmas } from './pragmas';
import { hadolintRules } from './rules';

/** A machine that config files are read on. */
type ConfigHost = Pick<ServerHost, 'readText' | 'hadolintFiles'>;

/** How many folders above the Dockerfile may hold the config file. */
const levels = 6;

export async function hadolintFindings(view: DockerfileView, host: ConfigHost): Promise<Finding[]> {
  return findings(view, await configFor(view.uri, host));
}

export function findings(view: DockerfileView, config: HadolintConfig): Finding[] {
  const file = new HadolintFile(view, new Pragmas(view));
  const found: Finding[] = [];
  const report = (
    code: string,
    message: string,
    severity: Finding['severity'],
    places: readonly HadolintPlace[],
  ): void => {
    if (config.ignored.has(code)) return;
    for (const { span, instruction, message: own = message } of places) {
      if (!config.noPragmas && file.pragmas.ignores(code, instruction)) continue;
      found.push({
        code,
        message: own,
        severity: config.severities.get(code) ?? severity,
        span: { start: span.start, end: span.end },
        source: 'hadolint',
        url: `https://github.com/hadolint/hadolint/wiki/${code}`,
      });
    }
  };
  for (const rule of hadolintRules) {
    if (rule.policy === true && !config.severities.has(rule.code)) continue;
    report(rule.code, rule.message, rule.severity, rule.find(file, config));
  }
  if (config.trustedRegistries.length > 0) {
    const message = 'The image comes from a registry that the config does not trust';
    report('DL3026', message, 'error', untrusted(view, config.trustedRegistries));
  }
  return found;
}

function untrusted(view: DockerfileView, registries: readonly string[]): HadolintPlace[] {
  const trusted = registries.map(
    (registry) =>
      new RegExp(`^${registry.replace(/[.+^${}()|[\]\\?]/g, '\\$&').replaceAll('*', '.*')}$`),
  );
  return view.stages.stages.flatMap(({ image, base, from }) => {
    if (image === undefined || base !== undefined || image.text === 'scratch') return [];
    try {
      const { domain } = parseNormalized(image.text);
      return trusted.some((each) => each.test(domain)) ? [] : [{ span: image, instruction: from }];
    } catch {
      return []; // A name with variables in it.
    }
  });
}

/** ShellCheck's findings without those that hadolint's config or comments say to ignore. */
export async function withoutIgnored(
  found: readonly Finding[],
  view: DockerfileView,
  host: ConfigHost,
): Promise<Finding[]> {
  if (found.length === 0) return [];
  const config = await configFor(view.uri, host);
  const pragmas = new Pragmas(view);
  const kept: Finding[] = [];
  for (const finding of found) {
    const { code, span } = finding;
    const at = view.tree.instructions.findLast(
      ({ keywordSpan }) => keywordSpan.start <= span.start,
    );
    if (config.ignored.has(code)) continue;
    if (at !== undefined && !config.noPragmas && pragmas.ignores(code, at)) continue;
    kept.push({ ...finding, severity: config.severities.get(code) ?? finding.severity });
  }
  return kept;
}

/** Whether a comment in the file may silence a rule: a config can forbid it. */
export async function countsComments(uri: string, host: ConfigHost): Promise<boolean> {
  return !(await configFor(uri, host)).noPragmas;
}

/** The first config file that is there: beside the Dockerfile, in a folder above, the user's own. */
async function configFor(uri: string, host: ConfigHost): Promise<HadolintConfig> {
  for (const file of [...projectFiles(uri), ...(host.hadolintFiles?.(uri) ?? [])]) {
    const text = await host.readText(file);
    if (text !== undefined) return hadolintConfig(text);
  }
  return noConfig;
}

function projectFiles(uri: string): string[] {
  const files: string[] = [];
  if (!uri.startsWith('file:')) return files;
  let folder = new URL('.', uri).href;
  for (let level = 0; level < levels; level++) {
    files.push(...configNames.map((name) => new URL(name, folder).href));
    const above = new URL('..', folder).href;
    if (above === folder) break;
    folder = above;
  }
  return files;
}
