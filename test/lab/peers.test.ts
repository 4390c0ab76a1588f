/** Subscriber to subscriber: denied by default, allowed per APN, also between homes that use different transports. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runInside } from '../../lab/namespaces.ts';
import { attach, openScene } from './scene.ts';
import type { Attached, Family, Scene } from './scene.ts';

const BEHIND_NAT = 2;
const FAMILIES: readonly Family[] = ['ipv4', 'ipv6'];

describe.each([
  [false, 'rsdeny-'],
  [true, 'rsallow-'],
])('with subscriber-to-subscriber: %s', (allowed, prefix) => {
  let scene: Scene;
  let phones: Attached[];

  beforeAll(async () => {
    scene = await openScene({ homes: 3, phones: 3, nat: BEHIND_NAT, prefix }, { subscriberToSubscriber: allowed });
    // The first two at one home, the third elsewhere.
    phones = [await attach(scene, 1, 1, FAMILIES), await attach(scene, 2, 1, FAMILIES), await attach(scene, 3, 3, FAMILIES)];
  });
  afterAll(() => scene?.close());

  const reaches = (from: number, target: string): string => {
    const text = runInside(scene.world.phone(from).namespace, ['bash', '-c', `ping -n -c 2 -i 0.2 -W 1 ${target} || true`]);
    return /(\d+) received/.exec(text)?.[1] ?? text;
  };
  const expected = allowed ? '2' : '0';
  const address = (phone: number, family: Family) => phones[phone - 1]?.addresses[family][0] ?? '';

  it.each(FAMILIES)('%s between phones of one home', (family) => {
    expect(reaches(1, address(2, family))).toBe(expected);
  });

  it.each(FAMILIES)('%s between phones of two homes with the same transport', (family) => {
    expect(reaches(1, address(3, family))).toBe(expected);
    expect(reaches(3, address(2, family))).toBe(expected);
  });

  it.each(FAMILIES)('%s between phones of two homes with different transports', async (family) => {
    await scene.roam(3, BEHIND_NAT);
    expect(reaches(1, address(3, family))).toBe(expected);
    expect(reaches(3, address(1, family))).toBe(expected);
    await scene.roam(3, 3);
  });

  it.each(FAMILIES)('%s to the internet host in any case', (family) => {
    for (const phone of [1, 2, 3]) expect(reaches(phone, scene.world.plan.inet[family])).toBe('2');
  });
});
