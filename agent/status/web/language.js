// Chooses the language before the first paint. A classic script on purpose: modules run after it.
"use strict";
{
  const known = ["en", "ru"];
  let kept = null;
  try { kept = localStorage.getItem("simbank.language"); } catch { /* no storage: the browser's choice */ }
  const wanted = [kept, ...navigator.languages].map((tag) => String(tag).slice(0, 2).toLowerCase());
  const chosen = wanted.find((tag) => known.includes(tag)) ?? "en";
  document.documentElement.lang = chosen;
  // The English of index.html stays unseen until its translation is here.
  if (chosen !== "en") document.documentElement.dataset.untranslated = "";
}
