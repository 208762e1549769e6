/**
 * What a segment may hold, as far as its killed writers reported: the judge of the soak.
 *
 * A content is a list of groups, a group a list of runs of entries. The content that follows from every
 * call that has resolved is always allowed; beside it, until a later call has settled the matter, what
 * a call that is at work will make of it, and what a group would make of it whose asynchronous seal
 * timed out, since its roll-back may still be at work. No number is used twice, so whatever was rolled
 * back or cut and comes back is in no allowed content.
 *
 * @module
 */

import type { FastSegment, SegmentRecovery, WalEntry } from "../../mod.ts";
import { isSoakEntry, type Run } from "./soak_entry.ts";
import { SoakViolation } from "./soak_process.ts";
import type { Call, Line, Outcome } from "./soak_report.ts";

/** What was found when a segment was looked at. */
export interface Finding {
  /** How many entries were compared, byte for byte. */
  entries: number;
  /** Whether a group was there, whole, that no call has acknowledged. */
  foundWhole: boolean;
}

type Group = readonly Run[];
type Content = readonly Group[];

/** Where a life of the child stands. */
type Stage = "starting" | "opening" | "open";

/** The ledger of one segment, through all lives of its writers. */
export class SoakLedger {
  /** Whose segment it is. */
  readonly session: number;
  /** The number of the next entry. */
  nextNumber = 1;
  /** Groups whose call answered "sealed". */
  acknowledged = 0;
  /** Calls that answered "timed-out". */
  timedOut = 0;
  /** Whether the file is known to be there. */
  exists = false;

  #stage: Stage = "starting";
  #content: Content = [];
  #maybe: Content[] = [];
  #pending: Run[] = [];
  #call: { call: Call; content: Content } | undefined;
  /** The torn tail that the next opening to write has to report, in bytes. */
  #tornBytes = 0;

  /** @param session Whose segment it is */
  constructor(session: number) {
    this.session = session;
  }

  /** Whether the last thing heard was that the segment is being opened. */
  get isOpening(): boolean {
    return this.#stage === "opening";
  }

  /**
   * Takes note of what the child reported.
   *
   * @param line What it said
   * @throws {SoakViolation} If that cannot be
   */
  hear(line: Line): void {
    if (line.at === "opening") this.#stage = "opening";
    else if (line.at === "open") this.opened(line.recovery);
    else if (line.at === "call") this.#begin(line.call);
    else this.#end(line.outcome);
  }

  /**
   * Compares what an opening to write reported with what it must have found; it made that durable.
   *
   * @param recovery What it reported
   */
  opened(recovery: SegmentRecovery): void {
    const wanted = {
      state: !this.exists ? "created" : this.#tornBytes > 0 ? "torn-tail" : "clean",
      groups: this.#content.length,
      entries: countEntries(this.#content),
      tornBytes: this.#tornBytes,
    };
    for (const field of ["state", "groups", "entries", "tornBytes"] as const) {
      if (recovery[field] === wanted[field]) continue;
      throw this.#violation(
        `opening reported ${JSON.stringify(recovery)} instead of ${JSON.stringify(wanted)}`,
      );
    }
    this.exists = true;
    this.#tornBytes = 0;
    this.#stage = "open";
    this.#settle(this.#content);
    this.#pending = [];
  }

  /** The child is gone, and there is no file; allowed before the first opening has come to its end. */
  observeMissing(): void {
    if (this.exists) throw this.#violation("the file is gone");
    this.#stage = "starting";
  }

