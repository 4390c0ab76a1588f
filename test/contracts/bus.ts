/** What every broker does for the cloud's client: the fake, aedes in the process, Mosquitto. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FleetBus } from '../../cloud/broker/ports.ts';
import { eventually } from '../cloud/broker/eventually.ts';

export interface BusUnderTest {
  readonly bus: FleetBus;
  /** Cuts the link; it comes back by itself, or when this is called with `false`. */
  readonly cut: (on: boolean) => Promise<void>;
  readonly close: () => Promise<void>;
}

export function busContract(make: () => Promise<BusUnderTest>): void {
  describe('the contract of a bus', () => {
    let broker: BusUnderTest;
    let bus: FleetBus;
    beforeAll(async () => {
      broker = await make();
      ({ bus } = broker);
    });
    afterAll(() => broker.close());

    const listen = async (filter: string) => {
      const heard: [string, unknown][] = [];
      const subscription = await bus.subscribe(filter, (topic, payload) => heard.push([topic, payload]));
      return { heard, close: () => subscription.close() };
    };

    it('brings a JSON value to all whose filter matches, to each once', async () => {
      const one = await listen('t1/+/state');
      const all = await listen('t1/#');
      const same = await listen('t1/+/state');
      const value = { text: 'ä"', list: [1, null, true], deep: { a: {} } };
      await bus.publish('t1/a/state', value);
      await bus.publish('t1/a/state/more', 2);
      await bus.publish('t1/end', 3);
      await eventually(() => expect(all.heard).toHaveLength(3));
      expect(one.heard).toEqual([['t1/a/state', value]]);
      expect(same.heard).toEqual(one.heard);
      expect(all.heard).toEqual([['t1/a/state', value], ['t1/a/state/more', 2], ['t1/end', 3]]);
    });

    it('keeps what is retained for those who come later, the last of it', async () => {
      await bus.publish('t2/kept', 1, { retain: true });
      await bus.publish('t2/kept', 2, { retain: true });
      await bus.publish('t2/passing', 3);
      const { heard } = await listen('t2/#');
      // A broker may acknowledge before it hands on, so that who subscribes then may hear what was before; what is heard last is the last.
      await eventually(() => expect(heard.at(-1)).toEqual(['t2/kept', 2]));
      const later = await listen('t2/+');
      await eventually(() => expect(later.heard).toEqual([['t2/kept', 2]]));
    });

    it('forgets with null, and tells nobody', async () => {
      await bus.publish('t3/gone', 1, { retain: true });
      await bus.publish('t3/stays', 1, { retain: true });
      const before = await listen('t3/#');
      await eventually(() => expect(new Set(before.heard.map(([topic]) => topic)).size).toBe(2));
      await bus.publish('t3/gone', null, { retain: true });
      await bus.publish('t3/passing', 1);
      await eventually(() => expect(before.heard.at(-1)).toEqual(['t3/passing', 1]));
      const after = await listen('t3/+');
      await eventually(() => expect(after.heard).toEqual([['t3/stays', 1]]));
      expect(before.heard.filter(([topic, payload]) => topic === 't3/gone' && payload !== 1)).toEqual([]);
    });

    it('null without retain is a value', async () => {
      const { heard } = await listen('t4');
      await bus.publish('t4', null);
      await eventually(() => expect(heard).toEqual([['t4', null]]));
    });

    it('ends one subscription and not the other of the same filter', async () => {
      const first = await listen('t5/#');
      const second = await listen('t5/#');
      await first.close();
      await bus.publish('t5/a', 1);
      await eventually(() => expect(second.heard).toHaveLength(1));
      await second.close();
      const third = await listen('t5/#');
      await bus.publish('t5/a', 2);
      await eventually(() => expect(third.heard).toEqual([['t5/a', 2]]));
      expect([first.heard.length, second.heard.length]).toEqual([0, 1]);
    });

    it('refuses what JSON cannot say', async () => {
      await expect(bus.publish('t6', undefined)).rejects.toThrow('JSON cannot say undefined');
    });

    it('brings messages in their order', async () => {
      const { heard } = await listen('t7/#');
      await Promise.all(Array.from({ length: 200 }, (_, i) => bus.publish('t7/x', i)));
      await eventually(() => expect(heard).toHaveLength(200));
      expect(heard.map(([, n]) => n)).toEqual(Array.from({ length: 200 }, (_, i) => i));
    });

    it('hears again after the link was cut, and says so', async () => {
      const { heard } = await listen('t8/+');
      const told: boolean[] = [];
      bus.onChange((connected) => told.push(connected));
      await broker.cut(true);
      await eventually(() => expect(told).toContain(false));
      await broker.cut(false);
      await eventually(() => expect([bus.connected, told.at(-1)]).toEqual([true, true]));
      await bus.publish('t8/a', 'after');
      await eventually(() => expect(heard).toContainEqual(['t8/a', 'after']));
    });

    it('is of no use once closed', async () => {
      await bus.close();
      await expect(bus.publish('t9', 1)).rejects.toThrow('closed');
      await expect(bus.subscribe('t9', () => undefined)).rejects.toThrow('closed');
    });
  });
}
