/** Commands and their results. */
import { describe, expect, it } from 'vitest';
import { topics } from '../../../runtime/fleet/topics.ts';
import { connect, idOf, opened, openFleet, type Fleet, type World } from './world.ts';

describe('commands', () => {
  const send = (fleet: Fleet, name = 'ping', seconds = 30) => fleet.commands.send(idOf(1), { name, arguments: { a: 1 }, seconds }, 'ann');
  const answer = (world: World, id: string, payload: unknown, n = 1) => world.bus.publish(topics.commandResult(idOf(n), id), payload);

  it('are sent once with the time they end at, and their results are kept, also over a restart', async () => {
    const { world, fleet } = await opened();
    await fleet.claim(1);
    await connect(world, 1);
    const command = await send(fleet);
    expect(world.bus.published.find((p) => p.topic === topics.command(idOf(1), command.id))).toEqual({ topic: topics.command(idOf(1), command.id), payload: { name: 'ping', arguments: { a: 1 }, expires: world.clock.now + 30_000 }, retain: false });
    const again = await openFleet(world);
    await answer(world, command.id, { ok: true, result: 'pong' });
    await again.tick();
    expect(again.commands.of(idOf(1))).toMatchObject([{ id: command.id, status: 'done', result: 'pong', by: 'ann' }]);
    expect((await fleet.audit.list()).at(-1)).toMatchObject({ by: 'ann', action: 'commands.ping', target: idOf(1) });
  });

  it('expire, fail in the words of the gateway, and are answered by their own gateway only', async () => {
    const { world, fleet } = await opened();
    await fleet.claim(1);
    await fleet.claim(2);
    const [silent, failing] = [await send(fleet), await send(fleet)];
    await answer(world, failing.id, { ok: true, result: 'forged' }, 2);
    await answer(world, failing.id, { ok: false, error: 'no such interface' });
    await answer(world, failing.id, { ok: true, result: 'late' });
    await answer(world, 'unknown', { ok: true, result: 1 });
    await fleet.tick(34_000);
    expect(fleet.commands.of(idOf(1)).map((c) => [c.id, c.status, c.result])).toEqual([[failing.id, 'failed', 'no such interface'], [silent.id, 'sent', undefined]]);
    await fleet.tick(2000);
    expect(fleet.commands.list(1)).toMatchObject({ items: [{ id: failing.id }], total: 2 });
    expect(fleet.commands.of(idOf(1)).at(-1)?.status).toBe('expired');
  });

  it('that the gateway does not know, or of a revoked one, are refused; a broker that is away is told', async () => {
    const { world, fleet } = await opened();
    await fleet.claim(1);
    await connect(world, 1);
    await expect(send(fleet, 'dance')).rejects.toMatchObject({ status: 422, message: 'Home 1 knows no command dance; it knows ping, show' });
    world.bus.refuse(true);
    expect(await send(fleet)).toMatchObject({ status: 'failed', result: 'the broker did not take it: the broker refuses' });
    world.bus.refuse(false);
    await fleet.homes.revoke(idOf(1), 'ann', 'x');
    await expect(send(fleet)).rejects.toMatchObject({ status: 409 });
    await expect(fleet.commands.send(idOf(9), { name: 'ping', seconds: 5 }, 'ann')).rejects.toMatchObject({ status: 404 });
  });

  it('an answer that comes again and again while the store hangs is written once; one that the store refused may come again', async () => {
    const { world, fleet } = await opened();
    await fleet.claim(1);
    const { id } = await send(fleet);
    const commit = world.store.commit.bind(world.store);
    const asked: (() => void)[] = [];
    world.store.commit = async (changes) => {
      await new Promise<void>((resolve) => asked.push(resolve));
      await commit(changes);
    };
    for (let n = 0; n < 100; n++) await answer(world, id, { ok: true, result: n });
    expect(asked).toHaveLength(1);
    world.store.refuse('disk full');
    asked[0]?.();
    await expect.poll(() => world.errors).toEqual(['disk full']);
    world.store.refuse(undefined);
    world.store.commit = commit;
    await answer(world, id, { ok: true, result: 'again' });
    await expect.poll(() => fleet.commands.of(idOf(1))[0]).toMatchObject({ status: 'done', result: 'again' });
  });

  it('a result of any size is kept in a size that can be listed', async () => {
    const { world, fleet } = await opened();
    await fleet.claim(1);
    const { id } = await send(fleet);
    await answer(world, id, { ok: true, result: 'x'.repeat(70_000) });
    await fleet.tick();
    expect(fleet.commands.of(idOf(1))[0]?.result).toBe('the result has 70002 characters, of which at most 65536 are kept');
  });
});
