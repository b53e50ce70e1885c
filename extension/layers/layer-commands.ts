/** What can be done in the view *Layers*. */
import { homedir } from 'node:os';
import { posix } from 'node:path';
import * as vscode from 'vscode';
import { documentAtHand } from '../build-files';
import type { BuilderService } from '../builder-service';
import type { Build, Builds } from '../builds';
import type { LayerFiles } from '../layer-files';
import type { ImageToInspect, LayerPlace } from '../service/protocol';
import { builderFor } from '../settings';
import { requireTrust } from '../trust';
import { messageOf } from '../views/words';
import { type FileRow, type MoreRow, nameOf } from './layer-items';
import { layerOfStep, type LayersView, type Mode, type ShownLayer } from './layers-view';

export type LayerCommandServices = {
  readonly service: BuilderService;
  readonly layers: LayerFiles;
  readonly view: LayersView;
  readonly builds: Builds;
  /** The file whose graph has the focus. */
  readonly activeFile: () => vscode.Uri | undefined;
  readonly memory: vscode.Memento;
};

/** Images that were inspected, the newest first. */
const RECENT_KEY = 'recentImages';
const mostRecent = 20;
/** Files that a search shows. */
const mostFound = 500;

export function registerLayerCommands(services: LayerCommandServices): vscode.Disposable {
  const { view } = services;
  const mode = (wanted: Mode) => () => view.setMode(wanted);
  const table: Readonly<Record<string, (row?: unknown) => unknown>> = {
    'llbLens.layers.open': onFile((row) => openRow(services, row)),
    'llbLens.layers.openFile': onFile((row) => openFile(services, row)),
    'llbLens.layers.openChanges': onFile((row) => openChanges(services, row)),
    'llbLens.layers.compareFile': onFile((row) => compareFile(services, row)),
    'llbLens.layers.save': onFile((row) => save(services, row)),
    'llbLens.layers.copyPath': onFile(({ path }) => vscode.env.clipboard.writeText(path)),
    'llbLens.layers.more': (row) => {
      if (isMore(row)) view.more(row.parent);
    },
    'llbLens.layers.showFiles': mode('files'),
    'llbLens.layers.showChanges': mode('changes'),
    'llbLens.layers.showImage': () => inspectShown(services),
    'llbLens.layers.refresh': () => view.refresh(),
    'llbLens.layers.showStep': () => showStep(services),
    'llbLens.layers.compareWith': () => compareWith(services),
    'llbLens.layers.search': () => search(services),
    'llbLens.layers.saveTar': () => saveTar(services),
    'llbLens.layers.inspectImage': (reference) => inspectImage(services, reference),
  };
  return vscode.Disposable.from(
    ...Object.entries(table).map(([id, run]) =>
      vscode.commands.registerCommand(id, (row?: unknown) => guarded(() => run(row))),
    ),
  );
}

