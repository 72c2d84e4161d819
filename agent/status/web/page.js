// Puts the page together: events go to the headline, the rack, the tools, the plot and the drawer.

import { Address } from "./address.js";
import { Details } from "./details.js";
import { make, write } from "./dom.js";
import { Fleet } from "./fleet.js";
import { Headline } from "./headline.js";
import { keep } from "./kept.js";
import { Plot, USUAL } from "./plot.js";
import { Rack } from "./rack.js";
import { clockTime, say, speak, spoken, translate } from "./speech.js";
import { Stream } from "./stream.js";
import { Table } from "./table.js";
import { Tools } from "./tools.js";
import { Views } from "./views.js";

const PLOT_MS = 3000;
const ANNOUNCE_MS = 1500;
const ANNOUNCE_EACH = 3;

const part = (id) => document.getElementById(id);
let state = null;
let version = null;

// A token in the address has become a cookie by now: remove it from where others can read it.
if (location.search) history.replaceState(null, "", location.pathname + location.hash);

const lookup = (name) => state?.modules.get(name);
const rows = () => [...(state?.modules.values() ?? [])];
const headline = new Headline(part);
const fleet = new Fleet(part);
const table = new Table(
  { list: part("list"), scroll: part("list-scroll"), heads: part("list-heads"), rows: part("list-rows"), count: part("list-count"), csv: part("list-csv") },
  { onOpen: open, onSort: keepAddress, onNote: note },
);
const views = new Views({ tiles: new Rack(part("rack"), open), table }, part("views").children, rebuild);
const plot = new Plot({ el: part("plot"), sum: part("day-sum"), rows: part("day-rows"), ranges: part("ranges"), rowHead: part("day-head") }, keepAddress);
const tools = new Tools({ search: part("search"), chips: part("chips"), problems: part("problems"), problemList: part("problem-list") }, refilter, open);
const details = new Details(part("details"), (name, step) => views.one.neighbour(name, step), (name) => address.open(name), onClosed);
const address = new Address(follow);
const stream = new Stream(onState, onConnection);
const announce = announcer(part("announcements"));

function open(name) {
  const row = lookup(name);
  sought = "";
  part("unknown").hidden = true;
  if (row) details.open(row);
}

/** The browser gives the focus back to what opened the drawer, unless that is there no more. */
function onClosed(name, isOther) {
  address.close();
  if (isOther || document.activeElement === document.body) views.one.focus(name);
}

/** Show what an address names: the page was opened with it, or somebody went back or edited it. */
function follow({ module, shown }) {
  table.sorted = shown.get("sort") ?? "";
  plot.range = shown.get("range");
  if (views.show(shown.get("view"))) views.one.build(rows());
  tools.set(shown.get("q") ?? "", shown.getAll("state"));
  sought = module;
  part("unknown").hidden = true;
  if (module) openSought();
  else if (details.isOpen) details.close();
}

/** The module that an address named and that is not here, perhaps not yet. */
let sought = "";

function openSought() {
  if (!state) return;
  if (lookup(sought)) return open(sought);
  part("unknown").hidden = false;
  write(part("unknown"), say("unknown-module", { name: sought }));
}

/** Name in the address what is shown; all of it, where any of it is not as usual: the browser of who follows the link may have kept another view. */
function keepAddress() {
  const { q, state: filters } = tools.chosen;
  const shown = [...filters.map((filter) => ["state", filter]), ["q", q], ["sort", views.name === "table" ? table.sorted : ""]].filter(([, value]) => value);
  if (shown.length || views.name !== "tiles" || plot.range !== USUAL) shown.push(["view", views.name], ["range", plot.range]);
  address.show(new URLSearchParams(shown));
}

function rebuild() {
  views.one.build(rows());
  refilter();
}

function refilter() {
  keepAddress();
  if (!state) return;
  const shown = views.one.filter((row) => tools.shows(row));
  part("nothing").hidden = shown > 0;
  part("nothing-text").textContent = say(state?.modules.size ? "nothing-found" : "nothing-there");
  part("show-all").hidden = !state?.modules.size;
  tools.update(rows());
}

let order = "";

function onState(next, changed, isWhole) {
  // A new version of the agent brings a new page: load it, unless the drawer is open.
  if (version !== null && version !== next.agent.version && !details.isOpen) return location.reload();
  version = next.agent.version;
  state = next;
  headline.update(state);
  fleet.update(state.fleet, state.at);
  const newOrder = JSON.stringify(rows().map((row) => [row.name, row.group, row.group_label]));
  if (newOrder !== order) { order = newOrder; views.one.build(rows()); }
  else views.one.update(changed);
  if (changed.length || isWhole) refilter();
  details.update(lookup);
  if (sought) openSought();
  announce(changed, isWhole);
  if (isWhole && !document.hidden) plot.refresh();
}

function onConnection(isConnected) {
  document.body.dataset.connection = isConnected ? "up" : "down";
  headline.connection(isConnected ? null : clockTime((state?.wallAt ?? Date.now()) / 1000, true));
}

/** Tells a screen reader, at once. */
function note(text) {
  part("announcements").replaceChildren(make("p", {}, text));
}

/** Announces changes to screen readers, a few at a time. */
function announcer(log) {
  const reasons = new Map();
  const pending = new Map();
  let timer = 0;
  const announce = () => {
    timer = 0;
    const lines = pending.size > ANNOUNCE_EACH ? [say("changed", { n: pending.size })] : [...pending.values()];
    log.replaceChildren(...lines.map((line) => make("p", {}, line)));
    pending.clear();
  };
  return (changed, isOld) => {
    for (const row of changed) {
      if (!isOld && reasons.has(row.name) && reasons.get(row.name) !== row.reason) pending.set(row.name, `${row.name}: ${say(`reasons.${row.reason}`)}`);
      reasons.set(row.name, row.reason);
    }
    if (pending.size && !timer) timer = setTimeout(announce, ANNOUNCE_MS);
  };
}

/** Put every text into the language that is spoken. */
function reword() {
  translate(document);
  for (const button of document.querySelectorAll("button[data-lang]")) button.setAttribute("aria-pressed", String(button.dataset.lang === spoken()));
  if (!state) return;
  headline.update(state);
  fleet.update(state.fleet, state.at);
  views.one.reword();
  refilter();
  plot.reword();
  details.reword();
}

for (const button of document.querySelectorAll("button[data-lang]")) {
  // The sentences of the verdicts come from the agent in the stream's language.
  button.addEventListener("click", async () => { await speak(button.dataset.lang); reword(); stream.open(); });
}

part("show-all").addEventListener("click", () => tools.clear());

part("theme").addEventListener("click", () => {
  const root = document.documentElement;
  const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = isDark ? "light" : "dark";
  keep("theme", root.dataset.theme);
});

part("skip").addEventListener("click", (event) => {
  event.preventDefault(); // the address names modules
  part(views.name === "table" ? "list-scroll" : "rack").focus();
});

reword();
follow({ module: address.module, shown: address.shown });
stream.open();
setInterval(() => { headline.tick(); fleet.tick(); views.one.tick(); }, 1000);
setInterval(() => { if (!document.hidden && document.body.dataset.connection === "up") plot.tick(); }, PLOT_MS);
setInterval(() => { if (state) tools.update(rows()); }, 5000);
