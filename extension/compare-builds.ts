/**
 * *Compare Builds*: any two remembered builds of a file, or one and what is in the editor, side by
 * side in its graph.
 */
import * as vscode from 'vscode';
import type { BuilderService } from './builder-service';
import type { GraphPanels } from './graph-panels';
import type { ComparedBuilds, ComparedWithNow, RememberedBuild } from './service/protocol';

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
  if (builds.length === 0) {
    await vscode.window.showInformationMessage(
      vscode.l10n.t('A build of this file has to be remembered to be compared.'),
    );
    return;
  }
  const given = builds.find(({ id }) => id === one);
  const chosen = await chooseTwo(builds, given);
  const compared = chosen === undefined ? undefined : inOrder(...chosen);
  if (compared !== undefined) await panels.explain(file, compared);
}

/** From an item of the Builds view. */
export async function compareRecord(services: CompareServices, ref: string): Promise<void> {
  const found = await services.service.request('record/fileOf', { id: ref });
  if (found !== null) return compareBuilds(services, vscode.Uri.file(found.file), ref);
  await vscode.window.showInformationMessage(
    vscode.l10n.t('Only builds by LLB Lens can be compared: what others read is not known.'),
  );
}

/** What is in the editor has not been built, so it comes after all that has. */
const NOW = 'now';
type Side = RememberedBuild | typeof NOW;
type SideItem = vscode.QuickPickItem & { readonly side: Side };

/** Undefined where both are the same. */
function inOrder(a: Side, b: Side): ComparedBuilds | ComparedWithNow | undefined {
  if (a === NOW) return b === NOW ? undefined : { earlier: b.id };
  if (b === NOW) return { earlier: a.id };
  const [earlier, later] = a.finished < b.finished ? [a, b] : [b, a];
  return { earlier: earlier.id, later: later.id };
}

/**
 * Asks for both sides in one list that stays open: a second list would lose the focus to where the
 * first one gives it back.
 * @param given the first of them, if it is known already
 */
async function chooseTwo(
  builds: readonly RememberedBuild[],
  given: RememberedBuild | undefined,
): Promise<readonly [Side, Side] | undefined> {
  const picker = vscode.window.createQuickPick<SideItem>();
  if (given === undefined) picker.totalSteps = 2;
  const sides: readonly Side[] = [NOW, ...builds];
  let first: Side | undefined = given;
  const ask = (): void => {
    picker.value = '';
    picker.title = questionAfter(first);
    if (given === undefined) picker.step = first === undefined ? 1 : 2;
    picker.items = sides.filter((side) => side !== first).map(itemOf);
  };
  ask();
  try {
    return await new Promise((resolve) => {
      picker.onDidAccept(() => {
        const [item] = picker.selectedItems;
        if (item === undefined) return;
        if (first !== undefined) resolve([first, item.side]);
        else {
          first = item.side;
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

function questionAfter(first: Side | undefined): string {
  if (first === undefined) return vscode.l10n.t('Compare which build?');
  if (first === NOW) return vscode.l10n.t('With which build, the file as it is in the editor?');
  return vscode.l10n.t('With which build, {0}?', whenOf(first));
}

function itemOf(side: Side): SideItem {
  if (side === NOW) {
    return {
      label: vscode.l10n.t('The file as it is in the editor'),
      description: vscode.l10n.t('not built'),
      side,
    };
  }
  const outcomes: Readonly<Record<RememberedBuild['outcome'], string>> = {
    succeeded: vscode.l10n.t('succeeded'),
    failed: vscode.l10n.t('failed'),
    cancelled: vscode.l10n.t('cancelled'),
  };
  return {
    label: whenOf(side),
    description: outcomes[side.outcome],
    detail: vscode.l10n.t('{0} steps ran, {1} cached', side.ran, side.cached),
    side,
  };
}

const whenOf = ({ finished }: RememberedBuild): string =>
  new Date(finished).toLocaleString(vscode.env.language);
