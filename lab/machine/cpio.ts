/** An initramfs is a cpio archive of the "new ASCII" kind (Linux: Documentation/driver-api/early-userspace/buffer-format.rst). Pure. */

export interface CpioFile {
  /** Without a slash at the start. */
  readonly path: string;
  /** Undefined: a directory. */
  readonly data?: Uint8Array;
  readonly executable?: boolean;
}

const MAGIC = '070701';
const DIRECTORY = 0o040755;
const FILE = 0o100644;
const EXECUTABLE = 0o100755;
const TRAILER = 'TRAILER!!!';
/** Header with name, and data, end at a multiple of four. */
const ALIGNMENT = 4;

const hex8 = (n: number) => n.toString(16).padStart(8, '0');

function entry(inode: number, name: string, mode: number, data: Uint8Array): Buffer {
  const head = Buffer.from(
    [
      MAGIC,
      ...[inode, mode, 0, 0, mode === DIRECTORY ? 2 : 1, 0, data.length].map(hex8), // .., user, group, links, time, size
      ...[0, 0, 0, 0, Buffer.byteLength(name) + 1, 0].map(hex8), // device and special device (major, minor), length of the name, checksum (none)
      `${name}\0`,
    ].join(''),
  );
  return Buffer.concat([aligned(head), aligned(data)]);
}

function aligned(octets: Uint8Array): Buffer {
  return Buffer.concat([octets, Buffer.alloc((ALIGNMENT - (octets.length % ALIGNMENT)) % ALIGNMENT)]);
}

/** Directories must precede what is in them. */
export function cpio(files: readonly CpioFile[]): Buffer {
  const none = Buffer.alloc(0);
  const entries = files.map(({ path, data, executable }, i) => entry(i + 1, path, data === undefined ? DIRECTORY : executable ? EXECUTABLE : FILE, data ?? none));
  return Buffer.concat([...entries, entry(0, TRAILER, 0, none)]);
}
