/**
 * The end of a run file: what has to be known of it before any page is read.
 *
 * | footer: bytes      | field          | form                                                     |
 * | ------------------ | -------------- | -------------------------------------------------------- |
 * | 8                  | entries        | u64                                                      |
 * | 8                  | pages          | u64                                                      |
 * | 16                 | oldest         | the lowest revision, four u32                            |
 * | 16                 | newest         | the highest revision, four u32                           |
 * | pages * 8          | offsets        | float64, where each page begins                          |
 * | pages * 4          | bases          | u32, how many entries are before each page               |
 * | pages * 4          | value bytes    | u32, of each page's block of values, with its checksum   |
 * | pages * words * 4  | first keys     | u32, the key of each page's first entry                  |
 * | pages * dims * c   | first points   | its point, u32 or float64                                |
 * | leaves * dims * 16 | leaf boxes     | float64, the lowest and then the highest coordinate on each axis, of 64 entries each |
 * | leaves             | clean          | 1 where each entry is the only version of its address and no deletion |
 *
 * | trailer: bytes | field         | meaning                                                      |
 * | -------------- | ------------- | ------------------------------------------------------------ |
 * | 8              | footer offset | u64 LE                                                       |
 * | 8              | footer bytes  | u64 LE                                                       |
 * | 32             | checksum      | BLAKE3 of the header and of the BLAKE3 of each MiB of the footer |
 * | 8              | magic         | `IDB_END\0`                                                  |
 *
 * Each field begins at a multiple of 8 bytes. The trailer is the end of the file and the last to be
 * written: a file without it was never finished. The footer of a large run has many megabytes, so it is
 * hashed in blocks, between which its writer lets others go on.
 *
 * @module
 */

import { checksum, CHECKSUM_BYTES, checksumOf, equalBytes } from "../bytes/checksum.ts";
import { REVISION_WORDS } from "../clock/revision.ts";
import { LEAF_ENTRIES } from "./box_tree.ts";
import { aligned } from "./page_columns.ts";
import { PAGE_ENTRIES } from "./run_page.ts";
import type { Coordinates, Shape } from "./shape.ts";

/** Bytes of the trailer. */
export const TRAILER_BYTES: number = 8 + 8 + CHECKSUM_BYTES + 8;

/** Bytes of the footer that are hashed at a time. */
const BLOCK_BYTES = 1024 * 1024;

/** Bytes before the fields whose length depends on the counts. */
const COUNTS_BYTES = 16;

/** The magic at the end. */
const END_MAGIC = new TextEncoder().encode("IDB_END\0");

/** What a footer says. */
export interface Footer {
  /** How many entries. */
  readonly entries: number;
  /** How many pages. */
  readonly pages: number;
  /** The lowest revision. */
  readonly oldest: Uint32Array;
  /** The highest revision. */
  readonly newest: Uint32Array;
  /** Where each page begins. */
  readonly offsets: Float64Array;
  /** How many entries are before each page. */
  readonly bases: Uint32Array;
  /** Bytes of each page's block of values, the checksum included. */
  readonly valueBytes: Uint32Array;
  /** The key of each page's first entry. */
  readonly firstKeys: Uint32Array;
  /** The point of each page's first entry. */
  readonly firstPoints: Coordinates;
  /** The boxes of leaves. */
  readonly boxes: Float64Array;
  /** 1 for a clean leaf. */
  readonly clean: Uint8Array;
}

/**
 * Room for a footer, with its columns laid over it.
 *
 * @param shape The form of the run's columns
 * @param entries How many entries
 * @param pages How many pages
 * @returns The bytes, and the footer over them
 */
export function newFooter(
  shape: Shape,
  entries: number,
  pages: number,
): { bytes: Uint8Array; footer: Footer } {
  const bytes = new Uint8Array(footerBytes(shape, entries, pages));
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(entries), true);
  view.setBigUint64(8, BigInt(pages), true);
  return { bytes, footer: columnsOver(shape, bytes, entries, pages) };
}

/**
 * Lays the columns of a footer over its bytes.
 *
 * @param shape The form of the run's columns
 * @param bytes All of them; they begin where their buffer does
 * @returns The footer; undefined if it does not have the length that its counts ask for
 */
export function footerOver(shape: Shape, bytes: Uint8Array): Footer | undefined {
  if (bytes.length < COUNTS_BYTES) return undefined;
  const view = new DataView(bytes.buffer);
  const entries = Number(view.getBigUint64(0, true));
  const pages = Number(view.getBigUint64(8, true));
  const wellFormed = pages > 0 && pages <= entries && bytes.length ===
      footerBytes(shape, entries, pages);
  if (!wellFormed) return undefined;
  const footer = columnsOver(shape, bytes, entries, pages);
  const { bases } = footer;
  for (let page = 0; page < pages; page++) {
    const count = (page + 1 < pages ? bases[page + 1] : entries) - bases[page];
    if (!(count > 0 && count <= PAGE_ENTRIES)) return undefined;
  }
  return bases[0] === 0 ? footer : undefined;
}

