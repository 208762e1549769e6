/**
 * Paths, as strings with either separator; no platform module is needed for the little we do.
 *
 * @module
 */

import { InvalidArgumentError } from "../errors.ts";

/**
 * The path that a root given as a string or `file:` URL stands for, without a separator at its end.
 *
 * @param root A path, or a `file:` URL
 * @returns The path
 * @throws {InvalidArgumentError} If it is empty, or a URL of another kind
 */
export function rootPath(root: string | URL): string {
  const path = root instanceof URL ? filePath(root) : root;
  if (typeof path !== "string" || path === "" || path.includes("\0")) {
    throw new InvalidArgumentError("A root is a path or a file: URL, and not empty", {
      found: root,
    });
  }
  const trimmed = path.replace(/[/\\]+$/, "");
  return trimmed === "" ? "/" : trimmed;
}

/**
 * Joins a directory and a name.
 *
 * @param directory A path
 * @param name A name in it
 */
export function joinPath(directory: string, name: string): string {
  return directory.endsWith("/") ? directory + name : `${directory}/${name}`;
}

/**
 * The directory a path lies in: "." for a bare name, "/" for "/".
 *
 * @param path A path without a separator at its end
 */
export function parentPath(path: string): string {
  const end = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
  if (end < 0) return ".";
  return end === 0 ? "/" : path.slice(0, end);
}

function filePath(url: URL): string {
  if (url.protocol !== "file:") {
    throw new InvalidArgumentError(`A root is a path or a file: URL, not ${url.href}`, {
      expected: "file:",
      found: url.href,
    });
  }
  const path = decodeURIComponent(url.pathname);
  return /^\/[A-Za-z]:/.test(path) ? path.slice(1) : path; // "/C:/x" is "C:/x" on Windows
}
