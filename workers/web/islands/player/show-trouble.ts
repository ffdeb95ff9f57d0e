/** The layer over the picture that says what is wrong and offers to try again. */
export function showTrouble(
  stage: HTMLElement,
  retry: () => void,
): { show(code: string, words: string): void; hide(): void } {
  const layer = stage.querySelector<HTMLElement>(".trouble");
  const words = stage.querySelector<HTMLElement>("[data-trouble-words]");
  const code = stage.querySelector<HTMLElement>("[data-trouble-code]");
  const button = stage.querySelector<HTMLElement>("[data-trouble-retry]");
  button?.addEventListener("click", retry);
  return {
    show(stableCode, sentence) {
      if (words !== null) words.textContent = sentence;
      if (code !== null) code.textContent = stableCode;
      if (layer !== null) layer.hidden = false;
    },
    hide() {
      if (layer !== null) layer.hidden = true;
    },
  };
}
