/** A colour: red, green and blue, 0 to 255. */
export type Rgb = [number, number, number];

/** @param hex '#rrggbb' */
export function parseHex(hex: string): Rgb {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as Rgb;
}

/** The colour between `low`, at t = 0, and `high`, at t = 1. Beyond these it is the nearer one. */
export function mix(low: Rgb, high: Rgb, t: number): Rgb {
  const weight = Math.min(1, Math.max(0, t));
  return low.map((value, i) => Math.round(value + (high[i]! - value) * weight)) as Rgb;
}

/** Contrast ratio, 1 to 21. @see https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
export function contrast(a: Rgb, b: Rgb): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** Black or white, whichever reads better on the colour. The contrast is at least 4.5 to 1 on any colour. */
export function inkOn(color: Rgb): Rgb {
  const black: Rgb = [0, 0, 0];
  const white: Rgb = [255, 255, 255];
  return contrast(color, black) > contrast(color, white) ? black : white;
}

function luminance(color: Rgb): number {
  const [red, green, blue] = color.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as Rgb;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
