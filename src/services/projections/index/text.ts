/**
 * Folds a text for the default comparison of FHIR strings: neither case nor accents count (R4 3.1.1.4.8), runs of white
 * space are one space. Unicode's rules only, no locale: an index is the same wherever it is built.
 */
export function foldText(text: string): string {
  if (PRINTABLE_ASCII.test(text)) return text.toLowerCase();
  return (
    text
      .normalize('NFKD')
      .replace(/\p{Mark}/gu, '')
      // Up and down again folds what has no single lower case letter: ß and SS become ss, final and inner sigma one.
      .toUpperCase()
      .toLowerCase()
      .replaceAll('ς', 'σ')
      .replace(/\s+/gu, ' ')
      .trim()
  );
}

/** Single spaces between printable characters, none at the ends. */
const PRINTABLE_ASCII = /^[!-~]+(?: [!-~]+)*$/;
