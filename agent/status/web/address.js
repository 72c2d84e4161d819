// What stands in the address behind its "#": the module whose drawer is open, and what is shown. #Port17?state=no_sim&q=4670&view=table

const PAUSE_MS = 250;

/** Take an address apart: {module, shown}; `shown` is a URLSearchParams. */
export function takenApart(hash) {
  const [name, ...query] = hash.replace(/^#/, "").split("?");
  return { module: decoded(name), shown: new URLSearchParams(query.join("?")) };
}

/** The address of a module's drawer ("" for none) over what is shown. */
export function putTogether(module, shown) {
  const query = shown.toString();
  return `#${encodeURIComponent(module)}${query && `?${query}`}`;
}

function decoded(name) {
  try { return decodeURIComponent(name); } catch { return name; /* as somebody has typed it */ }
}

/**
 * Keeps the address as the page is, and the page as the address is. An open drawer is one step of the history, however many modules it has
 * shown: Back closes it. Nothing else is a step. `onChange({module, shown})` after Back, Forward, or when somebody has edited the address.
 */
export class Address {
  #shown;
  #timer = 0;
  #isLeaving = false;
  #waiting = "";

  constructor(onChange) {
    this.onChange = onChange;
    this.#shown = takenApart(location.hash).shown;
    addEventListener("popstate", () => this.#arrive());
  }

  get module() { return takenApart(location.hash).module; }

  get shown() { return this.#shown; }

  /** What is shown is this now. Browsers take few changes of the address in a short time: while somebody types, one will do. */
  show(shown) {
    if (shown.toString() === this.#shown.toString()) return;
    this.#shown = shown;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#write(), PAUSE_MS);
  }

  /** The drawer shows this module now. */
  open(module) {
    if (this.#isLeaving) { this.#waiting = module; return; }
    if (module === this.module) return;
    if (this.module) this.#write(module);
    else history.pushState({ drawer: true }, "", putTogether(module, this.#shown));
  }

  /** The drawer is closed: go back to where it was opened, or stay where somebody came straight to it. */
  close() {
    if (!this.module || this.#isLeaving) return;
    this.#isLeaving = Boolean(history.state?.drawer);
    if (this.#isLeaving) history.back();
    else this.#write("");
  }

  #write(module = this.module) {
    clearTimeout(this.#timer);
    history.replaceState(history.state, "", putTogether(module, this.#shown).replace(/^#$/, location.pathname));
  }

  #arrive() {
    clearTimeout(this.#timer);
    const wasLeaving = this.#isLeaving;
    this.#isLeaving = false;
    const { module, shown } = takenApart(location.hash);
    if (wasLeaving && !module) {
      // Where the drawer was opened; what is shown has not changed, except what somebody chose since.
      this.#write("");
      if (this.#waiting) this.open(this.#waiting);
      this.#waiting = "";
      return;
    }
    this.#shown = shown;
    this.onChange({ module, shown });
  }
}
