// Tiles or a table: the modules as somebody wants to see them, which the browser keeps. What is not shown is not kept up to date.

import { keep, kept } from "./kept.js";

export class Views {
  #views;
  #name;

  /** `views` by name; `onChange()` when another one is shown, which then has to be built. */
  constructor(views, buttons, onChange) {
    this.#views = views;
    this.buttons = [...buttons];
    for (const button of this.buttons) {
      button.addEventListener("click", () => {
        keep("view", button.dataset.view);
        if (this.show(button.dataset.view)) onChange();
      });
    }
    this.show("");
  }

  get name() { return this.#name; }

  /** The one that is shown. */
  get one() { return this.#views[this.#name]; }

  /** Show the one of this name, else the one that was chosen last; returns whether it is another one than before. */
  show(name) {
    const wanted = [name, kept("view")].find((one) => Object.hasOwn(this.#views, one)) ?? Object.keys(this.#views)[0];
    const isOther = wanted !== this.#name;
    this.#name = wanted;
    for (const [one, view] of Object.entries(this.#views)) view.el.hidden = one !== wanted;
    for (const button of this.buttons) button.setAttribute("aria-pressed", String(button.dataset.view === wanted));
    document.body.dataset.view = wanted;
    return isOther;
  }
}
