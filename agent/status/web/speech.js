// Texts, plurals and times in the chosen language.

import { keep } from "./kept.js";
import { TEXTS } from "./texts.js";

let language = document.documentElement.lang; // language.js has chosen it
/** The translation of the texts, by key; null for English. */
let words = await wordsOf(language);

async function wordsOf(chosen) {
  if (chosen === "en") return null;
  try { return (await import(`./texts.${chosen}.js`)).WORDS; } catch { return null; /* unreachable: English is better than nothing */ }
}

export const spoken = () => language;

/** Speak `chosen` from now on, once its texts are here. */
export async function speak(chosen) {
  words = await wordsOf(chosen);
  language = chosen;
  keep("language", chosen);
}

const english = (key) => key.split(".").reduce((node, part) => node?.[part], TEXTS);

/** Which of a translation's forms is for a number; a fraction has the form for few. */
const FORMS = { one: 0, few: 1, many: 2, other: 1 };

const pluralOf = (n) => new Intl.PluralRules(words ? language : "en").select(n);

/** The text under `key` ("states.selling"), with {name}s filled in; `n` chooses among plural forms. */
export function say(key, values = {}) {
  let text = words?.[key] ?? english(key) ?? key.split(".").at(-1);
  if (Array.isArray(text)) text = text[FORMS[pluralOf(values.n)]];
  else if (typeof text === "object") text = text[pluralOf(values.n)] ?? text.other;
  return fill(text, values);
}

/** A list of texts under `key`, each with {name}s filled in. */
export const sayAll = (key, values = {}) => english(key).map((_, place) => say(`${key}.${place}`, values));

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

/** Put the chosen language into every element that asks for a text of its own. */
export function translate(root) {
  document.documentElement.lang = language;
  delete document.documentElement.dataset.untranslated;
  for (const el of root.querySelectorAll("[data-t]")) el.textContent = say(el.dataset.t);
  for (const el of root.querySelectorAll("[data-t-label]")) el.setAttribute("aria-label", say(el.dataset.tLabel));
  for (const el of root.querySelectorAll("[data-t-placeholder]")) el.placeholder = say(el.dataset.tPlaceholder);
}

/** Seconds as "1:05" (a stopwatch that people watch). */
export function stopwatch(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  const two = (n) => String(n).padStart(2, "0");
  return s < 3600 ? `${Math.floor(s / 60)}:${two(s % 60)}` : `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
}

/** Seconds as "12 min": one unit, rounded down, for what nobody watches by the second. */
export function roughly(seconds) {
  const s = Math.max(0, seconds);
  const [n, unit] = s < 60 ? [s, "s"] : s < 3600 ? [s / 60, "min"] : s < 172800 ? [s / 3600, "h"] : [s / 86400, "d"];
  return `${Math.floor(n)} ${say(`units.${unit}`)}`;
}

export const milliseconds = (seconds) => `${Math.round(seconds * 1000)} ${say("units.ms")}`;

/** An amount in roubles; Onlinesim counts in no other currency. */
export const roubles = (amount) =>
  new Intl.NumberFormat(language, { style: "currency", currency: "RUB", currencyDisplay: "narrowSymbol" }).format(amount);

/** The local time of day of a UNIX time. */
export function clockTime(unix, withSeconds = false) {
  const style = { hour: "2-digit", minute: "2-digit", hour12: false };
  if (withSeconds) style.second = "2-digit";
  return new Date(unix * 1000).toLocaleTimeString(language, style);
}

/** The local day of a UNIX time. */
export const dayOf = (unix) => new Date(unix * 1000).toLocaleDateString(language === "en" ? "en-GB" : language, { day: "numeric", month: "short" });

/** The local time of a UNIX time, with its day unless that is today. */
export const dateTime = (unix) => withDay(unix, clockTime(unix, true));

/** The same without seconds. */
export const shortDateTime = (unix) => withDay(unix, clockTime(unix));

function withDay(unix, time) {
  const at = new Date(unix * 1000);
  return at.toDateString() === new Date().toDateString() ? time : `${dayOf(unix)} ${time}`;
}
