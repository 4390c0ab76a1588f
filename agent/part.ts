/** Parts of the agent that only some configurations need are files of their own in a gateway's bundle, and loaded by those. */

/** @param what in words, such as `the kernel's own tunnels`. @throws Error that says what is missing of the installation */
export async function part<T>(what: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (e) {
    throw new Error(`${what}: this part of the agent cannot be loaded (${(e as Error).message}); install roamstead anew`, { cause: e });
  }
}
