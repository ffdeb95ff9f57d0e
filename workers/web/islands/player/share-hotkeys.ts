/** The player's keys (space, k, f, m, c, arrows…) work wherever the focus is on the page, unless something else wants them. */
export function shareHotkeys(controller: HTMLElement): void {
  const keys = new Set([" ", "k", "f", "m", "c", "j", "l", "ArrowLeft", "ArrowRight"]);
  document.addEventListener("keydown", (event) => {
    if (event.target !== document.body || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!keys.has(event.key)) return;
    event.preventDefault();
    // media-chrome listens for the pair on its own element.
    controller.dispatchEvent(new KeyboardEvent("keydown", { key: event.key }));
    controller.dispatchEvent(new KeyboardEvent("keyup", { key: event.key }));
  });
}
