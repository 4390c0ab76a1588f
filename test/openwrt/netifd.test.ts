import { describe, expect, it } from 'vitest';
import { askNetifd } from '../../agent/openwrt/netifd.ts';
import { fields, string, type Table, type Value } from '../../agent/wifi/ubus/blobmsg.ts';
import { asData, message, splitter, type Attributes, type Message, type MessageType } from '../../agent/wifi/ubus/message.ts';
import type { OpenStream } from '../../agent/wifi/ubusSocket.ts';
import { decode, encode } from '../../protocol/codec.ts';

const table = (t: Record<string, Value>): Value => ({ type: 'table', value: fields(t) });
const array = (...value: readonly Value[]): Value => ({ type: 'array', value });

const DUMP = fields({ interface: array(table({ interface: string('wan'), l3_device: string('wwan0') }), table({ interface: string('lan') })) });
const STATUS = fields({ radio0: table({ interfaces: array(table({ section: string('g0'), ifname: string('phy0-ap1'), config: table({ network: array(string('roam')) }) }), table({ section: string('off') })) }) });

/** ubusd with the objects that it is given, by path; each answers every method. */
function ubusd(objects: Readonly<Record<string, Table>>): { readonly open: OpenStream; readonly closed: () => boolean } {
  let closed = false;
  const open: OpenStream = (onOctets) => {
    const split = splitter();
    const say = (type: MessageType, seq: number, attributes: Attributes): void => queueMicrotask(() => onOctets(encode(message, { type, seq, peer: 7, attributes })));
    const answer = (m: Message): void => {
      const paths = Object.keys(objects);
      if (m.type === 'lookup') {
        const at = paths.indexOf(m.attributes.objectPath ?? '');
        if (at >= 0) say('data', m.seq, { objectId: at + 1 });
        return say('status', m.seq, { status: at >= 0 ? 0 : 4 });
      }
      say('data', m.seq, { data: asData(objects[paths[(m.attributes.objectId ?? 0) - 1] ?? ''] ?? new Map()) });
      say('status', m.seq, { status: 0 });
    };
    say('hello', 0, {});
    return {
      send: (octets) => split(octets).forEach((whole) => answer(decode(message, whole))),
      close: () => void (closed = true),
    };
  };
  return { open, closed: () => closed };
}

describe('netifd', () => {
  it('tells devices of networks and interfaces of access points', async () => {
    const bus = ubusd({ 'network.interface': DUMP, 'network.wireless': STATUS });
    expect(await askNetifd(bus.open)).toEqual({ devices: new Map([['wan', 'wwan0']]), bsses: [{ section: 'g0', ifname: 'phy0-ap1', networks: ['roam'] }] });
    expect(bus.closed()).toBe(true);
  });

  it('that is not there, or silent, is told in words', async () => {
    await expect(askNetifd(ubusd({}).open)).rejects.toThrow('netifd cannot be asked: no such object');
    await expect(askNetifd((_, onFailure) => ({ send: () => onFailure('ubusd closed the connection'), close: () => undefined }), 1)).rejects.toThrow('netifd cannot be asked');
    await expect(askNetifd((onOctets) => ({ send: () => onOctets(new Uint8Array([0, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0])), close: () => undefined }), 1)).rejects.toThrow('netifd cannot be asked');
  });
});
