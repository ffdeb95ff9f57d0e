import { errorActions } from "./error-actions.ts";

/** The layer over the picture that says what is wrong, and offers what can help: to try again, or another film. */
export function errorOverlay(
  stage: HTMLElement,
  retry: () => void,
): { show(code: string, words: string): void; hide(): void } {
  const layer = stage.querySelector<HTMLElement>(".trouble");
  const words = stage.querySelector<HTMLElement>("[data-trouble-words]");
  const code = stage.querySelector<HTMLElement>("[data-trouble-code]");
  const button = stage.querySelector<HTMLElement>("[data-trouble-retry]");
  const leave = stage.querySelector<HTMLElement>("[data-trouble-leave]");
  button?.addEventListener("click", retry);
  return {
    show(stableCode, sentence) {
      if (words !== null) words.textContent = sentence;
      if (code !== null) code.textContent = stableCode;
      const way = errorActions(stableCode);
      if (leave !== null) leave.hidden = way === "retry";
      if (button !== null) button.hidden = way === "leave";
      button?.classList.toggle("primary", way === "retry");
      if (layer !== null) layer.hidden = false;
    },
    hide() {
      if (layer !== null) layer.hidden = true;
    },
  };
}
