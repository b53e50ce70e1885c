/** Which controls of a page the keyboard reaches: found by pressing Tab, as somebody would. */
import type { Page } from 'playwright-core';

/** What can be worked, as far as it is in sight and able. */
const controls =
  'button, input, select, textarea, a[href], summary, [tabindex], [role=button], [role=tab]';
/** One place of Tab for all of these, between which arrow keys go. */
const roving = '[role=tablist], [role=tree], [role=radiogroup], fieldset, .timeline';

/**
 * Presses Tab until it has gone round: behind the last control comes the first one again.
 * @returns the controls that were not reached, as they are written; those of a group whose keys go
 *   from one to the next count with any of them
 */
export async function unreached(page: Page): Promise<unknown> {
  const marked = `document.querySelectorAll('[data-reached]')`;
  await page.evaluate(`for (const one of ${marked}) delete one.dataset.reached;
    document.activeElement?.blur();`);
  for (let presses = 0; presses < 120; presses += 1) {
    await page.keyboard.press('Tab');
    const again: unknown = await page.evaluate(
      `(() => { const at = document.activeElement;
        if (at === null || at === document.body) return false;
        if (at.dataset.reached !== undefined) return true;
        at.dataset.reached = '';
        return false; })()`,
    );
    if (again === true) break;
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
