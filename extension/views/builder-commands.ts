/** What can be done to builders: use, create, inspect, prune, remove. */
import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import type { BuilderService } from '../builder-service';
import type { NewBuilder } from '../engine/builder/buildx-command';
import { PruneNotification, type PruneProgress } from '../service/protocol';
import { builderFor } from '../settings';
import { requireTrust } from '../trust';
import type { BuilderItem, BuildersView } from './builders-view';
import type { RecordTexts } from './record-texts';
import { bytesText } from '../../proto/model/byte-size';
import { messageOf, usageName } from './words';

export type BuilderCommandServices = {
  readonly service: BuilderService;
  readonly view: BuildersView;
  readonly texts: RecordTexts;
};

export function registerBuilderCommands(services: BuilderCommandServices): vscode.Disposable {
  const { view } = services;
  const table: Readonly<Record<string, (item?: unknown) => unknown>> = {
    'llbLens.builders.refresh': () => view.refresh(),
    'llbLens.builders.use': (item) => withBuilder(services, item, useBuilder),
    'llbLens.builders.inspect': (item) => withBuilder(services, item, inspectBuilder),
    'llbLens.builders.prune': (item) => withBuilder(services, item, pruneBuilder),
    'llbLens.builders.remove': (item) => withBuilder(services, item, removeBuilder),
    'llbLens.builders.create': () => createBuilder(services),
  };
  return vscode.Disposable.from(
    ...Object.entries(table).map(([id, run]) =>
      vscode.commands.registerCommand(id, async (item?: unknown) => {
        if (!(await requireTrust())) return;
        try {
          await run(item);
        } catch (error) {
          await vscode.window.showErrorMessage(messageOf(error));
        }
      }),
    ),
  );
}

/** What a command is about; `name` is for people. */
type Builder = { readonly builder: string; readonly name: string };

/** The item of the view, or one that is picked when the command comes from the palette. */
async function withBuilder(
  services: BuilderCommandServices,
  item: unknown,
  run: (services: BuilderCommandServices, builder: Builder) => Promise<void>,
): Promise<void> {
  const chosen = isBuilderItem(item) ? item.entry : await pickBuilder(services.service);
  if (chosen !== undefined) await run(services, chosen);
}

function isBuilderItem(item: unknown): item is BuilderItem {
  return typeof item === 'object' && item !== null && 'kind' in item && item.kind === 'builder';
}

async function pickBuilder(service: BuilderService): Promise<Builder | undefined> {
  const { builders } = await service.request('builder/list', {});
  const picked = await vscode.window.showQuickPick(
    builders.map((entry) => ({
      label: entry.name,
      description: entry.driver,
      detail: entry.address ?? '',
      entry,
    })),
    { title: vscode.l10n.t('BuildKit builder') },
  );
  return picked?.entry;
}

/** Builds of this workspace go there from now on. */
async function useBuilder(_: BuilderCommandServices, { builder }: Builder): Promise<void> {
  const target =
    vscode.workspace.workspaceFolders === undefined
      ? vscode.ConfigurationTarget.Global
      : vscode.ConfigurationTarget.Workspace;
  await vscode.workspace.getConfiguration('llbLens').update('builder', builder, target);
}

async function inspectBuilder(
  { service, texts }: BuilderCommandServices,
  { builder, name }: Builder,
): Promise<void> {
  const [details, usage] = await Promise.all([
    service.request('builder/info', { builder }),
    service.request('builder/usage', { builder }),
  ]);
  const text = JSON.stringify({ ...details, diskUse: usage }, undefined, 2);
  await texts.show(`${name}.json`, text);
}

