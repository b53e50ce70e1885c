import { expect, it } from 'vitest';
import { daemonPlans, daemonSettings } from './root-services';

it('plans one daemon for each image store, said explicitly either way', () => {
  const stores = daemonPlans('1:2').map((plan) => [plan.name, daemonSettings(plan, 5000)] as const);
  expect(stores).toMatchObject([
    ['containerd', { features: { 'containerd-snapshotter': true } }],
    ['graph', { features: { 'containerd-snapshotter': false } }],
  ]);
});

it('changes no packet filter and no kernel setting of the machine', () => {
  for (const plan of daemonPlans('1:2')) {
    expect(daemonSettings(plan, 5000)).toMatchObject({
      iptables: false,
      ip6tables: false,
      'ip-forward': false,
    });
  }
});

it('names bridges after the environment, within the 15 bytes of an interface name, in the range for tests', () => {
  const names = ['1:2', '1:3'].flatMap((identity) =>
    daemonPlans(identity).map(({ bridge }) => bridge),
  );
  expect(new Set(names).size).toBe(4);
  for (const name of names) expect(name.length).toBeLessThanOrEqual(15);
  for (const plan of daemonPlans('1:2'))
    expect(plan.bridgeAddress).toMatch(/^198\.1[89]\.\d+\.1\/24$/);
});
