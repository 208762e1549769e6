/**
 * Reads the files of ended sessions and judges them, one session after the other. A session whose files
 * do not verify spoils nothing but itself.
 *
 * @module
 */

import { type Clock, monotonicMs } from "../clock/clock.ts";
import type { Revision } from "../clock/revision.ts";
import { CorruptionError, NotFoundError } from "../errors.ts";
import type { FileStorage } from "../file/storage.ts";
import type { WalEntry } from "../segment/entry.ts";
import type { SegmentSink } from "../segment/group_scanner.ts";
import {
  type OpenedSegment,
  openToRead,
  openToWrite,
  SESSIONS_DIRECTORY,
} from "../segment/opening.ts";
import { Segment } from "../segment/segment.ts";
import type { Verdict } from "../segment/verdict.ts";
import type { DataEntry } from "../segment/entry_list.ts";
import type { Medium } from "./intent.ts";
import { type FileContent, judge, type Judgement } from "./judgement.ts";
import type { Damage } from "./quarantine.ts";
import type { FileRecovery, SessionRecovery } from "./recovery_report.ts";
import { logLocation } from "./session_log.ts";

/** How sessions are recovered. */
export interface RecoverySettings {
  /** Where the files are. */
  storage: FileStorage;
  /** The root of the database. */
  root: string;
  /** Tells when a torn tail was found. */
  clock: Clock;
  /** Whether nothing may be written. */
  readOnly: boolean;
  /** Why an entry cannot be what this database wrote, if it cannot. */
  check(entry: DataEntry): string | undefined;
}

/** A session of which files were found. */
export interface RecoveredSession {
  /** The session. */
  id: number;
  /** What is to be made of it. */
  judgement: Judgement;
  /** What is wrong with its files; nothing if it may stay. */
  damages: Damage[];
  /** For the report. */
  report: SessionRecovery;
  /** What could not be made sure, in words. */
  warnings: string[];
}

/** Collects what valid groups hold. */
class ContentSink implements SegmentSink, FileContent {
  readonly sharesFrames = true;
  readonly medium: Medium;
  entries: DataEntry[] = [];
  verdicts: Verdict[] = [];
  groups = 0;
  #entriesMark = 0;
  #verdictsMark = 0;

  constructor(medium: Medium) {
    this.medium = medium;
  }

  begin(): void {
    this.entries = [];
    this.verdicts = [];
    this.groups = this.#entriesMark = this.#verdictsMark = 0;
  }

  entry(entry: WalEntry): void {
    if (entry.kind === "write" || entry.kind === "tombstone") this.entries.push(entry);
  }

  verdict(verdict: Verdict): void {
    this.verdicts.push(verdict);
  }

  groupEnded(): void {
    this.groups++;
    this.#entriesMark = this.entries.length;
    this.#verdictsMark = this.verdicts.length;
  }

  /** Forgets what came after the last valid group. */
  end(): void {
    this.entries.length = this.#entriesMark;
    this.verdicts.length = this.#verdictsMark;
  }
}

/**
 * Reads and judges the files of one session; to write, makes durable what they hold.
 *
 * @param settings How
 * @param id The session
 * @param media Its files
 * @param sealedThrough Up to where run files hold everything
 */
export async function recoverSession(
  settings: RecoverySettings,
  id: number,
  media: readonly Medium[],
  sealedThrough: Revision | undefined,
): Promise<RecoveredSession> {
  const startMs = monotonicMs();
  const contents: FileContent[] = [];
  const damages: Damage[] = [];
  const files: FileRecovery[] = [];
  const warnings: string[] = [];
  for (const medium of media) {
    const sink = new ContentSink(medium);
    const { file, damage } = await readLog(settings, id, sink, warnings);
    sink.end();
    contents.push(sink);
    if (file !== undefined) files.push(file);
    if (damage !== undefined) damages.push(damage);
  }
  const judgement = judge(contents, sealedThrough, settings.check);
  if (judgement.problem !== undefined) {
    for (const medium of media) {
      damages.push({ name: `${id}.${medium}`, offset: 0, reason: judgement.problem });
    }
  }
  const report = reportOf(id, judgement, damages, files);
  report.milliseconds = monotonicMs() - startMs;
  return { id, judgement, damages, report, warnings };
}

async function readLog(
  settings: RecoverySettings,
  id: number,
  sink: ContentSink,
  warnings: string[],
): Promise<{ file?: FileRecovery; damage?: Damage }> {
  const { storage, root, clock, readOnly } = settings;
  const location = logLocation(storage, root, id, sink.medium);
  const file = `${SESSIONS_DIRECTORY}/${location.name}`;
  try {
    const opened = readOnly
      ? openToRead(location, sink)
      : await openToWrite(location, { clock, sink, directoriesSynced: true });
    await closeOpened(location, opened, readOnly);
    const { state, groups, entries, tornBytes, keptIn } = opened.recovery;
    warnings.push(...opened.recovery.warnings);
    const ended = state === "created" ? "clean" : state;
    return { file: { file, state: ended, groups, entries, tornBytes, keptIn } };
  } catch (error) {
    if (error instanceof NotFoundError && readOnly) return {}; // Its writer removed it just now.
    // A file of a newer version is no damage: to set it aside would take it from that version.
    if (!(error instanceof CorruptionError)) throw error;
    const damage = { name: location.name, offset: error.offset ?? 0, reason: error.message };
    const { groups, entries } = sink;
    return {
      file: { file, state: "corrupt", groups, entries: entries.length, tornBytes: 0 },
      damage,
    };
  }
}

async function closeOpened(
  location: Parameters<typeof Segment.of>[0],
  opened: OpenedSegment,
  readOnly: boolean,
): Promise<void> {
  if (readOnly) opened.file.close();
  else await Segment.of(location, opened).close();
}

function reportOf(
  session: number,
  judgement: Judgement,
  damages: readonly Damage[],
  files: FileRecovery[],
): SessionRecovery {
  const { committed, abandoned, interrupted, duplicates, flushed } = judgement;
  const report: SessionRecovery = {
    session,
    decision: "nothing left",
    files,
    committedIntents: committed.length,
    committedEntries: committed.reduce((sum, { entries }) => sum + entries.length, 0),
    abandonedIntents: abandoned,
    interruptedEntries: interrupted.reduce((sum, { entries }) => sum + entries.length, 0),
    duplicateEntries: duplicates,
    flushedEntries: flushed,
    milliseconds: 0,
  };
  if (committed.length > 0) report.decision = "replayed";
  if (interrupted.length > 0) report.decision = "interrupted";
  if (damages.length > 0) {
    report.decision = "quarantined";
    report.reason = damages[0].reason;
    report.interruptedEntries = 0; // They stay in the file that is set aside.
  }
  return report;
}
