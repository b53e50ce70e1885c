/** Which controls of a page the keyboard reaches: found by pressing Tab, as somebody would. */
import type { Page } from 'playwright-core';

/** What can be worked, as far as it is in sight and able. */
const controls =
  'button, input, select, textarea, a[href], summary, [tabindex], [role=button], [role=tab]';
/** One place of Tab for all of these, between which arrow keys go. */
const roving = '[role=tablist], [role=tree], [role=radiogroup], fieldset, .timeline';

/** Presses between two questions whether all have been met. */
const AT_ONCE = 8;

/**
 * Presses Tab until it has gone round: behind the last control comes the first one again.
 * @returns the controls that were not reached, as they are written; those of a group whose keys go
 *   from one to the next count with any of them
 */
export async function unreached(page: Page): Promise<unknown> {
  // The page itself notes what Tab comes to: a question after every press would take twice as long.
  await page.evaluate(`{
    for (const one of document.querySelectorAll('[data-reached]')) delete one.dataset.reached;
    document.activeElement?.blur();
    window.wentRound = false;
    window.noteReached?.abort();
    window.noteReached = new AbortController();
    // Where a press has led is seen at the next one: from the last control on it goes through the
    // browser, and the focus may come after the key is up.
    document.addEventListener('keydown', () => {
      const at = document.activeElement;
      if (at === null || at === document.body) return;
      if (at.dataset.reached !== undefined) window.wentRound = true;
      at.dataset.reached = '';
    }, { signal: window.noteReached.signal, capture: true });
  }`);
  for (let presses = 0; presses < 120; presses += AT_ONCE) {
    for (let press = 0; press < AT_ONCE; press += 1) await page.keyboard.press('Tab');
    if ((await page.evaluate('window.wentRound')) === true) break;
  }
  return page.evaluate(
    `[...document.querySelectorAll(${JSON.stringify(controls)})]
       .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.disabled)
       .filter((one) => one.dataset.reached === undefined)
       .filter((one) => one.closest(${JSON.stringify(roving)})?.querySelector('[data-reached]') == null)
       .filter((one) => one.closest('[aria-hidden=true]') === null)
       .map((one) => one.outerHTML.slice(0, 160))`,
  );
}
