/**
 * What a disk owes, and what it does not: the state behind `crash_storage.ts`.
 *
 * Every file has two images. The *cached* one is what processes read; it outlives a kill. The *durable*
 * one is what is certainly on the platter. Between them lie the *pending* changes: writes, cut into
 * sectors of 512 bytes, and changes of size; and, for the whole disk, changes of names. A sync applies
 * the pending changes of its file to the durable image. At a power loss each pending change is kept or
 * lost, whatever its neighbours do, and one of them may be torn in the middle of a sector. A sync that
 * fails leaves the cache as it was, forgets what was pending ("clean" pages) and has written any part
 * of it.
 *
 * @module
 */

/** Bytes that a device writes whole, unless it tears them. */
export const SECTOR_BYTES = 512;

/** Bytes that are never torn: a write of an aligned u64 is whole or not there. */
const ATOMIC_BYTES = 8;

/** The content of a file: sectors that are not there are zeros. Sectors are never changed in place. */
export class Image {
  size = 0;
  readonly #sectors: Map<number, Uint8Array>;

  constructor(sectors: Map<number, Uint8Array> = new Map(), size = 0) {
    this.#sectors = sectors;
    this.size = size;
  }

  clone(): Image {
    return new Image(new Map(this.#sectors), this.size);
  }

  sector(index: number): Uint8Array | undefined {
    return this.#sectors.get(index);
  }

  read(into: Uint8Array, position: number): number {
    const count = Math.max(0, Math.min(into.length, this.size - position));
    into.fill(0, 0, count);
    const last = Math.ceil((position + count) / SECTOR_BYTES);
    for (let index = Math.floor(position / SECTOR_BYTES); index < last; index++) {
      const sector = this.#sectors.get(index);
      if (sector === undefined) continue;
      const start = index * SECTOR_BYTES;
      const from = Math.max(0, position - start);
      const to = Math.min(SECTOR_BYTES, position + count - start);
      into.set(sector.subarray(from, to), start + from - position);
    }
    return count;
  }

  resize(size: number): void {
    if (size < this.size) {
      const edge = Math.floor(size / SECTOR_BYTES);
      for (const index of this.#sectors.keys()) {
        if (index > edge) this.#sectors.delete(index);
      }
      const sector = this.#sectors.get(edge);
      if (sector !== undefined) {
        this.#sectors.set(edge, sector.slice().fill(0, size - edge * SECTOR_BYTES));
      }
    }
    this.size = size;
  }

  writeInSector(index: number, from: number, bytes: Uint8Array): void {
    const sector = this.#sectors.get(index)?.slice() ?? new Uint8Array(SECTOR_BYTES);
    sector.set(bytes, from);
    this.#sectors.set(index, sector);
    this.size = Math.max(this.size, index * SECTOR_BYTES + from + bytes.length);
  }
}

/** One thing that may or may not have reached the platter. */
export type FileChange =
  | { kind: "write"; index: number; from: number; bytes: Uint8Array }
  | { kind: "resize"; size: number };

/** A change of names; `file` is undefined for a directory that was made, and for a removal. */
export interface NameChange {
  kind: "add" | "remove" | "rename";
  directory: string;
  path: string;
  to?: string;
  node?: Node;
}

/** A file, whatever its names; `undefined` content stands for a directory. */
export interface Node {
  id: number;
  cached: Image;
  durable: Image;
  pending: FileChange[];
  directory: boolean;
}

/** Which pending changes a power loss keeps: "1" or "0" each, and perhaps one of them torn. */
export interface Choice {
  kept: boolean[];
  torn?: { change: number; bytes: number };
}

/** A whole disk. */
export class Disk {
  names: Map<string, Node>;
  durableNames: Map<string, Node>;
  pendingNames: NameChange[] = [];
  #nextId = 1;

  constructor() {
    const root = this.#node(true);
    this.names = new Map([["/", root]]);
    this.durableNames = new Map(this.names);
  }

  /** A copy that shares nothing that changes. */
  clone(): Disk {
    const copy = new Disk();
    const nodes = new Map<Node, Node>();
    const cloned = (node: Node): Node => {
      let result = nodes.get(node);
      if (result === undefined) {
        result = {
          ...node,
          cached: node.cached.clone(),
          durable: node.durable.clone(),
          pending: [...node.pending],
        };
        nodes.set(node, result);
      }
      return result;
    };
    const map = (names: Map<string, Node>): Map<string, Node> =>
      new Map(Array.from(names, ([path, node]) => [path, cloned(node)]));
    copy.names = map(this.names);
    copy.durableNames = map(this.durableNames);
    copy.pendingNames = this.pendingNames.map((change) => ({
      ...change,
      node: change.node && cloned(change.node),
    }));
    copy.#nextId = this.#nextId;
    return copy;
  }

  /** Makes a name, in the cache; durable with the next sync of its directory. */
  add(path: string, directory: string, isDirectory: boolean): Node {
    const node = this.#node(isDirectory);
    this.names.set(path, node);
    this.pendingNames.push({ kind: "add", directory, path, node });
    return node;
  }

  link(path: string, directory: string, node: Node): void {
    this.names.set(path, node);
    this.pendingNames.push({ kind: "add", directory, path, node });
  }

  remove(path: string, directory: string): void {
    this.names.delete(path);
    this.pendingNames.push({ kind: "remove", directory, path });
  }

  rename(path: string, to: string, directory: string, node: Node): void {
    this.names.delete(path);
    this.names.set(to, node);
    this.pendingNames.push({ kind: "rename", directory, path, to, node });
  }

  syncDirectory(directory: string): void {
    for (const change of this.pendingNames) {
      if (change.directory === directory) applyName(this.durableNames, change);
    }
    this.pendingNames = this.pendingNames.filter((change) => change.directory !== directory);
  }

  write(node: Node, bytes: Uint8Array, position: number): void {
    const end = position + bytes.length;
    const zeros = isZeros(bytes);
    if (end > node.cached.size) this.resize(node, end);
    for (let at = position; at < end;) {
      const index = Math.floor(at / SECTOR_BYTES);
      const from = at - index * SECTOR_BYTES;
      const count = Math.min(SECTOR_BYTES - from, end - at);
      const piece = bytes.subarray(at - position, at - position + count);
      if (!zeros || !isZerosThroughout(node, index)) {
        const change: FileChange = { kind: "write", index, from, bytes: piece.slice() };
        node.cached.writeInSector(index, from, change.bytes);
        node.pending.push(change);
      }
      at += count;
    }
  }

  resize(node: Node, size: number): void {
    if (size === node.cached.size) return; // A file system does nothing then, not even journal it.
    node.cached.resize(size);
    node.pending.push({ kind: "resize", size });
  }

  sync(node: Node): void {
    for (const change of node.pending) applyChange(node.durable, change);
    node.pending = [];
  }

  /** A sync that fails: some of it was written, all of it counts as clean. */
  failSync(node: Node, written: (index: number) => boolean): void {
    node.pending.forEach((change, i) => {
      if (written(i)) applyChange(node.durable, change);
    });
    node.pending = [];
  }

  /** Every file that has changes pending, by any name or by none. */
  #dirtyNodes(): Node[] {
    const nodes = new Set([...this.names.values(), ...this.durableNames.values()]);
    for (const { node } of this.pendingNames) if (node !== undefined) nodes.add(node);
    return [...nodes].filter((node) => node.pending.length > 0).sort((a, b) => a.id - b.id);
  }

  /** How many changes are pending. */
  get pendingCount(): number {
    return this.#dirtyNodes().reduce((sum, { pending }) => sum + pending.length, 0) +
      this.pendingNames.length;
  }

  /** What is pending, in words, in the order in which a choice decides. */
  pending(): string[] {
    const changes: string[] = [];
    for (const node of this.#dirtyNodes()) {
      const name = [...this.names].find(([, each]) => each === node)?.[0] ?? `file ${node.id}`;
      for (const change of node.pending) {
        changes.push(
          change.kind === "resize"
            ? `size of ${name} becomes ${change.size}`
            : `${change.bytes.length} bytes at ${
              change.index * SECTOR_BYTES + change.from
            } of ${name}`,
        );
      }
    }
    for (const { kind, path, to } of this.pendingNames) {
      changes.push(to === undefined ? `${kind} ${path}` : `${kind} ${path} to ${to}`);
    }
    return changes;
  }

  /** Which pending changes can be torn, and how many bytes each has. */
  tearable(): { change: number; bytes: number }[] {
    const result: { change: number; bytes: number }[] = [];
    let i = 0;
    for (const node of this.#dirtyNodes()) {
      for (const change of node.pending) {
        if (change.kind === "write" && change.bytes.length > ATOMIC_BYTES) {
          result.push({ change: i, bytes: change.bytes.length });
        }
        i++;
      }
    }
    return result;
  }

  /** The disk after a power loss that kept what `choice` says. */
  afterPowerLoss(choice: Choice): Disk {
    const disk = this.clone();
    let i = 0;
    for (const node of disk.#dirtyNodes()) {
      for (const change of node.pending) {
        if (choice.torn?.change === i && change.kind === "write") {
          const bytes = change.bytes.subarray(0, choice.torn.bytes);
          applyChange(node.durable, { ...change, bytes });
        } else if (choice.kept[i]) {
          applyChange(node.durable, change);
        }
        i++;
      }
      node.pending = [];
    }
    for (const change of disk.pendingNames) {
      if (choice.kept[i++]) applyName(disk.durableNames, change);
    }
    disk.pendingNames = [];
    disk.#forgetUnreachable();
    for (const node of disk.durableNames.values()) node.cached = node.durable.clone();
    disk.names = new Map(disk.durableNames);
    return disk;
  }

  /**
   * The disk after a kill and a failed write-back: processes still read everything, but what `choice`
   * does not keep will never reach the platter, and no later sync knows of it.
   */
  afterFailedWriteBack(choice: Choice): Disk {
    const disk = this.clone();
    let i = 0;
    for (const node of disk.#dirtyNodes()) {
      const first = i;
      i += node.pending.length;
      disk.failSync(node, (change) => choice.kept[first + change]);
    }
    return disk;
  }

  /** A file below a directory whose own name was lost is lost with it. */
  #forgetUnreachable(): void {
    for (const path of [...this.durableNames.keys()].sort()) {
      if (path === "/") continue;
      const parent = path.slice(0, path.lastIndexOf("/")) || "/";
      if (!this.durableNames.has(parent)) this.durableNames.delete(path);
    }
  }

  #node(directory: boolean): Node {
    return {
      id: this.#nextId++,
      cached: new Image(),
      durable: new Image(),
      pending: [],
      directory,
    };
  }
}

function applyChange(image: Image, change: FileChange): void {
  if (change.kind === "resize") image.resize(change.size);
  else image.writeInSector(change.index, change.from, change.bytes);
}

function applyName(names: Map<string, Node>, change: NameChange): void {
  if (change.kind !== "add") names.delete(change.path);
  if (change.node !== undefined) names.set(change.to ?? change.path, change.node);
}

/**
 * Whether a sector is zeros in every image a power loss could bring: zeros written there make no
 * difference, kept or lost, and would only swell the number of states.
 */
function isZerosThroughout(node: Node, index: number): boolean {
  return node.durable.sector(index) === undefined && node.cached.sector(index) === undefined &&
    !node.pending.some((change) => change.kind === "write" && change.index === index);
}

function isZeros(bytes: Uint8Array): boolean {
  if (bytes.byteOffset % 4 !== 0 || bytes.length % 4 !== 0) {
    return bytes.every((byte) => byte === 0);
  }
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  for (let i = 0; i < words.length; i++) {
    if (words[i] !== 0) return false;
  }
  return true;
}
