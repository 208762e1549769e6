/**
 * The payload of a verdict frame: what became of an intent. A fast segment used on its own has none;
 * sessions write them, and every reader of a segment knows them.
 *
 * | payload                                                        | meaning                           |
 * | -------------------------------------------------------------- | --------------------------------- |
 * | `[2, verdict, first, last, count, operation, label]`           | the intent of revisions first to last is settled |
 *
 * `verdict` is 1 (commits) or 2 (abandons); `first` and `last` are revisions, bin of 16 bytes;
 * `count` is the number of distinct revisions from first to last; `operation` and `label` are
 * strings or nil.
 *
 * Valid if and only if it has exactly this shape, both revisions are of the file's session, the
 * first is not above the last, and no byte follows.
 *
 * ```hex
 * 97 02 01                              | [2, 1: commits,
 * c410 01a20320a20000020000000700000001 |  first: sequence 1,
 * c410 01a20320a20000040000000700000003 |  last: sequence 3,
 * 03                                    |  three entries,
 * a6696d706f7274                        |  operation "import",
 * c0                                    |  no label]
 * ```
 *
 * @module
 */

import { MalformedPack, type PackReader, type PackWriter } from "../bytes/codec.ts";
import { decodeRevision, encodeRevision, Revision, REVISION_BYTES } from "../clock/revision.ts";
import { KIND_VERDICT } from "./frame.ts";

/** What a verdict frame says. */
export interface Verdict {
  /** Whether the intent is committed; abandoned if not. */
  commits: boolean;
  /** The intent's first revision. */
  first: Revision;
  /** The intent's last revision. */
  last: Revision;
  /** How many distinct revisions it has. */
  count: number;
  /** The kind of operation, in the caller's words. */
  operation?: string;
  /** A note of the caller. */
  label?: string;
}

/** Elements of the payload, the kind included. */
export const VERDICT_FIELDS = 7;

const COMMITS = 1;
const ABANDONS = 2;
const FIXED_BYTES_MAX = 3 + 2 * (2 + REVISION_BYTES) + 9;

/**
 * Appends the payload.
 *
 * @param out Where to
 * @param verdict What it says
 */
export function putVerdict(out: PackWriter, verdict: Verdict): void {
  out.reserve(FIXED_BYTES_MAX);
  out.putArray(VERDICT_FIELDS);
  out.putUint(KIND_VERDICT);
  out.putUint(verdict.commits ? COMMITS : ABANDONS);
  for (const revision of [verdict.first, verdict.last]) {
    out.putBinHeader(REVISION_BYTES);
    encodeRevision(revision, out.bytes, out.length);
    out.length += REVISION_BYTES;
  }
  out.putUint(verdict.count);
  out.putOptionalString(verdict.operation);
  out.putOptionalString(verdict.label);
}

/**
 * Takes the fields that follow the kind.
 *
 * @param reader Stands behind the kind
 * @param session The session whose file it is
 * @returns The verdict
 * @throws {MalformedPack} If it does not have the shape above
 */
export function takeVerdict(reader: PackReader, session: number): Verdict {
  const verdict = reader.takeUint();
  if (verdict !== COMMITS && verdict !== ABANDONS) {
    throw new MalformedPack(`a verdict is ${verdict}`);
  }
  const first = takeRevision(reader, session);
  const last = takeRevision(reader, session);
  if (Revision.compare(first, last) > 0) throw new MalformedPack("a verdict's range is inverted");
  const count = reader.takeUint();
  const operation = reader.takeOptionalString();
  const label = reader.takeOptionalString();
  reader.takeEnd();
  return { commits: verdict === COMMITS, first, last, count, operation, label };
}

function takeRevision(reader: PackReader, session: number): Revision {
  if (reader.takeBinHeader() !== REVISION_BYTES) {
    throw new MalformedPack("a revision is not 16 bytes");
  }
  const revision = decodeRevision(reader.bytes, reader.at);
  reader.at += REVISION_BYTES;
  if (revision.session !== session) {
    throw new MalformedPack(`a verdict is of session ${revision.session}`);
  }
  return revision;
}
