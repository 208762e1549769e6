/**
 * Prints rows in columns.
 *
 * @module
 */

/**
 * Lays out a table for a fixed-width font: numbers to the right, words to the left.
 *
 * @param head The titles of the columns
 * @param rows As many cells each
 * @returns Lines
 */
export function formatTable(head: readonly string[], rows: readonly string[][]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column].length))
  );
  const numeric = head.map((_, column) =>
    rows.every((row) => row[column] === "" || /^[+-]?[\d.]/.test(row[column]))
  );
  const line = (cells: readonly string[]): string =>
    cells.map((cell, column) =>
      numeric[column] ? cell.padStart(widths[column]) : cell.padEnd(widths[column])
    ).join("  ").trimEnd();
  const rule = widths.map((width) => "-".repeat(width));
  return [line(head), line(rule), ...rows.map(line)].join("\n");
}
