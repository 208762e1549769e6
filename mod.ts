/**
 * An embedded, crash-safe spatial-graph database for Deno and Bun.
 *
 * {@linkcode open} gives a {@linkcode Database}: spaces of records at points, graphs of relations between
 * them, and sessions that write to both, each durable on its own; what one commits becomes visible whole.
 * {@linkcode FastSegment}, the append-only file that sessions are made of, can be used without the rest,
 * and so can {@linkcode HilbertCurve}.
 *
 * @example A record that survives a power loss
 * ```ts
 * import { MemoryStorage, open } from "@infinite/db";
 * import assert from "node:assert/strict";
 *
 * await using db = await open("/plant", { storage: new MemoryStorage() }); // Leave storage out for files.
 * const pumps = await db.createSpace<{ degrees: number }>("pumps", { dims: 3 });
 * await db.write((session) => session.insert(pumps, [120, 45, 3], { degrees: 81 }));
 * const warm = pumps.query({ min: [100, 0, 0], max: [200, 99, 9] }).toArray();
 * assert.deepEqual(warm.map(({ data }) => data.degrees), [81]);
 * ```
 *
 * @example A group that survives a power loss
 * ```ts
 * import { FastSegment, MemoryStorage, Revision } from "@infinite/db";
 * import assert from "node:assert/strict";
 *
 * const storage = new MemoryStorage(); // Leave it out to use real files.
 * const segment = await FastSegment.open("/plant", 7, { storage });
 * await segment.trySealEntries([{
 *   kind: "write",
 *   address: { space: 1, point: [120, 45, 3] },
 *   revision: new Revision(Date.now(), 0, 7, 1),
 *   data: new TextEncoder().encode("pump 4: 81 degrees"),
 * }], Infinity);
 * await segment.close();
 *
 * await using again = await FastSegment.open("/plant", 7, { storage });
 * assert.equal(again.recovery.entries, 1);
 * ```
 *
 * @module
 */

export { Database, type DatabaseStats, open, type WriteOptions } from "./lib/database.ts";
export type { Snapshot } from "./lib/database/snapshot.ts";
export type { OpenOptions } from "./lib/database/options.ts";
export type { CommitResult, DurableIntent } from "./lib/session/batch.ts";
export type { Collision, Collisions } from "./lib/session/collision.ts";
export type { CommitOptions } from "./lib/session/commit_options.ts";
export {
  type InterruptedEdge,
  InterruptedIntent,
  type InterruptedRecord,
} from "./lib/session/interrupted.ts";
export type { QuarantinedFile } from "./lib/session/quarantine.ts";
export {
  type FileRecovery,
  RecoveryReport,
  type SessionRecovery,
} from "./lib/session/recovery_report.ts";
export type { FastPathCounters } from "./lib/session/roads.ts";
export type { RelatedEdge, RelatedEdges, RelateManyOptions } from "./lib/session/relating.ts";
export {
  type GraphReference,
  type InsertedRange,
  type RecordBatch,
  Session,
  type SpaceReference,
} from "./lib/session/session.ts";
export type {
  EndpointAt,
  EndpointInput,
  Hyperedge,
  HyperedgeEndpoint,
  HyperedgeInput,
  NameOrHandle,
  Polarity,
} from "./lib/hyperedge.ts";
export type {
  EdgeFilter,
  Graph,
  GraphInfo,
  GraphLevels,
  GraphReader,
  LevelledNode,
} from "./lib/graph/graph.ts";
export type { GraphConfig, KindDirection } from "./lib/graph/graph_config.ts";
export type { IncidenceFilter } from "./lib/graph/incidence_filter.ts";
export type {
  Arrival,
  Traversal,
  TraversalDirection,
  TraversalMode,
  TraversalNode,
  TraversalSpec,
} from "./lib/graph/traversal.ts";
export type {
  Axis,
  Box,
  Point,
  ReadOptions,
  RecordColumns,
  Space,
  SpaceConfig,
  SpaceInfo,
  SpaceReader,
  SpatialRecord,
} from "./lib/store/space.ts";
export type { Cover } from "./lib/space/cover.ts";
export { HilbertCurve } from "./lib/space/hilbert_curve.ts";
export type { Clock } from "./lib/clock/clock.ts";
export {
  FastSegment,
  type FastSegmentOptions,
  listFastSegmentIds,
} from "./lib/segment/fast_segment.ts";
export { HEADER_BYTES } from "./lib/segment/header.ts";
export type { SegmentRecovery } from "./lib/segment/opening.ts";
export type { WalEntry } from "./lib/segment/entry.ts";
export { Revision } from "./lib/clock/revision.ts";
export type { FileLock, FileStorage, OpenFileOptions, StorageFile } from "./lib/file/storage.ts";
export { MemoryStorage } from "./lib/file/memory.ts";
export {
  AlreadyExistsError,
  BudgetExceededError,
  BusyError,
  ClockSkewError,
  ClosedError,
  CollisionError,
  CorruptionError,
  type EdgeFault,
  type EdgeRule,
  type ErrorCode,
  type ErrorFacts,
  InfiniteDbError,
  InvalidArgumentError,
  InvalidEdgeError,
  IoError,
  LockedError,
  NewerFormatError,
  NoSpaceError,
  NotFoundError,
  NothingToCommitError,
  PastDroppedError,
  PoisonedError,
  ReadOnlyError,
  StaleIntentError,
  UncommittedError,
  UnsupportedError,
} from "./lib/errors.ts";
