// Copies a text to the clipboard.

import { make } from "./dom.js";

/** Whether it worked. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

/** Over plain HTTP from another machine a page has no clipboard, but may copy what is selected. */
function copyBySelection(text) {
  const focused = document.activeElement;
  const field = make("textarea.unseen", { readonly: "" }, text);
  document.body.append(field);
  field.select();
  try {
    return document.execCommand("copy");
  } finally {
    field.remove();
    focused?.focus();
  }
}