async function guarded(run: () => unknown): Promise<void> {
  if (!(await requireTrust())) return;
  try {
    await run();
  } catch (error) {
    if (!(error instanceof vscode.CancellationError)) {
      await vscode.window.showErrorMessage(messageOf(error));
    }
  }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
/** The rows are ours: VS Code gives back what the view gave it. */
const isFile = (row: unknown): row is FileRow =>
  isObject(row) && 'kind' in row && row.kind === 'file' && 'path' in row;
const isMore = (row: unknown): row is MoreRow =>
  isObject(row) && 'kind' in row && row.kind === 'more';

function onFile(run: (row: FileRow) => unknown): (row?: unknown) => unknown {
  return async (row) => {
    if (isFile(row)) await run(row);
  };
}

/** A changed file beside what it was; any other as it is. */
async function openRow(services: LayerCommandServices, row: FileRow): Promise<void> {
  if (row.placeBefore !== undefined && row.entry.kind === 'file') await openChanges(services, row);
  else await openFile(services, row);
}

async function openFile({ layers }: LayerCommandServices, { place, path }: FileRow): Promise<void> {
  if (place === undefined) {
    throw new Error(vscode.l10n.t('The files of single layers of an image cannot be opened.'));
  }
  await vscode.commands.executeCommand('vscode.open', layers.uriIn(place, path), { preview: true });
}

async function openChanges(
  { layers }: LayerCommandServices,
  { place, placeBefore, path }: FileRow,
): Promise<void> {
  if (place === undefined || placeBefore === undefined) return;
  await vscode.commands.executeCommand(
    'vscode.diff',
    layers.uriIn(placeBefore, path),
    layers.uriIn(place, path),
    vscode.l10n.t('{0} (before ↔ after)', nameOf(path)),
    { preview: true },
  );
}

/** A file of the shown layer beside the one of the same path anywhere else. */
async function compareFile(services: LayerCommandServices, row: FileRow): Promise<void> {
  const { place, path } = row;
  if (place === undefined) return;
  const other = await pickLayer(services, vscode.l10n.t('Compare {0} with its state in', path));
  if (other?.place === undefined) return;
  const { layers } = services;
  await vscode.commands.executeCommand(
    'vscode.diff',
    layers.uriIn(other.place, path),
    layers.uriIn(place, path),
    vscode.l10n.t('{0} ({1} ↔ {2})', nameOf(path), other.title, services.view.shown?.title ?? ''),
    { preview: true },
  );
}

async function save({ service }: LayerCommandServices, { place, path, entry }: FileRow) {
  if (place === undefined) return;
  const name = entry.kind === 'directory' ? `${nameOf(path)}.tar` : nameOf(path);
  const target = await askTarget(name);
  if (target === undefined) return;
  await working(vscode.l10n.t('Saving {0}…', path), () =>
    service.request('layer/save', { layer: place, path, target: target.fsPath }),
  );
}

async function saveTar({ service, view }: LayerCommandServices): Promise<void> {
  const place = shownPlace(view);
  const all = { label: vscode.l10n.t('All files'), changes: false };
  const changes = {
    label: vscode.l10n.t('Only what the step changed'),
    detail: vscode.l10n.t('As a layer of an image: .wh.NAME stands for a removed NAME.'),
    changes: true,
  };
  const picked =
    place.kind === 'step'
      ? await vscode.window.showQuickPick([all, changes], { title: vscode.l10n.t('Save as tar') })
      : all;
  if (picked === undefined) return;
  const title = view.shown?.title ?? '';
  const target = await askTarget(`${title.replace(/[^\w.-]+/g, '-').slice(0, 60)}.tar`);
  if (target === undefined) return;
  await working(vscode.l10n.t('Saving {0}…', title), () =>
    picked.changes
      ? service.request('layer/saveChanges', { layer: place, target: target.fsPath })
      : service.request('layer/save', { layer: place, path: '/', target: target.fsPath }),
  );
  await vscode.window.showInformationMessage(vscode.l10n.t('Saved to {0}.', target.fsPath));
}

function shownPlace(view: LayersView): LayerPlace {
  const place = view.shown?.place;
  if (place !== undefined) return place;
  throw new Error(vscode.l10n.t('Choose a step or an image first.'));
}

function askTarget(name: string): Thenable<vscode.Uri | undefined> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(homedir());
  return vscode.window.showSaveDialog({ defaultUri: vscode.Uri.joinPath(folder, name) });
}

/** Says in the view that something is under way. */
function working<T>(title: string, work: () => Promise<T>): Thenable<T> {
  return vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title },
    work,
  );
}

async function search({ service, view, layers }: LayerCommandServices): Promise<void> {
  const layer = shownPlace(view);
  const pattern = await vscode.window.showInputBox({
    title: vscode.l10n.t('Search in {0}', view.shown?.title ?? ''),
    prompt: vscode.l10n.t('A part of the name, or a pattern such as *.so or /etc/**'),
  });
  if (pattern === undefined || pattern === '') return;
  const { found, count } = await working(vscode.l10n.t('Searching…'), () =>
    service.request('layer/search', { layer, pattern, limit: mostFound }),
  );
  const picked = await vscode.window.showQuickPick(
    found.map(({ path, entry }) => ({
      label: nameOf(path),
      description: posix.dirname(path),
      iconPath: new vscode.ThemeIcon(entry.kind === 'directory' ? 'folder' : 'file'),
      path,
      entry,
    })),
    {
      title:
        count > found.length
          ? vscode.l10n.t('{0} of {1} found', found.length, count)
          : vscode.l10n.t('{0} found', count),
      matchOnDescription: true,
    },
  );
  if (picked === undefined) return;
  if (picked.entry.kind === 'directory') await vscode.env.clipboard.writeText(picked.path);
  else await vscode.commands.executeCommand('vscode.open', layers.uriIn(layer, picked.path));
}

/** The newest build of the file at hand. */
function buildAtHand({ builds, activeFile, view }: LayerCommandServices): Build | undefined {
  const uri = activeFile() ?? documentAtHand()?.uri;
  const build = uri === undefined ? undefined : builds.of(uri);
  return build ?? view.shown?.step?.build;
}

async function showStep(services: LayerCommandServices): Promise<void> {
  if (buildAtHand(services) === undefined) {
    throw new Error(vscode.l10n.t('Build a Dockerfile first: its steps have the files.'));
  }
  const layer = await pickLayer(services, vscode.l10n.t('Show the files of'));
  if (layer !== undefined) await services.view.show(layer, 'changes');
}

