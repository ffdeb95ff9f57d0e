/** One upload in the list: its name, bar, words and buttons. */
export interface UploadRow {
  element: HTMLElement;
  bar: HTMLProgressElement;
  words: HTMLElement;
  actions: HTMLElement;
}

/** A row that shows nothing but the name yet. */
export function uploadRow(name: string): UploadRow {
  const element = document.createElement("li");
  element.className = "card upload";
  const words = node("p", "facts");
  const bar = document.createElement("progress");
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", `Uploading ${name}`);
  const body = node("div", "card-words");
  const head = node("p", "card-head");
  const title = node("span", "card-title");
  title.textContent = name;
  head.append(title);
  body.append(head, bar, words);
  const actions = node("div", "card-actions");
  element.append(body, actions);
  return { element, bar, words, actions };
}

/** A button with its words and what it does. */
export function button(words: string, act: () => void, look = "button"): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.className = look;
  made.textContent = words;
  made.addEventListener("click", act);
  return made;
}

function node(name: "p" | "div" | "span", look: string): HTMLElement {
  const made = document.createElement(name);
  made.className = look;
  return made;
}

/** Identifies a file between visits, by its name and size. */
export function fileMark(file: { name: string; size: number }): string {
  return `${file.name}/${file.size}`;
}
