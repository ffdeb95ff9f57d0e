/**
 * Keeps the list of films true: asks `/v1/assets` for what has changed, moves the bars of films in work, and fetches a card
 * anew when its film has come further; on a title's own page also what that page says about the film. The server alone
 * renders cards; this file only fills their hooks.
 */
import type { AssetSummary, ChangedAssets } from "../../../api/assets/asset-json.ts";
import { fetchWithin } from "../../../shared/fetch-within.ts";
import { assetPhase } from "../../studio/asset-phase.ts";
import { ApiProblem, answerMs, callApi } from "./call-api.ts";
import { refreshParts } from "./refresh-parts.ts";
import { showProgress } from "./show-progress.ts";

/** Between two looks, milliseconds: while something is being prepared, and while nothing is. */
const busyMs = 2000;
const idleMs = 15_000;

/** @returns a function that looks again at once. */
export function followAssets(studio: HTMLElement): () => void {
  const list = studio.querySelector<HTMLElement>("[data-assets]");
  if (list === null) return () => undefined;
  const alone = studio.hasAttribute("data-alone");
  const cursor = studio.dataset.cursor ?? "";
  let since = studio.dataset.asOf ?? "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  let looking = false;
  let again = false;

  list.addEventListener("submit", (event) => void act(event));
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) look();
  });
  schedule(busy() ? busyMs : idleMs);
  return look;

  function busy(): boolean {
    return list?.querySelector("[data-bar]") !== null;
  }

  function schedule(ms: number): void {
    clearTimeout(timer);
    timer = setTimeout(look, ms);
  }

  function look(): void {
    if (looking) {
      again = true;
      return;
    }
    // A page nobody sees asks nothing; it looks when it is seen again.
    if (document.hidden) return;
    looking = true;
    void update()
      .catch((error: unknown) => {
        // Signed out meanwhile: the page becomes the sign-in page.
        if (error instanceof ApiProblem && error.status === 401) location.reload();
      })
      .finally(() => {
        looking = false;
        schedule(again ? 0 : busy() ? busyMs : idleMs);
        again = false;
      });
  }

  async function update(): Promise<void> {
    if (list === null) return;
    const cards = [...list.querySelectorAll<HTMLElement>("[data-asset]")];
    const found = alone ? await readAlone(cards) : await readChanges(cards, since);
    for (const asset of found.assets.toReversed()) {
      const card = cards.find((one) => one.dataset.asset === asset.id);
      if (card === undefined) {
        // On a later page others' places are taken; there, and below the first card, a film is not new.
        const isNewest = !(asset.created_at < (cards[0]?.querySelector("time")?.dateTime ?? ""));
        const added = cursor === "" && isNewest ? await fetchCard(asset.id, alone) : null;
        if (added !== null) list.prepend(added);
      } else await show(card, asset);
    }
    for (const card of cards) if (found.deleted.includes(card.dataset.asset ?? "")) card.remove();
    // Only now: what failed on the way is asked for again.
    since = found.since;
    const empty = studio.querySelector<HTMLElement>("[data-no-assets]");
    if (empty !== null) empty.hidden = list.childElementCount > 0;
  }

  /** Shows on its card what has become of a film. */
  async function show(card: HTMLElement, asset: AssetSummary): Promise<void> {
    if (card.dataset.phase === assetPhase(asset)) {
      if (isBusy(card)) showProgress(card, asset.progress);
      return;
    }
    const changed = await fetchCard(asset.id, alone);
    if (changed !== null) card.replaceWith(changed);
    if (alone) await refreshParts(`/studio/titles/${asset.title_id}`);
    if (card.dataset.status === asset.status) return;
    if (asset.status === "ready") announce(studio, `${asset.title} is ready.`);
    if (asset.status === "errored") announce(studio, `${asset.title} failed: ${asset.error?.detail ?? ""}`);
  }

  async function act(event: SubmitEvent): Promise<void> {
    const form = event.target;
    const card = form instanceof HTMLFormElement ? form.closest<HTMLElement>("[data-asset]") : null;
    if (!(form instanceof HTMLFormElement) || card === null) return;
    event.preventDefault();
    const id = card.dataset.asset ?? "";
    const button = form.querySelector("button");
    if (button !== null) button.disabled = true;
    try {
      if (form.dataset.action === "retry") await callApi("POST", `/v1/assets/${id}/retry`);
      else await callApi("DELETE", `/v1/assets/${id}`);
      if (form.dataset.action === "delete" && alone) location.assign(`/studio?deleted=${id}`);
      if (form.dataset.action === "delete") offerUndo(studio, card);
      look();
    } catch (error) {
      if (button !== null) button.disabled = false;
      const words = document.createElement("p");
      words.className = "field-error";
      words.setAttribute("role", "alert");
      words.textContent = error instanceof Error ? error.message : "That did not work. Try again.";
      form.querySelector(".field-error")?.remove();
      form.append(words);
    }
  }
}

function isBusy(card: HTMLElement): boolean {
  return card.querySelector("[data-bar]") !== null;
}

/** What the service knows that a page may not show yet, and the time to ask from next time. */
interface Found {
  assets: AssetSummary[];
  deleted: string[];
  since: string;
}

/** Reads what has changed since a time, and how far the films in work are. */
async function readChanges(cards: HTMLElement[], since: string): Promise<Found> {
  const ids = cards.filter(isBusy).map((card) => card.dataset.asset ?? "");
  const query = new URLSearchParams({ limit: "50", since, ...(ids.length === 0 ? {} : { ids: ids.join() }) });
  // Our own API's answer, typed by the module that makes it.
  const changes = (await callApi("GET", `/v1/assets?${query}`)) as ChangedAssets;
  return { assets: changes.assets, deleted: changes.deleted, since: changes.as_of };
}

/** One film; null when it is gone. */
async function readAsset(id: string): Promise<AssetSummary | null> {
  try {
    return (await callApi("GET", `/v1/assets/${id}`)) as AssetSummary;
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 404) return null;
    throw error;
  }
}

async function readAlone(cards: HTMLElement[]): Promise<Found> {
  const id = cards[0]?.dataset.asset;
  const asset = id === undefined ? null : await readAsset(id);
  return {
    assets: asset === null ? [] : [asset],
    deleted: asset === null && id !== undefined ? [id] : [],
    since: "",
  };
}

/** Fetches a film's card as the server renders it now; null when the film is gone or can't be reached. */
async function fetchCard(assetId: string, alone: boolean): Promise<Element | null> {
  const response = await fetchWithin(answerMs, `/studio/assets/${assetId}${alone ? "?alone" : ""}`).catch(
    () => null,
  );
  if (response === null || !response.ok || response.redirected) return null;
  const parsed = new DOMParser().parseFromString(await response.text(), "text/html");
  return parsed.querySelector("[data-asset]");
}

/** Shows the line with which the film just deleted is taken back. */
function offerUndo(studio: HTMLElement, card: HTMLElement): void {
  const line = studio.querySelector<HTMLElement>("[data-undo]");
  const words = line?.querySelector("[data-undo-words]");
  const form = line?.querySelector<HTMLFormElement>("[data-undo-form]");
  if (line == null || words == null || form == null) return;
  words.textContent = `${card.querySelector(".card-title")?.textContent?.trim() ?? "The film"} is deleted.`;
  form.action = `/studio/assets/${card.dataset.asset ?? ""}/undelete`;
  line.hidden = false;
}

/** Puts words into the page's polite status line, for people who do not see the page move. */
function announce(studio: HTMLElement, words: string): void {
  const line = studio.querySelector("[data-announcements]");
  if (line !== null) line.textContent = words;
}
