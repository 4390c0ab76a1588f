/** In place of node:module: the one addon that linux/native.ts asks for is the module beside the bundle, with QuickJS's own waiting. */
import * as os from 'os';
import * as addon from './roamstead.so';

/** QuickJS has one handler for each file descriptor, so that is a poll's number; 0 is none. */
const polled = {
  pollStart(fd: number, onReadable: (status: number) => void): number {
    os.setReadHandler(fd, () => onReadable(0));
    return fd + 1;
  },
  pollStop(id: number): number {
    os.setReadHandler(id - 1, null);
    return 0;
  },
  /** What runs here ends when it is told to. */
  pollRef: () => 0,
  close(fd: number): number {
    os.setReadHandler(fd, null);
    return addon.close(fd);
  },
};

export const createRequire = () => () => ({ ...addon, ...polled });
