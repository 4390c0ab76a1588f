import { describe, expect, it } from 'vitest';
import { SHARED_AT, initScript } from '../../lab/machine/initramfs.ts';
import { kernelPackage } from '../../lab/machine/kernel.ts';
import { qemuArguments } from '../../lab/machine/machine.ts';

const kernel = { release: '6.1.0-1-amd64', root: '/cache/k', image: '/cache/k/boot/vmlinuz', modules: '/cache/k/lib/modules/6.1.0-1-amd64' };

describe('the kernel', () => {
  it('is the one that the meta package names', () => expect(kernelPackage('linux-image-amd64\n  Depends: linux-image-6.1.0-56-amd64\n')).toBe('linux-image-6.1.0-56-amd64'));
  it('is none where the archive has another flavour', () => expect(kernelPackage('linux-image-amd64\n  Recommends: firmware\n')).toBeUndefined());
});

describe('the machine', () => {
  const args = qemuArguments(kernel, '/x/initrd', '/x/shared');

  it('needs no hardware support and gives the guest nothing of the host to write to but the folder of results', () => {
    expect(args.join(' ')).toContain('-machine q35 -accel tcg');
    const shares = args.filter((a) => a.startsWith('local,'));
    expect(shares.filter((s) => !s.includes('readonly=on'))).toEqual(['local,id=shared,path=/x/shared,security_model=none,writeout=immediate']);
    expect(shares).toHaveLength(2);
  });

  it('has no network card', () => expect(args.join(' ')).not.toMatch(/-net|-nic|virtio-net/));
});

describe('the first program of the machine', () => {
  const script = initScript(['virtio.ko', '9p.ko'], kernel, 'run the story');

  it('loads the modules in order, and stops with a word when something is refused', () => {
    expect(script).toContain('for m in virtio.ko 9p.ko; do insmod /modules/$m || fail "module $m"; done');
    expect(script.match(/\|\| fail "/g)?.length).toBe(4);
  });

  it('mounts the host below, a RAM disk above, and the folder of results', () => {
    expect(script).toMatch(/mount -t 9p -o ro,.*hostroot \/lower/);
    expect(script).toMatch(/lowerdir=\/lower,upperdir=\/upper\/files/);
    expect(script).toContain(`/newroot${SHARED_AT}`);
  });

  it('gives the machine the modules of its own kernel, runs the command and turns it off', () => {
    expect(script).toContain(`mount --bind /newroot${kernel.modules} /newroot/lib/modules/${kernel.release}`);
    expect(script).toMatch(/run the story\nsync\necho o > \/proc\/sysrq-trigger/);
  });
});