async function compareWith(services: LayerCommandServices): Promise<void> {
  const { view } = services;
  const { shown } = view;
  if (shown === undefined) throw new Error(vscode.l10n.t('Choose a step or an image first.'));
  const other = await pickLayer(services, vscode.l10n.t('Compare {0} with', shown.title));
  if (other?.place === undefined) return;
  await view.show({ ...shown, from: { title: other.title, place: other.place } }, 'changes');
}

/** A step of the build at hand, or an image. */
async function pickLayer(
  services: LayerCommandServices,
  title: string,
): Promise<ShownLayer | undefined> {
  const build = buildAtHand(services);
  const groups = new Map((build?.graph.groups ?? []).map(({ id, name }) => [id, name]));
  const steps = (build?.graph.nodes ?? []).map((node) => ({
    label: node.name,
    description: node.group === undefined ? '' : (groups.get(node.group) ?? ''),
    iconPath: new vscode.ThemeIcon('symbol-event'),
    node,
  }));
  const image = { label: vscode.l10n.t('An image…'), iconPath: new vscode.ThemeIcon('package') };
  const picked = await vscode.window.showQuickPick<vscode.QuickPickItem>([...steps, image], {
    title,
    matchOnDescription: true,
  });
  if (picked === undefined) return undefined;
  const step = steps.find((one) => one === picked);
  if (step !== undefined && build !== undefined) return layerOfStep({ build, node: step.node });
  const reference = await askImage(services.memory);
  return reference === undefined ? undefined : { title: reference, place: imagePlace(reference) };
}

function imagePlace(reference: string): LayerPlace {
  const builder = builderFor(undefined);
  return { kind: 'image', reference, ...(builder === undefined ? {} : { builder }) };
}

/** An image that is typed, or one of the last. */
async function askImage(memory: vscode.Memento): Promise<string | undefined> {
  const recent = memory.get<readonly string[]>(RECENT_KEY, []);
  const picker = vscode.window.createQuickPick();
  picker.title = vscode.l10n.t('Inspect Image');
  picker.placeholder = vscode.l10n.t('An image such as alpine:3.22, or the path of an archive');
  const offer = (): void => {
    const typed = picker.value.trim();
    picker.items = [
      ...(typed === '' || recent.includes(typed) ? [] : [{ label: typed, alwaysShow: true }]),
      ...recent.map((label) => ({ label, description: vscode.l10n.t('recent') })),
    ];
  };
  offer();
  const chosen = await new Promise<string | undefined>((resolve) => {
    picker.onDidChangeValue(offer);
    picker.onDidAccept(() => {
      const label = picker.activeItems[0]?.label;
      // The entry of what is typed comes a moment after the key: it may lack the last ones.
      const isRecent = label !== undefined && recent.includes(label);
      resolve(isRecent ? label : picker.value.trim());
    });
    picker.onDidHide(() => resolve(undefined));
    picker.show();
  });
  picker.dispose();
  if (chosen === undefined || chosen === '') return undefined;
  const kept = [chosen, ...recent.filter((one) => one !== chosen)].slice(0, mostRecent);
  await memory.update(RECENT_KEY, kept);
  return chosen;
}

async function inspectImage(services: LayerCommandServices, given: unknown): Promise<void> {
  const reference = typeof given === 'string' ? given : await askImage(services.memory);
  if (reference === undefined) return;
  if (/^([/~.]|[a-zA-Z]:\\)/.test(reference)) {
    await inspect(services, { kind: 'archive', path: reference }, { title: nameOf(reference) });
    return;
  }
  const place = imagePlace(reference);
  const image: ImageToInspect = { kind: 'layer', layer: place, name: reference };
  await inspect(services, image, { title: reference, place });
}

/** The image that the shown step would make. */
async function inspectShown(services: LayerCommandServices): Promise<void> {
  const { view } = services;
  const { shown } = view;
  if (shown?.image !== undefined) {
    view.setMode('image');
    return;
  }
  const layer = shownPlace(view);
  const title = shown?.title ?? '';
  await inspect(services, { kind: 'layer', layer, name: title }, { ...shown, title });
}

async function inspect(
  { service, view }: LayerCommandServices,
  wanted: ImageToInspect,
  shown: ShownLayer,
): Promise<void> {
  const image = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t('Reading the layers of {0}…', shown.title),
      cancellable: true,
    },
    (_, token) => service.request('image/inspect', wanted, token),
  );
  await view.show({ ...shown, image }, 'image');
}
