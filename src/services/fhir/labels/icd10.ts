import { InvariantError } from '../../../primitives/errors.js';

const PLACES = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** `F20-F22` as F20, F21, F22, without dots; the last place counts through the digits and then A to Z. */
export function categoriesIn(range: string): string[] {
  const [first = '', last = first] = range.replaceAll('.', '').split('-');
  const categories: string[] = [];
  for (let category = first; ; category = next(category)) {
    categories.push(category);
    if (category === last) return categories;
    if (categories.length > 1000) throw new InvariantError(`${range} is not a range of ICD-10 categories`);
  }
}

/** The category after this one: O99 → O9A, O9Z → P00, X69 → X70. */
function next(category: string): string {
  const places = [...category];
  for (let at = places.length - 1; at >= 1; at--) {
    const place = PLACES.indexOf(places[at] ?? '');
    // Only the last place of a category of three goes beyond the digits.
    const limit = at === 2 && category.length === 3 ? PLACES.length : 10;
    if (place + 1 < limit) {
      places[at] = PLACES[place + 1] ?? '';
      return places.join('');
    }
    places[at] = '0';
  }
  return String.fromCharCode((places[0] ?? 'A').charCodeAt(0) + 1) + places.slice(1).join('');
}
