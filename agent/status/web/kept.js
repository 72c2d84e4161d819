// What the browser keeps of one visit for the next. Where it keeps nothing, a choice is for this visit only.

/** What was kept under this name, else null. */
export function kept(name) {
  try { return localStorage.getItem(`simbank.${name}`); } catch { return null; }
}

export function keep(name, value) {
  try { localStorage.setItem(`simbank.${name}`, value); } catch { /* no storage */ }
}
