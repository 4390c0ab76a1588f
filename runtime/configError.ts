/** A mistake of whoever wrote a configuration. */

/** Whatever looks like a key is left out of its message, wherever it was misplaced. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(message: string) {
    super(message.replace(/[0-9a-f]{16,}/gi, '(hidden)'));
  }
}
