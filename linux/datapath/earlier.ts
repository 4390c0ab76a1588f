/**
 * The maps of programs that an earlier run attached. The kernel opens them by their number for CAP_SYS_ADMIN only; whoever runs with less
 * keeps them in a folder of a bpffs, with a program that tells whose they are.
 */
import { readdirSync, statfsSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { native, NativeError } from '../native.ts';
import { openMap, openMapById, openPin, openProgram, pin, programInfo } from './bpf.ts';
import type { BpfMap, ProgramInfo } from './bpf.ts';

/** By their names. */
export type EarlierMaps = Map<string, BpfMap>;

/** BPF_FS_MAGIC, linux/magic.h */
const BPFFS = 0xcafe4a11n;
const PROGRAM = 'program';

/** `folder` where it is one of a bpffs, else undefined. */
export function pinFolder(folder: string): string | undefined {
  try {
    return isBpffs(statfsSync(folder, { bigint: true }).type) ? folder : undefined;
  } catch {
    return undefined;
  }
}

/** 32-bit glibc has it as a signed number of 32 bits, and Node passes the sign on. */
export const isBpffs = (type: bigint): boolean => BigInt.asUintN(32, type) === BPFFS;

/** Undefined: they are there, but not for this process; its own begin with nothing. @throws NativeError */
export function mapsOf(programId: number, pins: string | undefined): EarlierMaps | undefined {
  const pinned = pins && pinnedMaps(pins, programId);
  if (pinned) return pinned;
  try {
    return byName(infoOf(openProgram(programId)).mapIds.map(openMapById));
  } catch (error) {
    if (error instanceof NativeError && error.errno === 'EPERM') return undefined;
    throw error;
  }
}

/** Of a program that nothing else is wanted of: closes it. */
function infoOf(fd: number): ProgramInfo {
  try {
    return programInfo(fd);
  } finally {
    native().close(fd);
  }
}

/** Names of pins, in which the kernel takes no dot; what it puts there itself has one. */
const pinsIn = (folder: string): string[] => readdirSync(folder).filter((name) => !name.includes('.'));
const byName = (maps: readonly BpfMap[]): EarlierMaps => new Map(maps.map((map) => [map.name, map]));

/** Undefined: none, or those of another program, as after a crash in the middle of `keepPins`. */
function pinnedMaps(folder: string, programId: number): EarlierMaps | undefined {
  const fd = openPin(join(folder, PROGRAM));
  if (fd === undefined || infoOf(fd).id !== programId) return undefined;
  return byName(pinsIn(folder).filter((name) => name !== PROGRAM).flatMap((name) => openPin(join(folder, name)) ?? []).map(openMap));
}

/** These maps and no others. The program comes last, so that it vouches for all of them. @throws NativeError */
export function keepPins(folder: string, programFd: number, maps: readonly BpfMap[]): void {
  removePins(folder);
  for (const map of maps) pin(map.fd, join(folder, map.name));
  pin(programFd, join(folder, PROGRAM));
}

/** The program first: without it the rest is nobody's. */
export function removePins(folder: string): void {
  for (const name of pinsIn(folder).toSorted((a, b) => Number(b === PROGRAM) - Number(a === PROGRAM))) unlinkSync(join(folder, name));
}
