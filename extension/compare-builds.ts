/** *Compare Builds*: any two remembered builds of a file, side by side in its graph. */
import * as vscode from 'vscode';
import type { BuilderService } from './builder-service';
import type { GraphPanels } from './graph-panels';
import type { RememberedBuild } from './service/protocol';

export type CompareServices = {
  readonly service: BuilderService;
  readonly panels: Pick<GraphPanels, 'explain'>;
};

/** @param one a build that is to be one of the two */
export async function compareBuilds(
  { service, panels }: CompareServices,
  file: vscode.Uri,
  one?: string,
): Promise<void> {
  const builds = await service.request('record/builds', { file: file.fsPath });
  if (builds.length < 2) {
    await vscode.window.showInformationMessage(
      vscode.l10n.t('Two builds of this file have to be remembered to be compared.'),
    );
    return;
  }
  const first =
    builds.find(({ id }) => id === one) ??
    (await pick(builds, vscode.l10n.t('Compare which build?')));
  if (first === undefined) return;
  const others = builds.filter(({ id }) => id !== first.id);
  const second = await pick(others, vscode.l10n.t('With which build, {0}?', whenOf(first)));
  if (second === undefined) return;
  const [earlier, later] = first.finished < second.finished ? [first, second] : [second, first];
  await panels.explain(file, { earlier: earlier.id, later: later.id });
}

/** From an item of the Builds view. */
export async function compareRecord(services: CompareServices, ref: string): Promise<void> {
  const found = await services.service.request('record/fileOf', { id: ref });
  if (found !== null) return compareBuilds(services, vscode.Uri.file(found.file), ref);
  await vscode.window.showInformationMessage(
    vscode.l10n.t('Only builds by LLB Lens can be compared: what others read is not known.'),
  );
}

async function pick(
  builds: readonly RememberedBuild[],
  title: string,
): Promise<RememberedBuild | undefined> {
  const outcomes: Readonly<Record<RememberedBuild['outcome'], string>> = {
    succeeded: vscode.l10n.t('succeeded'),
    failed: vscode.l10n.t('failed'),
    cancelled: vscode.l10n.t('cancelled'),
  };
  const items = builds.map((build) => ({
    label: whenOf(build),
    description: outcomes[build.outcome],
    detail: vscode.l10n.t('{0} steps ran, {1} cached', build.ran, build.cached),
    build,
  }));
  return (await vscode.window.showQuickPick(items, { title }))?.build;
}

const whenOf = ({ finished }: RememberedBuild): string =>
  new Date(finished).toLocaleString(vscode.env.language);
