/** Tells of a change of the editor's theme: what is painted on a canvas does not follow it by itself. */

/** Calls `act` after the page was given other colours: VS Code sets them on its two root elements. */
export function onThemeChange(act: () => void): void {
  const observer = new MutationObserver(act);
  observer.observe(document.body, { attributes: true, attributeFilter: ['class'] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style'] });
}
