/** Real sockets and processes are waited for, not timed: looks again until it holds. */
export async function eventually(check: () => void | Promise<void>, patience = 5000): Promise<void> {
  const until = Date.now() + patience;
  for (;;) {
    try {
      await check();
      return;
    } catch (e) {
      if (Date.now() > until) throw e;
    }
    await new Promise((resolve) => void setTimeout(resolve, 1));
  }
}
