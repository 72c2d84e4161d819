// Sets the theme before the first paint. A classic script on purpose: modules run after it.
"use strict";
{
  let chosen = null;
  try { chosen = localStorage.getItem("simbank.theme"); } catch { /* no storage: the system's choice */ }
  if (chosen === "dark" || chosen === "light") document.documentElement.dataset.theme = chosen;
}
