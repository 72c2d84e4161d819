// Chooses dark or light before anything is drawn, so that the page never flashes in the other one.
// A classic script on purpose: modules run after the first paint.
"use strict";
{
  let chosen = null;
  try { chosen = localStorage.getItem("simbank.theme"); } catch { /* no storage: the system's choice */ }
  if (chosen === "dark" || chosen === "light") document.documentElement.dataset.theme = chosen;
}
