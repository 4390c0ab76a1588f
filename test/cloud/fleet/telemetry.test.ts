/** Streams that run while somebody looks. */
import { expect, it } from 'vitest';
import { telemetryRoutes } from '../../../cloud/api/routes/telemetry.ts';
import { createTelemetry } from '../../../cloud/fleet/telemetry.ts';
import { CONCERNS, topics } from '../../../runtime/fleet/topics.ts';
import { apiWorld } from '../api/world.ts';
import { connect, createWorld, idOf, openFleet } from './world.ts';

async function opened() {
  const world = createWorld();
  const fleet = await openFleet(world);
  await fleet.claim(1);
  const gateway = await connect(world, 1);
  await world.bus.publish(topics.state(idOf(1)), { state: 'ready', session: 2, agent: '1', identity: 'm1@example.com', can: { concerns: CONCERNS, commands: [], telemetry: ['counters'] }, at: world.clock.now }, { retain: true });
  gateway.session = 2;
  let id = 0;
  const telemetry = await createTelemetry({ bus: world.bus, gateways: fleet.gateways, registry: fleet.registry, now: () => world.clock.now, newId: () => `t${id++}` });
  const asked = () => world.bus.published.filter((p) => p.topic.includes('/cmd/')).map((p) => p.payload);
  return { world, fleet, gateway, telemetry, asked };
}
const sample = (value: unknown) => ({ at: 1, value });

it('the first look asks for the stream, later ones only when it would end, and bring what came last', async () => {
  const { world, telemetry, asked } = await opened();
  expect(await telemetry.look(idOf(1), 'counters')).toBeUndefined();
  expect(asked()).toEqual([{ name: 'telemetry', arguments: { stream: 'counters', seconds: 60 }, expires: world.clock.now + 60_000 }]);
  await world.bus.publish(topics.telemetry(idOf(1), 'counters'), sample({ n: 1 }));
  world.clock.now += 30_000;
  expect([(await telemetry.look(idOf(1), 'counters'))?.value, asked().length]).toEqual([{ n: 1 }, 1]);
  world.clock.now += 1;
  expect([(await telemetry.look(idOf(1), 'counters'))?.value, asked().length]).toEqual([{ n: 1 }, 2]);
});

it('what nobody asked for, or nobody looks at any more, is not kept', async () => {
  const { world, telemetry } = await opened();
  await world.bus.publish(topics.telemetry(idOf(1), 'counters'), sample(1));
  expect(await telemetry.look(idOf(1), 'counters')).toBeUndefined();
  for (const payload of [null, 1, 'x', {}]) await world.bus.publish(topics.telemetry(idOf(1), 'counters'), payload);
  expect(await telemetry.look(idOf(1), 'counters')).toBeUndefined();
  await world.bus.publish(topics.telemetry(idOf(1), 'counters'), sample(2));
  world.clock.now += 60_001;
  await telemetry.tick();
  expect(await telemetry.look(idOf(1), 'counters')).toBeUndefined();
});

it('a home that is away, a stream or a home that there is not: in words', async () => {
  const { fleet, gateway, telemetry } = await opened();
  const api = await apiWorld(telemetryRoutes(telemetry));
  const get = async (path: string) => api.ask('GET', path, { as: 'viewer' });
  expect(await get(`/homes/${idOf(1)}/telemetry/counters`)).toMatchObject({ status: 200, json: null });
  expect(await get(`/homes/${idOf(1)}/telemetry/names`)).toMatchObject({ status: 404, json: { error: 'Home 1 has no stream names; it has counters' } });
  expect((await get(`/homes/${idOf(9)}/telemetry/counters`)).status).toBe(404);
  await gateway.death();
  expect([fleet.registry.online(idOf(1)), await get(`/homes/${idOf(1)}/telemetry/counters`)]).toMatchObject([false, { status: 409 }]);
});
