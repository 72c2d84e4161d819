// The modules as a CSV file, made in the browser from the rows that are shown.

import { COLUMNS } from "./columns.js";

const DIGITS = /^\+?\d{8,}$/;
const FORMULA = /^[=+\-@＝＋－＠]/;

/** A program that writes decimals with a comma takes the semicolon between cells: Excel goes by the same setting of the system. */
export const separatorOf = (locale) => (new Intl.NumberFormat(locale).format(1.5).includes(",") ? ";" : ",");

/**
 * A cell in one line, which no spreadsheet computes. Long digits are a number to it, which it rounds and takes the plus from: as ="+4670…" they stay
 * the text that they are. Our sims_file is read so, too.
 */
function cell(value, separator) {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  const line = value.replace(/[\s\p{Cc}\p{Cf}]+/gu, " ").trim();
  const safe = DIGITS.test(line) ? `="${line}"` : FORMULA.test(line) ? `'${line}` : line;
  return safe.includes(separator) || safe.includes('"') ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** The text of the file. Its heads are English and fixed, as those of the command line are; without a BOM Excel would not know UTF-8. */
export function csvOf(rows, separator) {
  const columns = Object.entries(COLUMNS);
  const heads = columns.map(([key, { head = key }]) => head);
  const lines = rows.map((row) => columns.map(([, { csv, text }]) => cell((csv ?? text)(row), separator)));
  return `\ufeff${[heads, ...lines].map((cells) => `${cells.join(separator)}\r\n`).join("")}`;
}

/** Let the browser save a text as a file. */
export function save(name, text) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}

/** A name for the file, with the local time. */
export function fileName(now) {
  const two = (n) => String(n).padStart(2, "0");
  const day = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join("-");
  return `simbank-${day}-${two(now.getHours())}${two(now.getMinutes())}.csv`;
}
