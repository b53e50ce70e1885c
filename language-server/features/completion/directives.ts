/** `# syntax=`, `# escape=` and `# check=`, and what hadolint's comments ignore. */
import { CompletionItemKind } from 'vscode-languageserver-types';
import { allRules, directiveSpecs } from '../../dockerfile';
import { hadolintRules } from '../../checks/hadolint/rules';
import { values, type Offer } from './items';
import { frontends } from './words';

export type DirectiveCursor = { readonly typed: string; readonly offers: readonly Offer[] };

/** @param line the line up to the cursor */
export function directiveOffers(line: string): DirectiveCursor {
  const ignored =
    /^\s*#\s*hadolint\s+(?:(?:global|stage)\s+)?ignore\s*=\s*(?:\w+[,\s]+)*(\w*)$/.exec(line);
  if (ignored !== null) return { typed: ignored[1] ?? '', offers: hadolintOffers };
  const [, name = '', value] = /^\s*#\s*([a-z]*)\s*(?:=\s*(.*))?$/i.exec(line) ?? [];
  if (value === undefined) {
    return {
      typed: name,
      offers: Object.entries(directiveSpecs).map(([directive, { docs }]) => ({
        label: `${directive}=`,
        kind: CompletionItemKind.Property,
        docs,
        goesOn: true,
      })),
    };
  }
  switch (name.toLowerCase()) {
    case 'syntax':
      return { typed: value, offers: values(frontends, CompletionItemKind.Module) };
    case 'escape':
      return { typed: value, offers: values(directiveSpecs.escape.value.choices) };
    case 'check':
      return checkOffers(value);
    default:
      return { typed: '', offers: [] };
  }
}

const hadolintOffers: readonly Offer[] = hadolintRules.map(({ code, message }) => ({
  label: code,
  kind: CompletionItemKind.EnumMember,
  docs: message,
}));

/** `skip=Rule,Rule;error=true;experimental=Rule` */
function checkOffers(value: string): DirectiveCursor {
  const part = value.split(';').at(-1) ?? '';
  const equals = part.indexOf('=');
  if (equals < 0) {
    return {
      typed: part,
      offers: values(directiveSpecs.check.value.choices, CompletionItemKind.Property),
    };
  }
  const key = part.slice(0, equals).trim();
  const typed =
    part
      .slice(equals + 1)
      .split(',')
      .at(-1) ?? '';
  const rules = allRules.filter(({ experimental }) => key !== 'experimental' || experimental);
  return {
    typed,
    offers: [
      { label: 'all', kind: CompletionItemKind.EnumMember, docs: 'Every rule.' },
      ...rules.map(({ name, description }) => ({
        label: name,
        kind: CompletionItemKind.EnumMember,
        docs: description,
      })),
    ],
  };
}
