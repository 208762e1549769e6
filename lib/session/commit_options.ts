/**
 * How an intent is committed, and the checks of it.
 *
 * @module
 */

import { Revision } from "../clock/revision.ts";
import { describe, InvalidArgumentError, StaleIntentError } from "../errors.ts";
import { LABEL_LENGTH_MAX } from "../limits.ts";
import type { DurableIntent } from "./batch.ts";
import type { Intent } from "./intent.ts";

/** How an intent is committed. */
export interface CommitOptions {
  /** What `seal` returned: refused as `stale-intent` unless the intent is durable and exactly this. */
  durable?: DurableIntent;
  /** The kind of operation, in your words; kept in the log with the verdict. */
  operation?: string;
  /** A note; kept in the log with the verdict. */
  label?: string;
  /** Whether collisions with other sessions are reported in the result, or refuse the commit. */
  collisions?: "report" | "refuse";
}

/**
 * Reads options once and checks them.
 *
 * @param options As a caller gave them
 * @returns A copy
 * @throws {InvalidArgumentError} If one is not as above
 */
export function checkCommitOptions(options: CommitOptions | undefined): CommitOptions {
  if (options === undefined) return {};
  if (typeof options !== "object" || options === null) {
    throw new InvalidArgumentError(`Commit options are an object, not ${describe(options)}`, {
      found: options,
    });
  }
  const { durable, operation, label, collisions } = options;
  checkText("operation", operation);
  checkText("label", label);
  if (collisions !== undefined && collisions !== "report" && collisions !== "refuse") {
    throw new InvalidArgumentError(
      `The option collisions is "report" or "refuse", not ${describe(collisions)}`,
      { expected: ["report", "refuse"], found: collisions },
    );
  }
  if (durable !== undefined && !isToken(durable)) {
    throw new InvalidArgumentError(
      `The option durable is what seal() returned, not ${describe(durable)}`,
      { found: durable },
    );
  }
  return { durable, operation, label, collisions };
}

/**
 * Refuses a token that stands for anything but this intent as it is, all of it durable.
 *
 * @param token What `seal` returned
 * @param session The session that commits
 * @param intent What it is about to commit
 * @throws {StaleIntentError} If they differ; nothing was changed
 */
export function checkToken(token: DurableIntent, session: number, intent: Intent): void {
  if (token.session !== session) {
    throw stale(`is of session ${token.session}, not of session ${session}`, token, intent);
  }
  if (!token.first.equals(intent.first)) {
    throw stale("is of an earlier intent than the one that is pending", token, intent);
  }
  if (!token.last.equals(intent.last) || token.entries !== intent.entries.length) {
    throw stale("does not cover the newest entries; seal them too", token, intent);
  }
  if (intent.medium === undefined) {
    throw stale("stands for entries that are not durable yet; await seal()", token, intent);
  }
}

function stale(reason: string, token: DurableIntent, intent: Intent): StaleIntentError {
  return new StaleIntentError(
    `The token of ${token.entries} entries up to ${token.last} ${reason}; nothing was changed`,
    { expected: `${intent.entries.length} entries up to ${intent.last}`, found: token },
  );
}

function isToken(token: DurableIntent): boolean {
  return typeof token === "object" && token !== null && token.first instanceof Revision &&
    token.last instanceof Revision;
}

function checkText(name: string, text: string | undefined): void {
  if (text === undefined) return;
  if (typeof text === "string" && text.length <= LABEL_LENGTH_MAX && text.isWellFormed()) return;
  throw new InvalidArgumentError(
    `The ${name} of a commit is well-formed text of at most ${LABEL_LENGTH_MAX} characters, not ${
      typeof text === "string" ? `${text.length} characters` : describe(text)
    }`,
    { expected: `text of at most ${LABEL_LENGTH_MAX} characters`, found: text },
  );
}
