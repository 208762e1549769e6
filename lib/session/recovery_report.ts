/**
 * What opening a database found, for a person to read.
 *
 * @module
 */

/** What opening found in one file of a session. */
export interface FileRecovery {
  /** The file, relative to the root. */
  file: string;
  /** Whether it ended as it should, with a torn tail, or is corrupt. */
  state: "clean" | "torn-tail" | "corrupt";
  /** Valid groups. */
  groups: number;
  /** Entries in them. */
  entries: number;
  /** Bytes of the torn tail, which nobody was promised. */
  tornBytes: number;
  /** Where the torn tail was put, relative to the root. */
  keptIn?: string;
}

/** What opening found of one session, and what it made of it. */
export interface SessionRecovery {
  /** The session. */
  session: number;
  /** What became of it. */
  decision: "replayed" | "interrupted" | "nothing left" | "quarantined";
  /** Why it was quarantined. */
  reason?: string;
  /** Its files. */
  files: FileRecovery[];
  /** Committed intents that were replayed. */
  committedIntents: number;
  /** Entries in them. */
  committedEntries: number;
  /** Abandoned intents. */
  abandonedIntents: number;
  /** Entries that are durable and that no verdict settles: see `db.interrupted()`. */
  interruptedEntries: number;
  /** Entries that were in both files, or twice in one. */
  duplicateEntries: number;
  /** Entries that run files held already. */
  flushedEntries: number;
  /** How long it took, in milliseconds. */
  milliseconds: number;
}

/** What opening a database found and did. */
export class RecoveryReport {
  /** Whether there was no database before. */
  readonly created: boolean;
  /** The sessions that had files, by id. */
  readonly sessions: readonly SessionRecovery[];
  /** What could not be made sure, in words. */
  readonly warnings: readonly string[];
  /** How long opening took, in milliseconds. */
  readonly milliseconds: number;

  /**
   * Databases make reports; see `db.recovery`.
   *
   * @param created Whether there was no database before
   * @param sessions The sessions that had files
   * @param warnings What could not be made sure
   * @param milliseconds How long it took
   */
  constructor(
    created: boolean,
    sessions: readonly SessionRecovery[],
    warnings: readonly string[],
    milliseconds: number,
  ) {
    this.created = created;
    this.sessions = sessions;
    this.warnings = warnings;
    this.milliseconds = milliseconds;
  }

  /** The report as text, a line a session and a line a file that did not end cleanly. */
  toString(): string {
    const ms = (value: number): string => `${value.toFixed(1)} ms`;
    const state = this.created ? "created" : `opened, ${this.sessions.length} sessions had files`;
    const lines = [`${state}, in ${ms(this.milliseconds)}`];
    for (const each of this.sessions) {
      const facts = [
        `${each.committedIntents} intents of ${each.committedEntries} entries replayed`,
        each.abandonedIntents > 0 ? `${each.abandonedIntents} intents were abandoned` : "",
        each.interruptedEntries > 0 ? `${each.interruptedEntries} entries interrupted` : "",
        each.duplicateEntries > 0 ? `${each.duplicateEntries} found twice` : "",
        each.flushedEntries > 0 ? `${each.flushedEntries} flushed before` : "",
        each.reason ?? "",
      ].filter((fact) => fact !== "").join(", ");
      lines.push(
        `  session ${each.session}: ${each.decision}; ${facts}; ${ms(each.milliseconds)}`,
      );
      for (const { file, state, groups, tornBytes, keptIn } of each.files) {
        if (state === "clean") continue;
        const torn = state === "torn-tail" ? `, ${tornBytes} torn bytes kept in ${keptIn}` : "";
        lines.push(`    ${file}: ${state} after ${groups} groups${torn}`);
      }
    }
    for (const warning of this.warnings) lines.push(`  warning: ${warning}`);
    return lines.join("\n");
  }
}
