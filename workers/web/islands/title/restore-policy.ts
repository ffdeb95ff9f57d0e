/** Makes the history's buttons put an old version of the policy into the editor, where it can be changed and saved. */
export function restorePolicy(): void {
  const editor = document.querySelector<HTMLTextAreaElement>("#policy-text");
  if (editor === null) return;
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-restore]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      editor.value = button.parentElement?.querySelector("pre")?.textContent ?? editor.value;
      const around = editor.closest("details");
      if (around !== null) around.open = true;
      editor.focus();
      editor.scrollIntoView({ block: "center" });
    });
  }
}
