/** The modules that QuickJS itself has, as far as they are used here, and ours in C. */
declare module 'os' {
  export function setReadHandler(fd: number, handler: (() => void) | null): void;
  export function setTimeout(work: () => void, ms: number): unknown;
  export function clearTimeout(timer: unknown): void;
  export function readdir(path: string): [names: string[], errno: number];
  export function remove(path: string): number;
}
declare module '*/roamstead.so' {
  export function open(path: string, flags: number): number;
  export function read(fd: number, into: Uint8Array): number;
  export function write(fd: number, data: Uint8Array): number;
  export function close(fd: number): number;
  export function random(into: Uint8Array): number;
  export function clockMonotonicMs(): number;
  /** Of a pointer. */
  export const wordOctets: number;
}
