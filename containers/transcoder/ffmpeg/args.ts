/**
 * Splits a command line at its white space: `` args`-map 0:${stream} ${guards} -f null -` ``. Values are never split,
 * so that a path may hold spaces; a list stands for its members.
 */
export function args(
  words: TemplateStringsArray,
  ...values: (string | number | readonly string[])[]
): string[] {
  const line: string[] = [];
  let word: string | null = null;
  const end = (): void => {
    if (word !== null) line.push(word);
    word = null;
  };
  for (const [n, text] of words.entries()) {
    for (const piece of text.split(/(\s+)/)) {
      if (/^\s+$/.test(piece)) end();
      else if (piece !== "") word = (word ?? "") + piece;
    }
    const value = values[n];
    if (value === undefined) continue;
    if (typeof value === "string" || typeof value === "number") word = (word ?? "") + value;
    else {
      end();
      line.push(...value);
    }
  }
  end();
  return line;
}
