/** The values of variables beside the lines that use them, while a build is stopped. */
import * as vscode from 'vscode';

/** `$NAME` and `${NAME…}`, and the names that ARG and ENV set. */
const uses = /\$\{?([A-Za-z_]\w*)|\b(?:ARG|ENV)\s+([A-Za-z_]\w*)/gi;

export function registerInlineValues(): vscode.Disposable {
  return vscode.languages.registerInlineValuesProvider(
    { language: 'dockerfile' },
    {
      provideInlineValues: (document, viewPort, { stoppedLocation }) => {
        const found: vscode.InlineValue[] = [];
        const last = Math.min(viewPort.end.line, stoppedLocation.end.line);
        for (let line = viewPort.start.line; line <= last; line++) {
          const { text } = document.lineAt(line);
          if (/^\s*#/.test(text)) continue;
          for (const match of text.matchAll(uses)) {
            const name = match[1] ?? match[2] ?? '';
            const range = new vscode.Range(line, match.index, line, match.index + match[0].length);
            found.push(new vscode.InlineValueEvaluatableExpression(range, `$${name}`));
          }
        }
        return found;
      },
    },
  );
}
