// How large tiles are, and in how many columns they and their groups stand: the largest that fit into the window. Pure.

const GAP = 10;

/** Largest first. In px: the tile's least width and usual height, its padding and borders, those of its group, the gap, and the number's size. */
const DENSITIES = [
  { name: "roomy", tile: 236, height: 138, pad: 34, frame: 18, header: 42, gap: 9, number: 22, least: 17, weight: 560 },
  { name: "medium", tile: 158, height: 85, pad: 26, frame: 18, header: 42, gap: 6, number: 15.5, least: 12.5, weight: 560 },
  { name: "regular", tile: 104, height: 55, pad: 16, frame: 18, header: 42, gap: 5, number: 12.5, least: 10.5, weight: 400 },
  { name: "compact", tile: 104, height: 38, pad: 28, frame: 14, header: 34, gap: 4, number: 11.5, least: 10, weight: 400 },
];

/** A low window has the same tiles with less around them (rack.css). */
export const LOW = 720;
const TIGHT = { regular: { height: 46, header: 31, gap: 4 } };

/** Where nothing fits: what people scroll through. */
const usual = (count) => (count <= 16 ? "medium" : count <= 128 ? "regular" : "compact");

/**
 * `sizes`: how many modules each group has; `widthOf(weight)`: how wide the longest number is, in em. Returns the density, how many groups
 * stand side by side, how many tiles in each, and the size of all numbers: one for the whole rack.
 */
export function layoutOf(sizes, width, height, widthOf, isLow) {
  const count = sizes.reduce((sum, n) => sum + n, 0);
  const densities = DENSITIES.map((density) => ({ ...density, ...(isLow ? TIGHT[density.name] : {}) }));
  const found = densities.map((density) => bestOf(density, sizes, width, height, widthOf(density.weight)));
  // The smallest tiles leave out what a bank of this size has room for, with some scrolling.
  const smallest = densities.findIndex((density) => density.name === usual(count));
  return found.slice(0, smallest).find((one) => one.height <= height) ?? found[smallest];
}

// Groups side by side are harder to read than one below the other: they must save height.
const cost = ({ height, groups }) => height * (1 + 0.16 * (groups - 1));

/** The cheapest arrangement of those that fit, else of all. */
function bestOf(density, sizes, width, height, digits) {
  const least = Math.max(density.tile, Math.ceil(digits * density.least) + density.pad);
  const most = Math.max(1, Math.min(sizes.length, Math.floor((width + GAP) / (2 * least + density.gap + density.frame + GAP))));
  const all = Array.from({ length: most }, (_, i) => arranged(density, sizes, width, digits, least, i + 1));
  const fitting = all.filter((one) => one.height <= height);
  return (fitting.length ? fitting : all).reduce((best, one) => (cost(one) < cost(best) ? one : best));
}

function arranged(density, sizes, width, digits, least, groups) {
  const inner = (width - (groups - 1) * GAP) / groups - density.frame;
  const fitting = Math.max(1, Math.floor((inner + density.gap) / (least + density.gap)));
  // No more columns than the same number of lines needs, so that the last line is not a single tile.
  const lines = sizes.map((n) => Math.ceil(n / fitting));
  const columns = sizes.map((n, i) => Math.ceil(n / lines[i]));
  const heightOf = (count) => density.header + count * (density.height + density.gap);
  let height = 0;
  for (let at = 0; at < lines.length; at += groups) height += heightOf(Math.max(...lines.slice(at, at + groups))) + GAP;
  const tile = Math.min(...columns.map((n) => (inner + density.gap) / n - density.gap));
  return { density: density.name, groups, columns, height, number: Math.min(density.number, Math.floor(((tile - density.pad) / digits) * 4) / 4) };
}
