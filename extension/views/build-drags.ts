/** Builds of the history can be dragged onto a graph, which opens theirs. */
import * as vscode from 'vscode';
import type { HistoryRecord } from '../engine/history/record';
import { RECORD_SCHEME } from '../engine/history/record-uri';

const URI_LIST = 'text/uri-list';

export const buildDrags: vscode.TreeDragAndDropController<HistoryRecord> = {
  dragMimeTypes: [URI_LIST],
  dropMimeTypes: [],
  handleDrag(records, data) {
    const uris = records.map(({ ref }) => `${RECORD_SCHEME}:/${ref}`);
    data.set(URI_LIST, new vscode.DataTransferItem(uris.join('\r\n')));
  },
};
