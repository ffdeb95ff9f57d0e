/** The title page: finds countries by name, shows the chosen ones, copies links, and takes old policies up. */
import { copyButtons } from "./copy-buttons.ts";
import { pickCountries } from "./pick-countries.ts";
import { restorePolicy } from "./restore-policy.ts";

copyButtons(document);
restorePolicy();
for (const picker of document.querySelectorAll<HTMLElement>("[data-territory]")) pickCountries(picker);
