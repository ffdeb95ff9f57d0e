/** The choice of a title's territory, and every country by name. It works without scripts; islands/title/title.island.ts adds a filter. */
import { countriesByName } from "../format/names.ts";
import type { Territory } from "./title-form.ts";

const choices: readonly { value: Territory; label: string }[] = [
  { value: "everywhere", label: "Everywhere" },
  { value: "only", label: "Only in these countries" },
  { value: "except", label: "Everywhere but in these" },
];

/** The fields `territory` and `country` (one per chosen country) of a form. */
export function CountryPicker(props: {
  territory: Territory;
  chosen: readonly string[];
  wrong: string | undefined;
}) {
  const chosen = new Set(props.chosen);
  return (
    <fieldset
      class="territory"
      id="countries"
      data-territory
      aria-describedby={props.wrong === undefined ? undefined : "countries-wrong"}
    >
      <legend>Countries</legend>
      <div class="choices">
        {choices.map(({ value, label }) => (
          <label class="choice">
            <input type="radio" name="territory" value={value} checked={value === props.territory} />
            <span>{label}</span>
          </label>
        ))}
      </div>
      {props.wrong === undefined ? null : (
        <p id="countries-wrong" class="field-error" role="alert">
          {props.wrong}
        </p>
      )}
      <div class="countries" data-countries>
        <div class="countries-head" data-countries-head hidden>
          <input
            type="search"
            placeholder="Find a country"
            aria-label="Find a country"
            autocomplete="off"
            data-country-filter
          />
          <span class="hint" role="status" data-country-count />
        </div>
        <ul class="country-chips" data-country-chips aria-label="Chosen countries" hidden />
        <ul class="country-list">
          {countriesByName.map(({ code, name }) => (
            <li>
              <label class="country">
                <input type="checkbox" name="country" value={code} checked={chosen.has(code)} />
                <span>{name}</span>
                <small>{code}</small>
              </label>
            </li>
          ))}
        </ul>
        <p class="calm" data-no-country hidden>
          No country by that name.
        </p>
      </div>
    </fieldset>
  );
}
