/**
 * What a segment may hold, as far as its callers were told: the judge of the crash lab.
 *
 * A content is a list of groups, a group a list of entry numbers. While a call is at work, or has
 * failed, the content before it and the content after it are both allowed; when it has resolved, one.
 *
 * @module
 */

import { deepStrictEqual } from "node:assert/strict";
import type { FastSegment, WalEntry } from "../../mod.ts";
import { entryOf, type Library } from "./library.ts";

/** Groups of entry numbers. */
export type Content = readonly (readonly number[])[];

/** A promise that was broken. */
export class Violation extends Error {}

/** The contents that are allowed at a moment. */
export class Ledger {
  /** What the segment holds if every call so far did what it said. */
  current: Content;
  #allowed: Content[];
  /** The number of the next entry to be written. */
  nextNumber: number;

  constructor(current: Content = [], allowed: Content[] = [current], nextNumber = 1) {
    this.current = current;
    this.#allowed = allowed;
    this.nextNumber = nextNumber;
  }

  clone(): Ledger {
    return new Ledger(this.current, [...this.#allowed], this.nextNumber);
  }

  /** Mints numbers for a new group. */
  mint(count: number): number[] {
    return Array.from({ length: count }, () => this.nextNumber++);
  }

  /** A call is at work that will make this the content. */
  propose(content: Content): void {
    this.#allowed.push(content);
  }

  /** A call has resolved: this is the content, and nothing else is. */
  settle(content: Content = this.current): void {
    this.current = content;
    this.#allowed = [content];
  }

  /** Compares what an opened segment holds with what is allowed, and settles on it. */
  observe(segment: FastSegment, library: Library): void {
    const found = segment.readCommittedEntries();
    const matching = this.#allowed.find((content) =>
      content.flat().length === found.length &&
      content.flat().every((number, i) => numberOf(found[i]) === number)
    );
    if (matching === undefined) {
      throw new Violation(
        `found entries ${JSON.stringify(found.map(numberOf))}, allowed are ${
          JSON.stringify(this.#allowed.map((content) => content.flat()))
        }`,
      );
    }
    for (const entry of found) {
      deepStrictEqual(entry, entryOf(library, numberOf(entry), segment.session));
    }
    if (segment.recovery.groups !== matching.length) {
      throw new Violation(`found ${segment.recovery.groups} groups, not ${matching.length}`);
    }
    this.settle(matching);
  }
}

function numberOf(entry: WalEntry): number {
  return entry.kind === "write" ? entry.revision.sequence : -1;
}
