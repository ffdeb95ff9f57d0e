/** Refusals in the words of a viewer's page: a heading, and advice. */
import type { Problem } from "../../http/problem.ts";
import type { RefusalCode } from "../../playback/policy/refusals.ts";

/** Refusals by the rules, and those before any rule is asked. */
type ViewerRefusal = RefusalCode | "title_not_found" | "not_ready";

/** Headings by code. Words, where there are any, help a viewer more than the API's sentence. */
const pages: Readonly<Partial<Record<ViewerRefusal, { heading: string; words?: string }>>> = {
  title_not_found: {
    heading: "There is no such film",
    words: "The link may be wrong, or the film is no longer here.",
  },
  not_ready: {
    heading: "This film is being prepared",
    words: "It starts here as soon as it is ready. This page looks again every few seconds.",
  },
  not_available_in_country: {
    heading: "This film isn’t available in your country",
    words: "Its producer shows it in other countries only. Choose another film to watch.",
  },
  country_unknown: { heading: "We can’t tell which country you’re in" },
  not_yet_available: { heading: "This film isn’t here yet" },
  no_longer_available_here: { heading: "This film has left your country" },
  network_not_allowed: { heading: "This film can’t be watched on your network" },
  withheld: { heading: "This film is withheld for now", words: "Choose another film to watch." },
  no_rung_allowed: { heading: "This film can’t be shown where you are" },
  no_audio_allowed: { heading: "This film can’t be heard where you are" },
};

/** Finds the words for a refusal: the table's, or else the API's sentence. */
export function refusalWords({ code, message }: Pick<Problem, "code" | "message" | "members">): {
  heading: string;
  words: string;
} {
  const page: { heading?: string; words?: string } = Object.hasOwn(pages, code)
    ? (pages[code as ViewerRefusal] ?? {})
    : {};
  const { heading = "This film can’t be played", words = message } = page;
  return { heading, words: noBreakDates(words) };
}

/** A date and time as the API's sentences have it. */
const date = /\b(\d{1,2}) (\p{Lu}\p{Ll}+) (\d{4}), (\d\d:\d\d(?::\d\d)?) UTC/gu;

/** Keeps a line from breaking inside `1 March 2027` or `00:00 UTC`. */
function noBreakDates(sentence: string): string {
  return sentence.replaceAll(date, "$1\u00a0$2\u00a0$3, $4\u00a0UTC");
}
