import { fetchWithin } from "../../../shared/fetch-within.ts";
import { copyButtons } from "../title/copy-buttons.ts";
import { answerMs } from "./call-api.ts";

/**
 * Fetches a title's page again and puts its parts that show the film's state (`data-live`) where they stand on this one.
 * Forms are in none of them, so what is being typed stays. Does nothing when the page can't be reached.
 */
export async function refreshParts(titleAddress: string): Promise<void> {
  const question = new URLSearchParams(location.search);
  question.delete("saved");
  const response = await fetchWithin(answerMs, `${titleAddress}?${question}`).catch(() => null);
  if (response === null || !response.ok || response.redirected) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const part of document.querySelectorAll<HTMLElement>("[data-live]")) {
    const next = fresh.querySelector<HTMLElement>(`[data-live="${part.dataset.live ?? ""}"]`);
    if (next === null) continue;
    const opened = [...part.querySelectorAll("details")].map(({ open }) => open);
    next.querySelectorAll("details").forEach((details, index) => {
      details.open = opened[index] ?? details.open;
    });
    part.replaceWith(next);
    copyButtons(next);
  }
}
