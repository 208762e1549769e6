/**
 * Adds up the time of work that is measured in pieces.
 *
 * @module
 */

import process from "node:process";

/** Time of the clock and of the processors, all threads together. */
export class WorkMeter {
  /** Milliseconds by the clock. */
  elapsedMs = 0;
  /** Milliseconds of the processors, in the program and in the system. */
  cpuMs = 0;

  /**
   * Does a piece of work and adds its time.
   *
   * @param work The work
   */
  async measure(work: () => void | Promise<void>): Promise<void> {
    const cpu = process.cpuUsage();
    const start = performance.now();
    const working = work();
    if (working !== undefined) await working;
    this.elapsedMs += performance.now() - start;
    const { user, system } = process.cpuUsage(cpu);
    this.cpuMs += (user + system) / 1000;
  }
}
