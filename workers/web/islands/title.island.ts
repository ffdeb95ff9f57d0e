/** The title page: finds countries by name, shows the chosen ones, and copies links. */
import { copyButtons } from "./title/copy-buttons.ts";
import { pickCountries } from "./title/pick-countries.ts";

copyButtons(document);
for (const picker of document.querySelectorAll<HTMLElement>("[data-territory]")) pickCountries(picker);
