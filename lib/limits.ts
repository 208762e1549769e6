/**
 * Every limit of the module, and how each relates to its neighbours.
 *
 * @module
 */

import { invariant } from "./invariant.ts";

/** The largest unsigned 32-bit integer: the highest session id and integer coordinate. */
export const U32_MAX = 0xffff_ffff;

/** The most coordinates of a point. */
export const POINT_COORDINATES_MAX = 16;

/** The largest frame, in bytes, its length field and checksum included. */
export const FRAME_BYTES_MAX = 64 * 1024 * 1024;

/** The largest value of a record, encoded, in bytes: with its address it fits a frame. */
export const VALUE_BYTES_MAX = FRAME_BYTES_MAX - 1024;

/** A data frame takes no further entry once its payload would pass this: many entries, one checksum. */
export const DATA_FRAME_BYTES_TARGET = 64 * 1024;

/** The largest group, in bytes: what one call may hold in memory and seal with one sync. */
export const GROUP_BYTES_MAX = 1024 * 1024 * 1024;

/** A group is handed to the platform in writes of at most this, with a look at the deadline between. */
export const WRITE_BYTES_MAX = 4 * 1024 * 1024;

/** How far a segment is first extended with zeros beyond its boundary. Doubles up to the next limit. */
export const PREALLOCATION_BYTES_MIN = 64 * 1024;

/** The largest step by which a segment is extended. */
export const PREALLOCATION_BYTES_MAX = 1024 * 1024;

/** So much of a log is copied in one step while it is made smaller: what commits may have to wait for. */
export const THINNING_STEP_BYTES = 256 * 1024;

/** What the reader of a segment holds of the file; a larger frame gets a buffer of its own size. */
export const READ_WINDOW_BYTES = 1024 * 1024;

/** An encoding buffer larger than this is given back after use instead of being kept for the next. */
export const KEPT_BUFFER_BYTES_MAX = 4 * 1024 * 1024;

/** How many torn tails `quarantine/` keeps; the oldest go first. */
export const TORN_FILES_KEPT = 64;

/** How often a read-only opening starts over because a writer moved the header meanwhile. */
export const READ_ONLY_SCANS_MAX = 8;

/** The longest timer the runtimes honour; a longer one would fire at once, so none is armed. */
export const TIMER_MS_MAX = 2 ** 31 - 1;

/** How far the newest stamp may be ahead of the wall clock before stamping is refused. */
export const CLOCK_SKEW_MS_MAX = 5 * 60 * 1000;

/** How many session ids are reserved in the manifest at once; refilled when half of them are gone. */
export const SESSION_IDS_RESERVED = 256;

/** The largest intent, in bytes of its entries: whatever happens, it still fits one group. */
export const INTENT_BYTES_MAX = GROUP_BYTES_MAX / 2;

/** A group commit takes no further operation once the entries of those taken pass this. */
export const BATCH_BYTES_TARGET = 4 * 1024 * 1024;

/** What is kept of recent commits while an intent is open, in bytes: addresses, for a look at collisions. */
export const RECENT_BYTES_MAX = 4 * 1024 * 1024;

/** The longest operation or label of a commit, in UTF-16 code units. */
export const LABEL_LENGTH_MAX = 4096;

/** How long a commit tries the fast segment, unless told otherwise. */
export const FAST_PATH_DEADLINE_MS = 2;

/** What may be committed and not flushed before a flush begins, unless told otherwise. */
export const TAIL_BYTES_MAX = 16 * 1024 * 1024;

/** Bytes of pages of run files that are kept in memory, unless told otherwise. */
export const CACHE_BYTES_MAX = 64 * 1024 * 1024;

/** At so many times the limit of the tail each commit waits for the flush for a moment. */
export const TAIL_LIMITS_BEFORE_SLOWING = 2;

/** Commits wait for the flush when the tail is so many times its limit. */
export const TAIL_LIMITS_BEFORE_WAITING = 4;

invariant(DATA_FRAME_BYTES_TARGET < READ_WINDOW_BYTES, "an ordinary frame fits the read window");
invariant(FRAME_BYTES_MAX < GROUP_BYTES_MAX, "the largest frame fits a group");
invariant(PREALLOCATION_BYTES_MIN <= PREALLOCATION_BYTES_MAX, "preallocation grows");
