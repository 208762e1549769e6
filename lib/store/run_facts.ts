/**
 * What a run file says of its pages: read and verified when it is opened.
 *
 * @module
 */

import { equalBytes } from "../bytes/checksum.ts";
import { CorruptionError, type InfiniteDbError, NewerFormatError } from "../errors.ts";
import type { StorageFile } from "../file/storage.ts";
import {
  decodeTrailer,
  type Footer,
  footerOver,
  footerVerifies,
  TRAILER_BYTES,
} from "./run_footer.ts";
import { PAGE_VERSIONS } from "./run_page.ts";
import { encodeRunHeader, RUN_HEADER_BYTES, type RunIdentity } from "./run_writer.ts";
import type { Shape } from "./shape.ts";

const VERSION_OFFSET = 8;

/** What a run file says of its pages. */
export interface RunFacts {
  /** Of the form of its pages. */
  version: number;
  /** The footer. */
  footer: Footer;
  /** Where the last page and its values end. */
  pagesEnd: number;
}

/**
 * Reads and verifies all of a run file but its pages.
 *
 * @param file The file
 * @param path Its path
 * @param identity What it should be of
 * @param shape The form of its columns
 * @throws {CorruptionError} If it is not that run, whole
 * @throws {NewerFormatError} If a later version wrote it
 */
export function readFacts(
  file: StorageFile,
  path: string,
  identity: RunIdentity,
  shape: Shape,
): RunFacts {
  const size = file.size();
  if (size < RUN_HEADER_BYTES + TRAILER_BYTES) throw corruptRun(path, "it is cut short", size);
  const header = readExactly(file, path, 0, RUN_HEADER_BYTES);
  const trailer = readExactly(file, path, size - TRAILER_BYTES, TRAILER_BYTES);
  const place = decodeTrailer(trailer, size);
  if (place === undefined) throw corruptRun(path, "it does not end as a run does", size);
  const bytes = readExactly(file, path, place.offset, place.bytes); // Checked against the file's size.
  if (!footerVerifies(trailer, header, bytes)) {
    throw corruptRun(path, "header and footer do not verify", place.offset);
  }
  const version = new DataView(header.buffer).getUint32(VERSION_OFFSET, true);
  const { asInMemory, planes } = PAGE_VERSIONS;
  if (version < asInMemory || version > planes) {
    throw new NewerFormatError(
      `${path} is of version ${version}; this module knows ${asInMemory} to ${planes}`,
      { file: path, offset: VERSION_OFFSET, expected: planes, found: version },
    );
  }
  const wanted = encodeRunHeader(identity, shape, version);
  if (!equalBytes(header, wanted)) throw corruptRun(path, "it is of another run or space", 0);
  const footer = footerOver(shape, bytes);
  const facts = footer && { version, footer, pagesEnd: place.offset };
  if (facts === undefined || !pagesFit(facts)) {
    throw corruptRun(path, "the footer's counts do not fit", place.offset);
  }
  return facts;
}

/** Whether each page has room between the one before it and its values. */
function pagesFit(facts: RunFacts): boolean {
  for (let page = 0; page < facts.footer.pages; page++) {
    const { offset, length } = placeOfPart(facts, 2 * page);
    if (!(offset >= RUN_HEADER_BYTES && length > 0)) return false;
  }
  return true;
}

function readExactly(
  file: StorageFile,
  path: string,
  offset: number,
  length: number,
): Uint8Array {
  const bytes = new Uint8Array(length);
  if (file.readAt(bytes, offset) === length) return bytes;
  throw corruptRun(path, "it is cut short", offset);
}

/**
 * Where the bytes of a page, or of its values, are.
 *
 * @param facts Of the file
 * @param part Twice the number of the page, and one more for its values
 */
export function placeOfPart(
  { footer, pagesEnd }: RunFacts,
  part: number,
): { offset: number; length: number } {
  const { offsets, valueBytes, pages } = footer;
  const page = part >>> 1;
  const next = page + 1 < pages ? offsets[page + 1] : pagesEnd;
  const middle = next - valueBytes[page];
  return part % 2 === 0
    ? { offset: offsets[page], length: middle - offsets[page] }
    : { offset: middle, length: valueBytes[page] };
}

/**
 * The error of a run file.
 *
 * @param path The file
 * @param reason What is wrong
 * @param offset Where
 */
export function corruptRun(path: string, reason: string, offset: number): InfiniteDbError {
  return new CorruptionError(`${path} is corrupt at byte ${offset}: ${reason}`, {
    file: path,
    offset,
  });
}
