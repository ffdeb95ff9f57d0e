/** A film's card as the server renders it now; null when the film is gone or can't be reached. */
export async function fetchCard(assetId: string, alone: boolean): Promise<Element | null> {
  const response = await fetch(`/studio/assets/${assetId}${alone ? "?alone" : ""}`).catch(() => null);
  if (response === null || !response.ok || response.redirected) return null;
  const parsed = new DOMParser().parseFromString(await response.text(), "text/html");
  return parsed.querySelector("[data-asset]");
}
