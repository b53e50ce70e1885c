/** Why a step runs or differs, as a sentence in the reader's language. */
import type { Reason } from '../../proto/model/build-graph';
import { webviewStrings, type WebviewStringKey } from '../../proto/messages/webview-strings';
import { textsFrom, type Texts } from './texts';

/** The sentence holds names and values from the build: it is untrusted text. */
export function reasonText({ kind, values }: Reason, texts: Texts = english): string {
  const [fact = '', ...others] = values;
  return kind.startsWith('fact.')
    ? texts(`reason.${kind}`, factName(fact, texts), ...others)
    : texts(`reason.${kind}`, ...values);
}

const english = textsFrom(webviewStrings);

/** A fact's name is what kind it is and, of some kinds, which one: `variable PATH`. */
function factName(name: string, texts: Texts): string {
  const [, action, rest] = /^action (\d+): (.*)$/s.exec(name) ?? [];
  if (action !== undefined && rest !== undefined)
    return texts('fact.action', action, factName(rest, texts));
  const whole = `fact.${name}`;
  if (isKey(whole)) return texts(whole);
  for (let space = name.lastIndexOf(' '); space > 0; space = name.lastIndexOf(' ', space - 1)) {
    const kind = `fact.${name.slice(0, space)}`;
    if (isKey(kind)) return texts(kind, name.slice(space + 1));
  }
  return name;
}

const isKey = (key: string): key is WebviewStringKey => Object.hasOwn(webviewStrings, key);
