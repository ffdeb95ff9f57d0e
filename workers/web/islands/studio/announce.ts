/** Says something to people who do not see the page move (the page's polite status line). */
export function announce(studio: HTMLElement, words: string): void {
  const line = studio.querySelector("[data-announcements]");
  if (line !== null) line.textContent = words;
}
