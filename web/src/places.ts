// Places as people type them.
import type { Place } from './contract';

const ARABIC_DIGITS = '٠١٢٣٤٥٦٧٨٩';

/** Latitude and longitude in degrees, in this order, as maps and receivers show them; null when it is no place. */
export function parsePlace(text: string): Place | null {
  const western = text.replace(/[٠-٩]/g, (digit) => String(ARABIC_DIGITS.indexOf(digit)));
  const found =
    /^\s*(-?\d{1,2}(?:[.٫]\d+)?)\s*°?\s*[,،;\s]\s*(-?\d{1,3}(?:[.٫]\d+)?)\s*°?\s*$/.exec(western);
  if (!found) return null;
  const [lat, lon] = found.slice(1).map((part) => Number(part.replace('٫', '.')));
  if (lat === undefined || lon === undefined) return null;
  return Math.abs(lat) <= 90 && Math.abs(lon) <= 180 ? [lon, lat] : null;
}
