/**
 * Lists “Auto” before the qualities. media-chrome puts it last, where a phone's player, which is not high enough for the
 * whole menu, hides the one that is chosen.
 */
export function orderQualityMenu(menu: HTMLElement): void {
  const root = menu.shadowRoot;
  if (root === null) return;
  new MutationObserver(move).observe(root, { childList: true, subtree: true });
  move();

  function move(): void {
    const items = root?.querySelectorAll<HTMLElement & { value?: string }>("media-chrome-menu-item");
    const [first, last] = [items?.[0], items?.[items.length - 1]];
    // Moving it calls this again; it is the first one then.
    if (last?.value === "auto" && first !== last) first?.before(last);
  }
}
