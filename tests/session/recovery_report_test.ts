import assert from "node:assert/strict";
import { test } from "node:test";
import { RecoveryReport, type SessionRecovery } from "../../lib/session/recovery_report.ts";

const REPLAYED: SessionRecovery = {
  session: 7,
  decision: "replayed",
  files: [{ file: "sessions/7.wal", state: "clean", groups: 3, entries: 9, tornBytes: 0 }],
  committedIntents: 2,
  committedEntries: 9,
  abandonedIntents: 0,
  interruptedEntries: 0,
  duplicateEntries: 0,
  flushedEntries: 0,
  milliseconds: 1.25,
};

test("toString() of a database just made is one line", () => {
  assert.equal(String(new RecoveryReport(true, [], [], 3)), "created, in 3.0 ms");
});

test("toString() has a line a session, and none for a file that ended cleanly", () => {
  assert.deepEqual(String(new RecoveryReport(false, [REPLAYED], [], 3.14)).split("\n"), [
    "opened, 1 sessions had files, in 3.1 ms",
    "  session 7: replayed; 2 intents of 9 entries replayed; 1.3 ms",
  ]);
});

test("toString() tells everything that is not as it should be", () => {
  const session: SessionRecovery = {
    ...REPLAYED,
    decision: "quarantined",
    reason: "its count is wrong",
    abandonedIntents: 1,
    interruptedEntries: 4,
    duplicateEntries: 5,
    flushedEntries: 6,
    files: [
      ...REPLAYED.files,
      {
        file: "sessions/7.fast",
        state: "torn-tail",
        groups: 1,
        entries: 2,
        tornBytes: 80,
        keptIn: "quarantine/x.torn",
      },
      { file: "sessions/7.old", state: "corrupt", groups: 1, entries: 2, tornBytes: 0 },
    ],
  };
  assert.deepEqual(String(new RecoveryReport(false, [session], ["mind the gap"], 0)).split("\n"), [
    "opened, 1 sessions had files, in 0.0 ms",
    "  session 7: quarantined; 2 intents of 9 entries replayed, 1 intents were abandoned, 4 entries interrupted, 5 found twice, 6 flushed before, its count is wrong; 1.3 ms",
    "    sessions/7.fast: torn-tail after 1 groups, 80 torn bytes kept in quarantine/x.torn",
    "    sessions/7.old: corrupt after 1 groups",
    "  warning: mind the gap",
  ]);
});
