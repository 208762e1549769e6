/**
 * What a session makes durable with one sync: seals, commits and abandons that waited together.
 *
 * @module
 */

import type { Revision } from "../clock/revision.ts";
import { BATCH_BYTES_TARGET } from "../limits.ts";
import { GroupBuffer } from "../segment/group.ts";
import type { Collisions } from "./collision.ts";
import type { CommitOptions } from "./commit_options.ts";
import type { Intent, Medium } from "./intent.ts";
import type { Cargo } from "./roads.ts";

/** What `seal` promises: that these entries are durable, though nobody sees them. */
export interface DurableIntent {
  /** Whose. */
  session: number;
  /** The first revision. */
  first: Revision;
  /** The last revision. */
  last: Revision;
  /** How many entries. */
  entries: number;
  /** The file that holds all of them. */
  medium: "fast" | "wal";
}

/** What a commit brought. */
export interface CommitResult extends Collisions {
  /** The first revision. */
  first: Revision;
  /** The last revision. */
  last: Revision;
  /** How many entries. */
  entries: number;
}

/** Something that waits to be made durable. */
export type Operation =
  | {
    kind: "seal";
    intent: Intent;
    /** The intent at the time of the call. */
    token: Omit<DurableIntent, "medium">;
    done(token: DurableIntent): void;
    fail(error: unknown): void;
  }
  | {
    kind: "commit";
    intent: Intent;
    options: CommitOptions;
    done(result: CommitResult): void;
    fail(error: unknown): void;
  }
  | {
    kind: "abandon";
    intent: Intent;
    done(): void;
    fail(error: unknown): void;
  };

/** Room in the buffer that groups of a session reuse. */
const GROUP_BYTES = 4 * 1024;

/**
 * Takes from a queue what goes into one group. A commit that refuses collisions goes alone: whether it
 * goes at all is decided just before.
 *
 * @param queue The operations that wait; those taken are removed
 */
export function takeBatch(queue: Operation[]): Operation[] {
  let bytes = 0;
  let count = 0;
  while (count < queue.length && bytes <= BATCH_BYTES_TARGET) {
    if (refuses(queue[count])) {
      count = Math.max(count, 1);
      break;
    }
    bytes += queue[count].intent.bytes;
    count++;
  }
  return queue.splice(0, count);
}

/**
 * Whether it is a commit that refuses collisions.
 *
 * @param operation Any
 */
export function refuses(operation: Operation): boolean {
  return operation.kind === "commit" && operation.options.collisions === "refuse";
}

/** Encodes operations for one file or the other. */
export class Batch implements Cargo {
  readonly operations: readonly Operation[];
  readonly #session: number;
  readonly #intents: readonly Intent[];
  readonly #group: GroupBuffer;
  /** How many entries of each intent the file holds once the group is durable. */
  readonly #counts = new Map<Intent, number>();

  /**
   * @param operations In their order
   * @param session Whose
   * @param intents All intents of the session that are not settled, oldest first
   * @param group A buffer to encode into
   */
  constructor(
    operations: readonly Operation[],
    session: number,
    intents: readonly Intent[],
    group: GroupBuffer = new GroupBuffer(GROUP_BYTES),
  ) {
    this.operations = operations;
    this.#session = session;
    this.#intents = intents;
    this.#group = group;
  }

  get prefer(): Medium | undefined {
    let prefer: Medium | undefined;
    for (const { intent } of this.operations) {
      if (intent.sealed.wal > 0) return "wal";
      if (intent.sealed.fast > 0) prefer = "fast";
    }
    return prefer;
  }

  fill(medium: Medium): GroupBuffer | undefined {
    this.#group.clear();
    this.#counts.clear();
    const abandoned = new Set<Intent>();
    for (const operation of this.operations) {
      const { intent } = operation;
      if (operation.kind === "seal") {
        for (const each of this.#intents) if (!abandoned.has(each)) this.#put(each, medium);
        continue;
      }
      if (operation.kind === "commit") this.#put(intent, medium);
      else {
        abandoned.add(intent);
        // What no file has ever seen needs no verdict.
        if (!intent.touched && !this.#counts.has(intent)) continue;
      }
      this.#group.addVerdict({
        commits: operation.kind === "commit",
        first: intent.first,
        last: intent.last,
        count: intent.entries.length,
        operation: operation.kind === "commit" ? operation.options.operation : undefined,
        label: operation.kind === "commit" ? operation.options.label : undefined,
      });
    }
    this.#group.endFrame();
    return this.#group.frames > 0 ? this.#group : undefined;
  }

  handed(): void {
    for (const intent of this.#counts.keys()) intent.touched = true;
    for (const { kind, intent } of this.operations) {
      if (kind !== "seal") intent.touched = true;
      if (kind === "commit") intent.verdictHanded = true;
    }
  }

  /**
   * The group is durable.
   *
   * @param medium Where
   */
  accept(medium: Medium): void {
    for (const [intent, count] of this.#counts) intent.sealed[medium] = count;
  }

  #put(intent: Intent, medium: Medium): void {
    const { entries } = intent;
    const from = this.#counts.get(intent) ?? intent.sealed[medium];
    this.#group.addListed(entries, from, entries.length);
    if (from < entries.length) this.#counts.set(intent, entries.length);
  }
}
