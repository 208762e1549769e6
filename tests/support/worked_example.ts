/**
 * Reads the worked example of a format module out of its comment, so that the prose cannot go stale.
 *
 * @module
 */

import { readFileSync } from "node:fs";

/**
 * The bytes of a module's `hex` block.
 *
 * @param module The module's path from the top of the project
 */
export function workedExample(module: string): Uint8Array {
  const source = readFileSync(new URL(`../../${module}`, import.meta.url), "utf8");
  const block = /```hex\n([\s\S]*?)```/.exec(source)?.[1];
  if (block === undefined) throw new Error(`${module} has no worked example`);
  const digits = block.split("\n")
    .map((line) => line.replace(/^\s*\*/, "").split("|")[0])
    .join("").replace(/\s/g, "");
  return fromHex(digits);
}

/**
 * Bytes from hex digits.
 *
 * @param digits Two for each byte
 */
export function fromHex(digits: string): Uint8Array {
  const bytes = new Uint8Array(digits.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(digits.slice(i * 2, i * 2 + 2), 16);
  return bytes;
}

/**
 * Hex digits of bytes.
 *
 * @param bytes Any
 */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
