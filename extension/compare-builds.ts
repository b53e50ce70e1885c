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
  const given = builds.find(({ id }) => id === one);
  const chosen = await chooseTwo(builds, given);
  if (chosen === undefined) return;
  const [first, second] = chosen;
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

type BuildItem = vscode.QuickPickItem & { readonly build: RememberedBuild };

/**
 * Asks for two builds in one list that stays open: a second list would lose the focus to where the
 * first one gives it back.
 * @param given the first of them, if it is known already
 */
async function chooseTwo(
  builds: readonly RememberedBuild[],
  given: RememberedBuild | undefined,
): Promise<readonly [RememberedBuild, RememberedBuild] | undefined> {
  const picker = vscode.window.createQuickPick<BuildItem>();
  if (given === undefined) picker.totalSteps = 2;
  let first = given;
  const ask = (): void => {
    picker.value = '';
    picker.title =
      first === undefined
        ? vscode.l10n.t('Compare which build?')
        : vscode.l10n.t('With which build, {0}?', whenOf(first));
    if (given === undefined) picker.step = first === undefined ? 1 : 2;
    picker.items = builds.filter((build) => build !== first).map(itemOf);
  };
  ask();
  try {
    return await new Promise((resolve) => {
      picker.onDidAccept(() => {
        const [item] = picker.selectedItems;
        if (item === undefined) return;
        if (first !== undefined) resolve([first, item.build]);
        else {
          first = item.build;
          ask();
        }
      });
      picker.onDidHide(() => resolve(undefined));
      picker.show();
    });
  } finally {
    picker.dispose();
  }
}

function itemOf(build: RememberedBuild): BuildItem {
  const outcomes: Readonly<Record<RememberedBuild['outcome'], string>> = {
    succeeded: vscode.l10n.t('succeeded'),
    failed: vscode.l10n.t('failed'),
    cancelled: vscode.l10n.t('cancelled'),
  };
  return {
    label: whenOf(build),
    description: outcomes[build.outcome],
    detail: vscode.l10n.t('{0} steps ran, {1} cached', build.ran, build.cached),
    build,
  };
}

const whenOf = ({ finished }: RememberedBuild): string =>
  new Date(finished).toLocaleString(vscode.env.language);
