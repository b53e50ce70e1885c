// Dependencies point one way: proto <- language-server, extension; the webview sees the model and messages only.
/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    rule('no-circular', 'A cycle hides a missing concept.', {}, { circular: true }),
    rule(
      'proto-is-the-bottom',
      'proto imports nothing of ours.',
      { path: '^proto/' },
      { path: '^(language-server|extension|webview|test)/' },
    ),
    rule(
      'language-server-below-extension',
      'The server knows no editor and no build.',
      { path: '^language-server/' },
      { path: '^(extension|webview|test)/' },
    ),
    rule(
      'webview-sees-messages-only',
      'The webview is a view of the model.',
      { path: '^webview/' },
      { path: '^(extension|language-server|test|proto/client|proto/generated)/' },
    ),
    rule(
      'extension-not-the-picture-inside',
      'Only the pure picture is shared with the CLI.',
      { path: '^extension/', pathNot: '^extension/build/' },
      { path: '^webview/', pathNot: '^webview/picture/' },
    ),
    rule(
      'product-imports-no-tests',
      'Tests depend on the product, never the reverse.',
      {
        path: '^(proto|language-server|extension|webview)/',
        pathNot: '\\.test\\.ts$|^extension/build/',
      },
      { path: '^test/' },
    ),
    rule(
      'pure-core',
      'Parser, compiler, graph model, messages and picture do no I/O.',
      {
        path: '^(proto/model|proto/wire|proto/messages|proto/patterns|language-server/dockerfile|language-server/derivation|webview/picture)/',
        pathNot: '\\.test\\.ts$',
      },
      { dependencyTypes: ['core'] },
    ),
    rule(
      'pure-core-imports-pure-core',
      'A pure folder may not reach I/O through a neighbour.',
      {
        path: '^(proto/model|proto/wire|proto/messages|proto/patterns|language-server/dockerfile|language-server/derivation|webview/picture)/',
        pathNot: '\\.test\\.ts$',
      },
      { path: '^(proto/client|language-server/server|extension)/' },
    ),
    rule(
      'vscode-only-at-the-rim',
      'Engine, service, adapter and CLI run without an editor.',
      { path: '^(proto|language-server|webview|extension/(engine|service|debug-adapter|cli))/' },
      { path: '^vscode$' },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.cjs', '.mjs', '.json'] },
  },
};

/** @param {string} name @param {string} comment @param {object} from @param {object} to */
function rule(name, comment, from, to) {
  return { name, comment, severity: /** @type {const} */ ('error'), from, to };
}