/**
 * The checksum of header and footer, in steps between which others may go on.
 *
 * @param header The header
 * @param footer The footer
 * @returns Yields between its steps; returns the checksum
 */
export function* footerChecksum(
  header: Uint8Array,
  footer: Uint8Array,
): Generator<undefined, Uint8Array> {
  const blocks = [header];
  for (let from = 0; from < footer.length; from += BLOCK_BYTES) {
    blocks.push(checksum(footer.subarray(from, from + BLOCK_BYTES)));
    yield;
  }
  return checksumOf(blocks);
}

/**
 * The trailer of a file.
 *
 * @param sum The checksum of header and footer
 * @param offset Where the footer begins
 * @param bytes How long it is
 */
export function encodeTrailer(sum: Uint8Array, offset: number, bytes: number): Uint8Array {
  const trailer = new Uint8Array(TRAILER_BYTES);
  const view = new DataView(trailer.buffer);
  view.setBigUint64(0, BigInt(offset), true);
  view.setBigUint64(8, BigInt(bytes), true);
  trailer.set(sum, 16);
  trailer.set(END_MAGIC, 16 + CHECKSUM_BYTES);
  return trailer;
}

/**
 * Where a trailer says that the footer is.
 *
 * @param trailer All of it
 * @param fileBytes How long the file is
 * @returns Its place; undefined if it does not end where the trailer begins
 */
export function decodeTrailer(
  trailer: Uint8Array,
  fileBytes: number,
): { offset: number; bytes: number } | undefined {
  const view = new DataView(trailer.buffer, trailer.byteOffset);
  const offset = Number(view.getBigUint64(0, true));
  const bytes = Number(view.getBigUint64(8, true));
  const fits = equalBytes(trailer.subarray(16 + CHECKSUM_BYTES), END_MAGIC) &&
    offset + bytes === fileBytes - TRAILER_BYTES;
  return fits ? { offset, bytes } : undefined;
}

/**
 * Whether header and footer are those that a trailer was written for.
 *
 * @param trailer The trailer
 * @param header The header
 * @param footer The footer
 */
export function footerVerifies(
  trailer: Uint8Array,
  header: Uint8Array,
  footer: Uint8Array,
): boolean {
  const steps = footerChecksum(header, footer);
  let step = steps.next();
  while (!step.done) step = steps.next();
  return equalBytes(step.value, trailer.subarray(16, 16 + CHECKSUM_BYTES));
}

function columnsOver(shape: Shape, bytes: Uint8Array, entries: number, pages: number): Footer {
  const { dims, words, coordinateBytes } = shape;
  const buffer = bytes.buffer as ArrayBuffer;
  const leaves = Math.ceil(entries / LEAF_ENTRIES);
  let at = COUNTS_BYTES;
  const take = (size: number): number => {
    const start = at;
    at += aligned(size);
    return start;
  };
  return {
    entries,
    pages,
    oldest: new Uint32Array(buffer, take(REVISION_WORDS * 4), REVISION_WORDS),
    newest: new Uint32Array(buffer, take(REVISION_WORDS * 4), REVISION_WORDS),
    offsets: new Float64Array(buffer, take(pages * 8), pages),
    bases: new Uint32Array(buffer, take(pages * 4), pages),
    valueBytes: new Uint32Array(buffer, take(pages * 4), pages),
    firstKeys: new Uint32Array(buffer, take(pages * words * 4), pages * words),
    firstPoints: shape.coordinatesOver(buffer, take(pages * dims * coordinateBytes), pages),
    boxes: new Float64Array(buffer, take(leaves * dims * 16), leaves * dims * 2),
    clean: new Uint8Array(buffer, take(leaves), leaves),
  };
}

function footerBytes(shape: Shape, entries: number, pages: number): number {
  const { dims, words, coordinateBytes } = shape;
  const leaves = Math.ceil(entries / LEAF_ENTRIES);
  const fields = [
    REVISION_WORDS * 4,
    REVISION_WORDS * 4,
    pages * 8,
    pages * 4,
    pages * 4,
    pages * words * 4,
    pages * dims * coordinateBytes,
    leaves * dims * 16,
    leaves,
  ];
  return fields.reduce((sum, size) => sum + aligned(size), COUNTS_BYTES);
}
