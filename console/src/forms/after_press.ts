/**
 * Does something once no button of the mouse is down and no finger on the screen.
 *
 * A field that is left because somebody presses a button would show its error before the button is let go: what is
 * below moves, and the click hits nothing.
 */
const RELEASES = ['pointerup', 'pointercancel'] as const;
let isPressed = false;

window.addEventListener('pointerdown', () => (isPressed = true), true);
for (const release of RELEASES) window.addEventListener(release, () => (isPressed = false), true);

export function afterPress(act: () => void): void {
  if (!isPressed) {
    act();
    return;
  }
  const controller = new AbortController();
  const released = () => {
    controller.abort();
    // The click comes after the release, in the same task at the latest.
    setTimeout(act, 0);
  };
  for (const release of RELEASES) window.addEventListener(release, released, { signal: controller.signal });
}
