// What the login form can do only with a script: it brings back the module or filter that the link named behind its "#".
"use strict";

const form = document.querySelector("form");
form.addEventListener("submit", () => { form.action = form.getAttribute("action").split("#")[0] + location.hash; });
for (const link of document.querySelectorAll("nav a")) {
  link.addEventListener("click", () => { link.hash = location.hash; });
}
