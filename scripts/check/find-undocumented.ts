/** An export that no comment explains. */
export interface Undocumented {
  line: number;
  name: string;
}

const exported =
  /^export (?:default )?(?:declare )?(?:abstract )?(?:async )?(?:function\*?|class|const|let|interface|type) (\w+)/;

/** Finds the exports of a TypeScript source that have no docstring (a block that starts with two stars) right above. */
export function findUndocumented(source: string): Undocumented[] {
  const lines = source.split("\n");
  return lines.flatMap((line, index) => {
    const name = exported.exec(line)?.[1];
    if (name === undefined || hasDocstring(lines, index)) return [];
    // The implementation of an overloaded function is documented at its first signature.
    const earlier = lines.slice(0, index).some((before) => exported.exec(before)?.[1] === name);
    return earlier ? [] : [{ line: index + 1, name }];
  });
}

function hasDocstring(lines: string[], index: number): boolean {
  let above = index - 1;
  while (/^(@|\/\/ biome-ignore)/.test(lines[above] ?? "")) above -= 1;
  if (!(lines[above] ?? "").trimEnd().endsWith("*/")) return false;
  while (above >= 0 && !(lines[above] ?? "").trimStart().startsWith("/*")) above -= 1;
  return (lines[above] ?? "").trimStart().startsWith("/**");
}
