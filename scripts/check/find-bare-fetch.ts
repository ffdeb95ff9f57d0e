/** A request to a server that has no deadline. */
export interface BareFetch {
  line: number;
  text: string;
}

/** The files that may call the platform's `fetch`, one for each way of running: they give every request a deadline. */
export const fetchHelpers = ["workers/shared/fetch-within.ts", "containers/transcoder/task/worker-client.ts"];

/** The platform's own. */
const bare = /(?<![\w.#])fetch\(/;

/** A binding's, a container's or an object's; a router of ours (`app.fetch`, `transcoderApi.fetch`) answers in this very process. */
const bound = /(?<!\bapp)(?<!Api)\.fetch\(/;

const declaration = /^\s*(?:(?:override|async|export|function)\s+)+fetch\(|^\s*(?:\*|\/\/|\/\*)/;

/** Finds calls of the platform's `fetch`, and calls of a binding's that are not handed a `signal`. */
export function findBareFetch(source: string): BareFetch[] {
  const lines = source.split("\n");
  return lines.flatMap((text, index) => {
    if (declaration.test(text)) return [];
    const isBare = bare.test(text) || (bound.test(text) && !/\bsignal\b/.test(callIn(lines, index)));
    return isBare ? [{ line: index + 1, text: text.trim() }] : [];
  });
}

/** The text of the call that begins in a line, to the parenthesis that closes it. */
function callIn(lines: string[], index: number): string {
  const text = lines.slice(index).join("\n");
  const from = text.search(bound);
  let depth = 0;
  for (let at = text.indexOf("(", from); at < text.length; at++) {
    if (text[at] === "(") depth += 1;
    if (text[at] === ")") depth -= 1;
    if (depth === 0) return text.slice(from, at);
  }
  return text.slice(from);
}