  /**
   * The child is gone: finds out which of the allowed contents is there, compares every byte, and
   * allows nothing else from then on.
   *
   * @param segment The segment, opened to read, or to write
   * @returns What was found
   * @throws {SoakViolation} If none of them is
   */
  observe(segment: FastSegment): Finding {
    const entries = segment.readCommittedEntries();
    const { groups, tornBytes, keptIn } = segment.recovery;
    const allowed = [this.#content, ...this.#maybe];
    if (this.#call !== undefined) allowed.push(this.#call.content);
    const found = allowed.find((content) =>
      content.length === groups && this.#difference(content, entries) === undefined
    );
    if (found === undefined) {
      const nearest = allowed.find((content) => content.length === groups) ?? this.#content;
      throw this.#violation(
        `found ${groups} groups; allowed are ${allowed.map((content) => content.length)}; ` +
          (this.#difference(nearest, entries) ?? "every entry is as it has to be"),
      );
    }
    const tornLeft = keptIn === undefined ? tornBytes : 0; // Kept means cut, too.
    if (tornLeft > 0 && !this.#mayBeTorn()) {
      throw this.#violation(`a torn tail of ${tornLeft} bytes, though nothing was being written`);
    }
    const foundWhole = found.length > this.#content.length;
    this.exists = true;
    this.#tornBytes = tornLeft;
    this.#stage = "starting";
    this.#settle(found);
    this.#pending = [];
    return { entries: entries.length, foundWhole };
  }

  /** Whether a group may be in the file in part: one at work, rolled back, or left by an earlier kill. */
  #mayBeTorn(): boolean {
    return this.#maybe.length > 0 || this.#tornBytes > 0 ||
      this.#call !== undefined && this.#call.content.length > this.#content.length;
  }

  #begin(call: Call): void {
    if (this.#call !== undefined) throw this.#violation("two calls at once");
    if ("run" in call) this.nextNumber = Math.max(this.nextNumber, call.run.first + call.run.count);
    this.#call = { call, content: this.#contentAfter(call) };
  }

  /** The content if the call does what it is for. */
  #contentAfter(call: Call): Content {
    switch (call.does) {
      case "seal":
      case "seal-sync":
        return [...this.#content, [...this.#pending, call.run]];
      case "sync-group":
        return this.#pending.length > 0 ? [...this.#content, [...this.#pending]] : this.#content;
      case "truncate":
        return this.#content.slice(0, call.groups);
      case "append":
      case "close":
        return this.#content;
    }
  }

  #end(outcome: Outcome): void {
    if (this.#call === undefined) throw this.#violation("a call resolved that was never made");
    const { call, content } = this.#call;
    this.#call = undefined;
    switch (outcome) {
      case "sealed":
        if (content !== this.#content) this.acknowledged++;
        this.#pending = [];
        return this.#settle(content);
      case "timed-out":
        this.timedOut++;
        // A blocking seal has rolled back when it answers; an asynchronous one may be about to.
        if (call.does === "seal") this.#maybe.push(content);
        return;
      case "busy":
        return;
      case "done":
        if (call.does === "append") this.#pending.push(call.run);
        else this.#settle(content);
    }
  }

  /** The call that has just ended came after every roll-back, or took its place: one content is left. */
  #settle(content: Content): void {
    this.#content = content;
    this.#maybe = [];
    this.#call = undefined;
  }

  /** The first difference between a content and what was found, in words. */
  #difference(content: Content, entries: readonly WalEntry[]): string | undefined {
    let at = 0;
    for (const [index, group] of content.entries()) {
      for (const run of group) {
        for (let number = run.first; number < run.first + run.count; number++, at++) {
          const found = entries.at(at);
          if (found === undefined) return `entry ${number} of group ${index} is missing`;
          if (isSoakEntry(found, number, run, this.session)) continue;
          return `where entry ${number} of group ${index} was written is ${nameOf(found, number)}`;
        }
      }
    }
    if (at === entries.length) return undefined;
    return `${entries.length - at} entries more, the first is ${nameOf(entries[at])}`;
  }

  #violation(what: string): SoakViolation {
    const last = this.#call === undefined ? "none" : JSON.stringify(this.#call.call);
    return new SoakViolation(`session ${this.session}: ${what}; call at work: ${last}`);
  }
}

function countEntries(content: Content): number {
  return content.flat().reduce((sum, run) => sum + run.count, 0);
}

function nameOf(entry: WalEntry, wanted?: number): string {
  if (!("revision" in entry)) return entry.kind;
  const { sequence } = entry.revision;
  return sequence === wanted ? "the same entry with other content" : `entry ${sequence}`;
}
