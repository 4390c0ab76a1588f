/** `show version`: what this command is, without asking any process. */
import manifest from '../package.json' with { type: 'json' };

export interface Version {
  readonly roamstead: string;
  readonly node: string;
  readonly platform: string;
}

export const version = (): Version => ({ roamstead: manifest.version, node: process.version, platform: `${process.platform} ${process.arch}` });
