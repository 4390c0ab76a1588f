/** Events one after the other, each at once where it can be: what comes while one still waits for something waits behind it. */

/** @param take gives back what is to be waited for, if anything; that never rejects */
export function inOrder<E>(take: (event: E) => Promise<void> | undefined): (event: E) => void {
  let waiting: E[] | undefined;

  async function hold(until: Promise<void>): Promise<void> {
    waiting = [];
    await until;
    const next = waiting;
    waiting = undefined;
    next.forEach(feed);
  }

  function feed(event: E): void {
    if (waiting) return void waiting.push(event);
    const until = take(event);
    if (until) void hold(until);
  }
  return feed;
}