async function pruneBuilder(
  { service, view }: BuilderCommandServices,
  { builder, name }: Builder,
): Promise<void> {
  const picked = await vscode.window.showQuickPick(
    [
      {
        label: vscode.l10n.t('Unused cache'),
        detail: vscode.l10n.t('Steps, contexts and cache mounts that no build uses now'),
        options: { all: false },
      },
      {
        label: vscode.l10n.t('Unused for a week'),
        detail: vscode.l10n.t('The same, where nobody has used it for seven days'),
        options: { all: false, unusedFor: 7 * 86_400_000 },
      },
      {
        label: vscode.l10n.t('Everything that is not in use'),
        detail: vscode.l10n.t('Also what frontends keep and what images share'),
        options: { all: true },
      },
    ],
    { title: vscode.l10n.t('Prune {0}', name) },
  );
  if (picked === undefined) return;
  const { options } = picked;
  const preview = await service.request('builder/prunePreview', { builder, options });
  if (preview.count === 0) {
    await vscode.window.showInformationMessage(
      vscode.l10n.t('There is nothing to remove from {0}.', name),
    );
    return;
  }
  const remove = vscode.l10n.t('Remove');
  const lines = preview.types.map(({ type, count, size }) =>
    vscode.l10n.t('{0}: {1} in {2}', usageName(type), bytesText(size), count),
  );
  const largest = preview.records
    .slice(0, 5)
    .map(({ size, description }) => `${bytesText(size)}  ${description.slice(0, 80)}`);
  const choice = await vscode.window.showWarningMessage(
    vscode.l10n.t(
      'Remove {0} records ({1}) from {2}?',
      preview.count,
      bytesText(preview.size),
      name,
    ),
    {
      modal: true,
      detail: [...lines, '', vscode.l10n.t('The largest:'), ...largest].join('\n'),
    },
    remove,
  );
  if (choice !== remove) return;
  const token = randomUUID();
  const pruned = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t('Pruning {0}', name),
      cancellable: true,
    },
    async (progress, cancellation) => {
      const listening = service.onNotification((event) => {
        if (event.method !== PruneNotification || event.params.token !== token) return;
        progress.report({ message: progressText(event.params, preview.count) });
      });
      try {
        return await service.request('builder/prune', { builder, options, token }, cancellation);
      } catch (error) {
        if (cancellation.isCancellationRequested) return undefined;
        throw error;
      } finally {
        listening.dispose();
      }
    },
  );
  view.refresh();
  if (pruned === undefined) return;
  await vscode.window.showInformationMessage(
    vscode.l10n.t('Removed {0} records, {1}.', pruned.count, bytesText(pruned.size)),
  );
}

function progressText({ count, size }: PruneProgress, expected: number): string {
  return vscode.l10n.t('{0} of about {1} records, {2}', count, expected, bytesText(size));
}

async function removeBuilder(
  { service, view }: BuilderCommandServices,
  { builder, name }: Builder,
): Promise<void> {
  const remove = vscode.l10n.t('Remove');
  const choice = await vscode.window.showWarningMessage(
    vscode.l10n.t('Remove the builder {0}?', name),
    {
      modal: true,
      detail: vscode.l10n.t('Its cache goes with it, where it has a container or pods of its own.'),
    },
    remove,
  );
  if (choice !== remove) return;
  await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: vscode.l10n.t('Removing {0}', name) },
    () => service.request('builder/remove', { name: builder }),
  );
  if (builderFor(undefined) === builder) {
    const settings = vscode.workspace.getConfiguration('llbLens');
    const places = settings.inspect('builder');
    if (places?.workspaceValue === builder) await settings.update('builder', undefined, false);
    if (places?.globalValue === builder) await settings.update('builder', undefined, true);
  }
  view.refresh();
}

async function createBuilder({ service, view }: BuilderCommandServices): Promise<void> {
  const drivers: readonly (vscode.QuickPickItem & { readonly driver: NewBuilder['driver'] })[] = [
    {
      label: vscode.l10n.t('Container'),
      description: 'docker-container',
      detail: vscode.l10n.t('A BuildKit of its own, in a container of Docker'),
      driver: 'docker-container',
    },
    {
      label: vscode.l10n.t('Remote'),
      description: 'remote',
      detail: vscode.l10n.t('A BuildKit that runs already, at an address'),
      driver: 'remote',
    },
    {
      label: vscode.l10n.t('Kubernetes'),
      description: 'kubernetes',
      detail: vscode.l10n.t('Pods of the cluster that kubectl uses'),
      driver: 'kubernetes',
    },
  ];
  const picked = await vscode.window.showQuickPick(drivers, {
    title: vscode.l10n.t('Create a builder'),
  });
  if (picked === undefined) return;
  const endpoint =
    picked.driver !== 'remote'
      ? ''
      : await vscode.window.showInputBox({
          title: vscode.l10n.t('Address of the BuildKit'),
          placeHolder: 'tcp://host:1234',
          ignoreFocusOut: true,
          validateInput: (text) =>
            /^(tcp|unix|ssh|docker-container|kube-pod|npipe):\/\/./.test(text)
              ? undefined
              : vscode.l10n.t('An address such as tcp://host:1234 or unix:///run/buildkitd.sock'),
        });
  if (endpoint === undefined) return;
  const name = await vscode.window.showInputBox({
    title: vscode.l10n.t('Name of the builder'),
    ignoreFocusOut: true,
    validateInput: (text) =>
      /^[a-z][a-z0-9_.-]*$/i.test(text)
        ? undefined
        : vscode.l10n.t('A letter first, then letters, digits, dots, dashes and underscores'),
  });
  if (name === undefined) return;
  await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t('Creating {0}', name),
      cancellable: true,
    },
    (_, cancellation) =>
      service.request(
        'builder/create',
        { name, driver: picked.driver, ...(endpoint === '' ? {} : { endpoint }) },
        cancellation,
      ),
  );
  view.refresh();
}
