/**
 * Reads the groups of a segment one after another and verifies each against its seal.
 *
 * @module
 */

import { streamedChecksum } from "../bytes/checksum.ts";
import { MalformedPack, PackReader } from "../bytes/codec.ts";
import type { StorageFile } from "../file/storage.ts";
import { EntryCursor, UnknownKind, type WalEntry } from "./entry.ts";
import { KIND_DATA, KIND_SEAL, KIND_VERDICT } from "./frame.ts";
import { FrameReader } from "./frame_reader.ts";
import { type Boundary, SEAL_FIELDS, takeMatchingSeal } from "./seal.ts";
import { takeVerdict, type Verdict, VERDICT_FIELDS } from "./verdict.ts";

/** A frame whose checksum verifies and whose content this version does not understand. */
export interface NotUnderstood {
  /** The offset of the frame. */
  offset: number;
  /** `newer-format` for an unknown kind, `corrupt` for a known one that is not as it must be. */
  code: "newer-format" | "corrupt";
  /** What is not understood. */
  reason: string;
}

/** Gets what is in a segment, as it is read; what came after the last `groupEnded` does not count. */
export interface SegmentSink {
  /** Whether the data of entries may be parts of one copy of their frame, which costs far less. */
  readonly sharesFrames: boolean;
  /** A scan begins, perhaps not the first: forget what came. */
  begin(): void;
  /** An entry, in the order written. */
  entry(entry: WalEntry): void;
  /** A verdict, in the order written. */
  verdict(verdict: Verdict): void;
  /** The group of what came since the last call is valid. */
  groupEnded(): void;
}

/** A cursor over the valid groups of a segment. */
export class GroupScanner {
  /** Where the last valid group ends. */
  boundary: Boundary;
  /** Entries in the groups so far. */
  entries = 0;
  /** After `next` returned false: where reading stopped, and why. */
  stopOffset: number;
  /** After `next` returned false: why no further valid group begins at the boundary. */
  stopReason = "";
  /** Set when reading stopped at a frame that no crash can have made. */
  notUnderstood: NotUnderstood | undefined;

  readonly #session: number;
  readonly #frames: FrameReader;
  readonly #reader = new PackReader();
  readonly #cursor = new EntryCursor(this.#reader);
  readonly #sink: SegmentSink | undefined;
  #entriesInGroup = 0;
  #framesInGroup = 0;

  /**
   * @param file Read through `readAt` only
   * @param session The session whose file it is
   * @param from The boundary to begin at
   * @param limit Where the file, or the part of it that counts, ends
   * @param sink Gets all that is read
   */
  constructor(
    file: StorageFile,
    session: number,
    from: Boundary,
    limit: number,
    sink?: SegmentSink,
  ) {
    this.#session = session;
    this.#sink = sink;
    sink?.begin();
    this.#frames = new FrameReader(file, from.bytes, limit);
    this.boundary = from;
    this.stopOffset = from.bytes;
  }

  /**
   * Moves to the next group.
   *
   * @returns Whether there is a valid one
   */
  next(): boolean {
    this.#framesInGroup = 0;
    this.#entriesInGroup = 0;
    streamedChecksum.begin();
    try {
      streamedChecksum.add(this.boundary.chain);
      while (this.#frames.next()) {
        const state = this.#take();
        if (state === "group ended") return true;
        if (state === "stopped") return false;
      }
      return this.#stop(this.#frames.end, this.#frames.stopReason);
    } finally {
      streamedChecksum.abandon();
    }
  }

  /** Takes the current frame for what it is. */
  #take(): "in group" | "group ended" | "stopped" {
    try {
      const reader = this.#reader;
      reader.reset(this.#frames.payload);
      const fields = reader.takeArray();
      if (fields === 0) throw new MalformedPack("a payload is empty");
      const kind = reader.takeUint();
      if (kind === KIND_SEAL && fields === SEAL_FIELDS) return this.#takeSeal();
      if (kind === KIND_DATA && fields === 2) this.#entriesInGroup += this.#checkEntries();
      else if (kind === KIND_VERDICT && fields === VERDICT_FIELDS) {
        const verdict = takeVerdict(reader, this.#session);
        this.#sink?.verdict(verdict);
      } else if (kind > KIND_SEAL) throw new UnknownKind(`a frame of kind ${kind}`);
      else throw new MalformedPack(`a frame of kind ${kind} has ${fields} fields`);
      streamedChecksum.add(this.#frames.checksum);
      this.#framesInGroup++;
      return "in group";
    } catch (error) {
      const newer = error instanceof UnknownKind;
      if (!newer && !(error instanceof MalformedPack)) throw error;
      const offset = this.#frames.offset;
      const reason = error.message;
      this.notUnderstood = { offset, code: newer ? "newer-format" : "corrupt", reason };
      this.#stop(offset, reason);
      return "stopped";
    }
  }

  #checkEntries(): number {
    const count = this.#reader.takeArray();
    const frame = this.#sink?.sharesFrames ? this.#frames.payload.slice() : undefined;
    for (let i = 0; i < count; i++) {
      this.#cursor.next(this.#session);
      this.#sink?.entry(this.#cursor.toEntry(frame));
    }
    this.#reader.takeEnd();
    return count;
  }

  #takeSeal(): "group ended" | "stopped" {
    const chain = streamedChecksum.end();
    if (!takeMatchingSeal(this.#reader, this.boundary, this.#framesInGroup, chain)) {
      this.#stop(this.#frames.offset, "a seal does not match its group");
      return "stopped";
    }
    this.boundary = { bytes: this.#frames.end, groups: this.boundary.groups + 1, chain };
    this.entries += this.#entriesInGroup;
    this.#sink?.groupEnded();
    return "group ended";
  }

  #stop(offset: number, reason: string): false {
    this.stopOffset = offset;
    this.stopReason = reason;
    return false;
  }
}
