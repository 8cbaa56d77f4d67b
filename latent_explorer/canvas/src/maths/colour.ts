/** Colours of points and differences, readable on light and dark pages. */

export type Rgb = [number, number, number];

// ten colours that also differ under colour blindness; Petroff 2021 (arXiv 2107.02270); the same as in ui/pictures.py
export const CLASSES: Rgb[] = [
  "#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6", "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd",
].map(hex);

const VIRIDIS: Rgb[] = ["#482475", "#414487", "#355f8d", "#2a788e", "#21918c", "#22a884", "#44bf70", "#7ad151", "#bddf26"].map(hex);

export function hex(text: string): Rgb {
  return [1, 3, 5].map((i) => parseInt(text.slice(i, i + 2), 16)) as Rgb;
}

export function css([r, g, b]: Rgb, alpha = 1): string {
  return `rgb(${r} ${g} ${b} / ${alpha})`;
}

/** Viridis at t in [0, 1], without its darkest end, which would be invisible on a dark page. */
export function viridis(t: number): Rgb {
  const at = Math.min(1, Math.max(0, t)) * (VIRIDIS.length - 1);
  const i = Math.min(VIRIDIS.length - 2, Math.floor(at));
  return VIRIDIS[i].map((c, k) => Math.round(c + (VIRIDIS[i + 1][k] - c) * (at - i))) as Rgb;
}

/** The colour of a signed difference in [−1, 1]: blue is negative, red is positive, grey is zero. */
export function difference(d: number): Rgb {
  const t = Math.min(1, Math.abs(d) * 1.5);
  const end: Rgb = d < 0 ? [45, 115, 205] : [214, 64, 53];
  return [128, 128, 128].map((c, k) => Math.round(c + (end[k] - c) * t)) as Rgb;
}
