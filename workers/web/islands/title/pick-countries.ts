/** Adds to the list of countries: a filter by name, the chosen ones on top, and out of the way while none are needed. */
export function pickCountries(picker: HTMLElement): void {
  const countries = picker.querySelector<HTMLElement>("[data-countries]");
  const head = picker.querySelector<HTMLElement>("[data-countries-head]");
  const filter = picker.querySelector<HTMLInputElement>("[data-country-filter]");
  const count = picker.querySelector<HTMLElement>("[data-country-count]");
  const chips = picker.querySelector<HTMLElement>("[data-country-chips]");
  const nothing = picker.querySelector<HTMLElement>("[data-no-country]");
  if (countries === null || head === null || filter === null || count === null || chips === null) return;
  const rows = [...picker.querySelectorAll<HTMLElement>(".country")].map((label) => ({
    item: label.parentElement ?? label,
    box: label.querySelector("input"),
    name: label.querySelector("span")?.textContent ?? "",
    words: plain(label.textContent ?? ""),
  }));

  head.hidden = false;
  filter.addEventListener("input", showMatches);
  // Enter in the filter takes the only match; it does not send the form.
  filter.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    const shown = rows.filter((row) => !row.item.hidden);
    const only = shown[0];
    if (shown.length !== 1 || only?.box == null) return;
    only.box.checked = !only.box.checked;
    filter.value = "";
    showMatches();
    showChosen();
  });
  picker.addEventListener("change", showChosen);
  showChosen();

  function showMatches(): void {
    const wanted = plain(filter?.value ?? "");
    for (const row of rows) row.item.hidden = !row.words.includes(wanted);
    if (nothing !== null) nothing.hidden = rows.some((row) => !row.item.hidden);
  }

  function showChosen(): void {
    const territory = picker.querySelector<HTMLInputElement>("input[name=territory]:checked")?.value;
    if (countries !== null) countries.hidden = territory === "everywhere";
    const chosen = rows.filter((row) => row.box?.checked === true);
    if (count !== null) count.textContent = chosen.length === 0 ? "none chosen" : `${chosen.length} chosen`;
    if (chips === null) return;
    chips.hidden = chosen.length === 0;
    chips.replaceChildren(
      ...chosen.map((row) =>
        chip(row.name, () => {
          if (row.box !== null) row.box.checked = false;
          showChosen();
          filter?.focus();
        }),
      ),
    );
  }
}

function chip(name: string, remove: () => void): HTMLElement {
  const item = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = name;
  button.setAttribute("aria-label", `Remove ${name}`);
  button.addEventListener("click", remove);
  item.append(button);
  return item;
}

function plain(text: string): string {
  return text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase().trim();
}
