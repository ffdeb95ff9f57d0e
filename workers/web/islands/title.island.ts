/** The title page: finds countries by name, shows the chosen ones, copies links, and takes old policies up. */
import { copyButtons } from "./title/copy-buttons.ts";
import { pickCountries } from "./title/pick-countries.ts";
import { takeUpVersions } from "./title/take-up-versions.ts";

copyButtons(document);
takeUpVersions();
for (const picker of document.querySelectorAll<HTMLElement>("[data-territory]")) pickCountries(picker);
