import { describe, expect, test } from 'vitest';
import { emptyGraph } from '../model/build-graph';
import { digestOf } from '../model/digest';
import { parseFromWebview, parseToWebview, parseWebviewBoot } from './validate-webview';
import { escapeHtml, webviewPage } from './webview-page';

const digest = digestOf(new Uint8Array([1]));
const context = {
  title: 'Dockerfile',
  uri: 'file:///Dockerfile',
  trusted: true,
  builder: { state: 'connected', text: 'default' },
  build: { state: 'none', text: '' },
};
const node = {
  id: 'a',
  digest,
  neutralDigest: digest,
  kind: 'exec',
  name: 'RUN true',
  fullName: '[1/1] RUN true',
  inputs: [{ node: 'b', kind: 'mount', label: '/src' }],
  ranges: [{ source: 0, start: { line: 1, character: 0 }, end: { line: 1, character: 0 } }],
  details: [],
  internal: false,
  uncertain: false,
};
const metadata = {
  ignoreCache: false,
  description: { 'llb.customname': 'RUN true' },
  caps: ['exec.meta.base'],
};
const snapshot = { v: 1, type: 'snapshot', version: 0, graph: emptyGraph, context };

describe('messages to the page', () => {
  test.each<[string, unknown]>([
    ['an empty snapshot', snapshot],
    ['a snapshot with a node', { ...snapshot, graph: { ...emptyGraph, nodes: [node] } }],
    ['a patch with a cleared status', patch({ status: { a: null, b: { state: 'running' } } })],
    ['a patch with a node', patch({ upserts: [node], order: ['a'] })],
    ['fields of a later version', { ...snapshot, more: true }],
    ['an op without metadata', { v: 1, type: 'op', node: 'a', json: '{}' }],
    ['an op with its metadata', opWith(metadata)],
    ['no selection', { v: 1, type: 'select', node: null, reveal: false }],
  ])('accepts %s', (_, message) => {
    expect(parseToWebview(message)).toBe(message);
  });

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['a text', 'snapshot'],
    ['another protocol version', { ...snapshot, v: 2 }],
    ['an unknown type', { v: 1, type: 'eval', code: '1' }],
    ['an inherited type', { v: 1, type: 'constructor' }],
    ['a missing field', { v: 1, type: 'snapshot', version: 0, graph: emptyGraph }],
    ['a negative offset', { v: 1, type: 'log', node: 'a', from: -1, text: '', next: 0 }],
    ['an unknown state', patch({ status: { a: { state: 'exploded' } } })],
    ['a digest that is none', patch({ upserts: [{ ...node, digest: 'sha256:12' }] })],
    ['an input that is no object', patch({ upserts: [{ ...node, inputs: ['b'] }] })],
    ['metadata whose capabilities are no list', opWith({ ...metadata, caps: 'exec.meta.base' })],
    ['a list in place of a map', patch({ status: [] })],
    ['a wrong optional field', patch({ upserts: [{ ...node, group: 7 }] })],
  ])('drops %s', (_, message) => {
    expect(parseToWebview(message)).toBeUndefined();
  });
});

describe('messages from the page', () => {
  test('accepts a command it knows', () => {
    const message = { v: 1, type: 'command', command: 'build' };
    expect(parseFromWebview(message)).toBe(message);
  });
  test.each<[string, unknown]>([
    ['a command it does not know', { v: 1, type: 'command', command: 'rm' }],
    ['a path that is no text', { v: 1, type: 'openFile', node: 'a', path: ['/etc'] }],
    ['a fractional offset', { v: 1, type: 'readLog', node: 'a', from: 0.5 }],
  ])('drops %s', (_, message) => {
    expect(parseFromWebview(message)).toBeUndefined();
  });
});

test('boot data must name both files', () => {
  const boot = { layoutWorker: 'a', layoutEngine: 'b', strings: {} };
  expect(parseWebviewBoot(boot)).toBe(boot);
  expect(parseWebviewBoot({ ...boot, layoutEngine: undefined })).toBeUndefined();
});

test('the page escapes every value it is given', () => {
  const html = webviewPage({
    title: '</title><script>alert(1)</script>',
    nonce: 'n0nce',
    cspSource: 'https://resources.example',
    script: 'main.js?a=1&b="',
    style: 'style.css',
    boot: { layoutWorker: 'w', layoutEngine: 'e', strings: { x: '"><img onerror=alert(1)>' } },
  });
  expect(html.match(/<script/g)).toHaveLength(1);
  expect(html).not.toContain('<img');
  expect(html).toContain('main.js?a=1&amp;b=&quot;');
  expect(html).toContain(escapeHtml("script-src 'nonce-n0nce'"));
});

function patch(body: object): unknown {
  return { v: 1, type: 'patch', base: 0, version: 1, patch: body };
}

function opWith(metadata: object): unknown {
  return { v: 1, type: 'op', node: 'a', json: '{}', metadata };
}
