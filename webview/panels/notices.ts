/** What stands in the way, with its remedy: no trust, no BuildKit, notes of the compiler. */
import type { ViewContext, WebviewCommand } from '../../proto/messages/webview';
import { button, h, iconDrawing } from '../dom';
import type { Icon } from '../picture/appearance';
import { warningIcon } from '../picture/appearance';
import { displayText } from '../picture/display-text';
import type { Texts } from '../picture/texts';

export type Notices = {
  readonly element: HTMLElement;
  readonly update: (
    context: ViewContext | undefined,
    notes: readonly string[],
    layoutFailure: string | undefined,
  ) => void;
};

type Notice = {
  readonly text: string;
  readonly kind: 'info' | 'warning';
  readonly items?: readonly string[];
  readonly action?: WebviewCommand & ('manageTrust' | 'selectBuilder');
};

const infoIcon: Icon = {
  stroke: 'M8 1.8a6.2 6.2 0 1 1 0 12.4a6.2 6.2 0 1 1 0-12.4ZM8 7.4v3.8M8 4.9h.01',
};

export function createNotices(texts: Texts, run: (command: WebviewCommand) => void): Notices {
  const element = h('section', { class: 'notices', 'aria-label': texts('notice.region') });
  let shown = '';

  const row = (notice: Notice): HTMLElement => {
    const { action } = notice;
    return h(
      'div',
      { class: `notice notice-${notice.kind}` },
      iconDrawing(notice.kind === 'info' ? infoIcon : warningIcon),
      notice.items === undefined
        ? h('span', { class: 'notice-text' }, notice.text)
        : h(
            'details',
            { class: 'notice-text', open: notice.items.length <= 2 },
            h('summary', {}, `${notice.text} (${notice.items.length})`),
            h('ul', {}, ...notice.items.map((item) => h('li', {}, item))),
          ),
      action === undefined
        ? undefined
        : button({ class: 'link', text: texts(`action.${action}`), onClick: () => run(action) }),
    );
  };

  return {
    element,
    update(context, notes, layoutFailure) {
      const notices: Notice[] = [];
      if (context?.trusted === false)
        notices.push({ kind: 'info', text: texts('notice.untrusted'), action: 'manageTrust' });
      else if (context?.builder.state === 'unavailable') {
        const reason = displayText(context.builder.text);
        notices.push({
          kind: 'warning',
          text: `${texts('notice.noBuilder')}${reason === '' ? '' : ` ${reason}`}`,
          action: 'selectBuilder',
        });
      }
      if (notes.length > 0)
        notices.push({ kind: 'info', text: texts('notice.notes'), items: notes.map(displayText) });
      if (layoutFailure !== undefined)
        notices.push({ kind: 'warning', text: texts('notice.engine', displayText(layoutFailure)) });
      const key = JSON.stringify(notices);
      if (key === shown) return;
      shown = key;
      element.replaceChildren(...notices.map(row));
      element.hidden = notices.length === 0;
    },
  };
}
