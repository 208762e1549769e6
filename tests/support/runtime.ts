/**
 * Starts scripts in processes of their own, on this runtime or the other.
 *
 * @module
 */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** The runtimes the module is for. */
export type RuntimeName = "deno" | "bun";

/** The runtime this process is. */
export const thisRuntime: RuntimeName = process.versions.bun === undefined ? "deno" : "bun";

/** The one it is not. */
export const otherRuntime: RuntimeName = thisRuntime === "deno" ? "bun" : "deno";

/** The top of the project. */
export const projectPath: string = fileURLToPath(new URL("../..", import.meta.url));

let otherPath: string | undefined;

/**
 * The binary of a runtime itself, not a launcher: a signal sent to it arrives.
 *
 * @param runtime Which
 */
export function binaryOf(runtime: RuntimeName): string {
  if (runtime === thisRuntime) return process.execPath;
  return otherPath ??= findOther();
}

/**
 * The arguments that start a script.
 *
 * @param runtime On which runtime
 * @param script Its path from the top of the project
 * @param args Its arguments
 * @param permissions What Deno allows it; Bun allows everything
 */
export function scriptArguments(
  runtime: RuntimeName,
  script: string,
  args: readonly string[],
  permissions: readonly string[] = ["-A"],
): string[] {
  return runtime === "deno"
    ? ["run", "--quiet", "--no-prompt", ...permissions, script, ...args]
    : [script, ...args];
}

/**
 * Runs a script to its end.
 *
 * @returns What it printed and its exit code
 */
export function runScript(
  runtime: RuntimeName,
  script: string,
  args: readonly string[],
  permissions?: readonly string[],
): { output: string; errors: string; code: number | null } {
  const result = spawnSync(
    binaryOf(runtime),
    scriptArguments(runtime, script, args, permissions),
    { cwd: projectPath, encoding: "utf8" },
  );
  return { output: result.stdout, errors: result.stderr, code: result.status };
}

/** A script that runs, and what it prints line by line. */
export class RunningScript {
  /** The process. */
  readonly child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #exited: Promise<void>;

  /**
   * @param runtime On which runtime
   * @param script Its path from the top of the project
   * @param args Its arguments
   */
  constructor(runtime: RuntimeName, script: string, args: readonly string[]) {
    this.child = spawn(binaryOf(runtime), scriptArguments(runtime, script, args), {
      cwd: projectPath,
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#lines = createInterface({ input: this.child.stdout! })[Symbol.asyncIterator]();
    this.#exited = new Promise((resolve) => this.child.once("exit", () => resolve()));
  }

  /** The next line it prints; undefined when it has ended. */
  async line(): Promise<string | undefined> {
    const { value, done } = await this.#lines.next();
    return done ? undefined : value;
  }

  /** Kills it at once, and waits until it is gone. */
  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.#exited;
  }

  /** Closes its standard input, and waits until it is gone. */
  async end(): Promise<void> {
    this.child.stdin?.end();
    await this.#exited;
  }
}

function findOther(): string {
  const [command, ...args] = otherRuntime === "bun"
    ? [process.execPath, "x", "-y", "-A", "npm:bun@1.4", "-e", "console.log(process.execPath)"]
    : [process.execPath, "x", "--bun", "deno@2", "eval", "console.log(Deno.execPath())"];
  const { stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  const path = stdout.trim().split("\n").at(-1) ?? "";
  if (path === "") throw new Error(`No ${otherRuntime} was found: ${stderr}`);
  return path;
}
