import path from "node:path";

/** A Markdown link, to a file of the project, that leads nowhere. */
export interface DeadLink {
  line: number;
  target: string;
}

/**
 * Finds links in a Markdown text whose file does not exist; addresses with a scheme and anchors in the page are left alone.
 *
 * @param file the text's own path from the project's folder, which its links are relative to
 * @param exists answers for a path from the project's folder
 */
export function findDeadLinks(file: string, text: string, exists: (target: string) => boolean): DeadLink[] {
  return text.split("\n").flatMap((line, index) =>
    [...line.matchAll(/\]\(([^()\s]+)\)/g)]
      .map(([, target = ""]) => target.split("#", 1)[0] ?? "")
      .filter((target) => target !== "" && !/^[a-z]+:/.test(target))
      .filter((target) => !exists(path.posix.join(path.posix.dirname(file), target)))
      .map((target) => ({ line: index + 1, target })),
  );
}
