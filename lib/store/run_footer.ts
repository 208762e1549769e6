/**
 * The end of a run file: what has to be known of it before any page is read.
 *
 * | footer: bytes      | field          | form                                                     |
 * | ------------------ | -------------- | -------------------------------------------------------- |
 * | 8                  | entries        | u64                                                      |
 * | 8                  | pages          | u64                                                      |
 * | 16                 | newest         | the highest revision, four u32                           |
 * | pages * 8          | offsets        | float64, where each page begins                          |
 * | pages * 4          | value bytes    | u32, of each page's values, the checksum included        |
 * | pages * words * 4  | first keys     | u32, the key of each page's first entry                  |
 * | pages * dims * c   | first points   | its point, u32 or float64                                |
 * | leaves * dims * 16 | leaf boxes     | float64, the lowest and then the highest coordinate on each axis, of 64 entries each |
 * | leaves             | clean          | 1 where each entry is the only version of its address and no deletion |
 *
 * | trailer: bytes | field         | meaning                                    |
 * | -------------- | ------------- | ------------------------------------------ |
 * | 8              | footer offset | u64 LE                                     |
 * | 8              | footer bytes  | u64 LE                                     |
 * | 32             | checksum      | BLAKE3 of the header and the footer        |
 * | 8              | magic         | `IDB_END\0`                                |
 *
 * Each field begins at a multiple of 8 bytes. The trailer is the end of the file and the last to be
 * written: a file without it was never finished.
 *
 * @module
 */

import { CHECKSUM_BYTES, checksumOf, equalBytes } from "../bytes/checksum.ts";
import { LEAF_ENTRIES } from "./box_tree.ts";
import { REVISION_WORDS } from "./columns.ts";
import { aligned, PAGE_ENTRIES } from "./run_page.ts";
import type { Coordinates, Shape } from "./shape.ts";

/** Bytes of the trailer. */
export const TRAILER_BYTES: number = 8 + 8 + CHECKSUM_BYTES + 8;

/** The magic at the end. */
const END_MAGIC = new TextEncoder().encode("IDB_END\0");

/** What a footer says. */
export interface Footer {
  /** How many entries. */
  entries: number;
  /** How many pages. */
  pages: number;
  /** The highest revision. */
  newest: Uint32Array;
  /** Where each page begins. */
  offsets: Float64Array;
  /** Bytes of each page's values, the checksum included. */
  valueBytes: Uint32Array;
  /** The key of each page's first entry. */
  firstKeys: Uint32Array;
  /** The point of each page's first entry. */
  firstPoints: Coordinates;
  /** The boxes of leaves. */
  boxes: Float64Array;
  /** 1 for a clean leaf. */
  clean: Uint8Array;
}

/**
 * Room for a footer, with its columns laid over it.
 *
 * @param shape The form of the run's columns
 * @param entries How many entries
 * @returns The bytes, and the footer over them
 */
export function newFooter(shape: Shape, entries: number): { bytes: Uint8Array; footer: Footer } {
  const bytes = new Uint8Array(footerBytes(shape, entries));
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(entries), true);
  view.setBigUint64(8, BigInt(Math.ceil(entries / PAGE_ENTRIES)), true);
  return { bytes, footer: footerOver(shape, bytes)! };
}

/**
 * Lays the columns of a footer over its bytes.
 *
 * @param shape The form of the run's columns
 * @param bytes All of them; they begin where their buffer does
 * @returns The footer; undefined if it does not have the length that its counts ask for
 */
export function footerOver(shape: Shape, bytes: Uint8Array): Footer | undefined {
  if (bytes.length < 32) return undefined;
  const buffer = bytes.buffer as ArrayBuffer;
  const view = new DataView(buffer);
  const entries = Number(view.getBigUint64(0, true));
  const pages = Number(view.getBigUint64(8, true));
  const wellFormed = entries > 0 && pages === Math.ceil(entries / PAGE_ENTRIES) &&
    bytes.length === footerBytes(shape, entries);
  if (!wellFormed) return undefined;
  const { dims, words, coordinateBytes } = shape;
  const leaves = Math.ceil(entries / LEAF_ENTRIES);
  let at = 16;
  const take = (size: number): number => {
    const start = at;
    at += aligned(size);
    return start;
  };
  const newest = new Uint32Array(buffer, take(REVISION_WORDS * 4), REVISION_WORDS);
  const offsets = new Float64Array(buffer, take(pages * 8), pages);
  const valueBytes = new Uint32Array(buffer, take(pages * 4), pages);
  const firstKeys = new Uint32Array(buffer, take(pages * words * 4), pages * words);
  const firstPoints = shape.coordinatesOver(buffer, take(pages * dims * coordinateBytes), pages);
  const boxes = new Float64Array(buffer, take(leaves * dims * 16), leaves * dims * 2);
  const clean = new Uint8Array(buffer, take(leaves), leaves);
  return { entries, pages, newest, offsets, valueBytes, firstKeys, firstPoints, boxes, clean };
}

/**
 * The trailer of a file.
 *
 * @param header The header
 * @param footer The footer
 * @param offset Where the footer begins
 */
export function encodeTrailer(header: Uint8Array, footer: Uint8Array, offset: number): Uint8Array {
  const trailer = new Uint8Array(TRAILER_BYTES);
  const view = new DataView(trailer.buffer);
  view.setBigUint64(0, BigInt(offset), true);
  view.setBigUint64(8, BigInt(footer.length), true);
  trailer.set(checksumOf([header, footer]), 16);
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
  return equalBytes(checksumOf([header, footer]), trailer.subarray(16, 16 + CHECKSUM_BYTES));
}

function footerBytes(shape: Shape, entries: number): number {
  const { dims, words, coordinateBytes } = shape;
  const pages = Math.ceil(entries / PAGE_ENTRIES);
  const leaves = Math.ceil(entries / LEAF_ENTRIES);
  const fields = [
    REVISION_WORDS * 4,
    pages * 8,
    pages * 4,
    pages * words * 4,
    pages * dims * coordinateBytes,
    leaves * dims * 16,
    leaves,
  ];
  return fields.reduce((sum, size) => sum + aligned(size), 16);
}
