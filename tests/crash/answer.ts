/**
 * What calls on a database answer, and whether they may.
 *
 * @module
 */

import type { CommitResult, DurableIntent } from "../../mod.ts";
import type { Part } from "./database_ledger.ts";
import { Violation } from "./ledger.ts";

/** What a caller may be told when a device fails: by code, since a canary has classes of its own. */
const FAULT_CODES: readonly string[] = [
  "io",
  "no-space",
  "poisoned",
  "stale-intent",
  "uncommitted",
  "nothing-to-commit",
  "not-found",
  "busy",
  "budget-exceeded",
  "invalid-edge", // Its endpoints are in a space that could not be created.
];

/**
 * Without a fault nothing may fail; after one it must be with an error of ours.
 *
 * @param error What was thrown
 * @param codes What may be thrown in any case
 * @param faulty Whether the device has failed
 */
export function checkError(error: unknown, codes: readonly string[], faulty: boolean): void {
  const { code } = error as { code?: string };
  if (error instanceof Error && code !== undefined && codes.includes(code)) return;
  if (error instanceof Violation || !faulty) throw error;
  if (error instanceof Error && code !== undefined && FAULT_CODES.includes(code)) return;
  throw new Violation(`an error without a code of ours: ${error}`);
}

/** Whether nobody can tell if the call took effect. */
export function isUnknown(error: unknown): boolean {
  return (error as { outcome?: unknown }).outcome === "unknown";
}

/** A token stands for what its caller had written. */
export function checkToken(token: DurableIntent, part: Part): void {
  if (token.session === part.session && token.entries <= part.entries.length) return;
  throw new Violation(`a seal answered ${token.entries} of ${part.entries.length} entries`);
}

/** A result is of what its caller had written. */
export function checkResult({ first, last, entries }: CommitResult, part: Part): void {
  const { entries: written } = part;
  const right = entries === written.length && `${first}` === written[0].revision &&
    `${last}` === written.at(-1)!.revision;
  if (!right) throw new Violation(`a commit of ${written.length} entries answered ${entries}`);
}
