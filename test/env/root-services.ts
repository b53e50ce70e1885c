// The programs that run in the private root, as settings files: two dockerds and a registry.
import { createHash } from 'node:crypto';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inside, type Places } from './places';

export interface DaemonPlan {
  readonly name: 'containerd' | 'graph';
  readonly containerdStore: boolean;
  readonly bridge: string;
  /** In 198.18.0.0/15, which is set aside for tests (RFC 2544), so that it meets no real network. */
  readonly bridgeAddress: string;
}

/**
 * One daemon for each of Docker's image stores.
 * @param identity names the environment among all that share the machine's network: bridges and
 *   their addresses follow from it, so that two can run at once
 */
export function daemonPlans(identity: string): readonly DaemonPlan[] {
  const hash = createHash('sha256').update(identity).digest();
  const tag = hash.toString('hex').slice(0, 6);
  const subnet = hash.readUInt8(4);
  return [
    {
      name: 'containerd',
      containerdStore: true,
      bridge: `llb${tag}c`,
      bridgeAddress: `198.18.${subnet}.1/24`,
    },
    {
      name: 'graph',
      containerdStore: false,
      bridge: `llb${tag}g`,
      bridgeAddress: `198.19.${subnet}.1/24`,
    },
  ];
}

/** A folder's device and inode: its path may mean another one in another root. */
export function folderIdentity(folder: string): string {
  const { dev, ino } = statSync(folder);
  return `${dev}:${ino}`;
}

/** dockerd's daemon.json. It changes no packet filter and no kernel setting of the machine. */
export function daemonSettings(plan: DaemonPlan, registryPort: number): object {
  return {
    hosts: [`unix://${inside.run}/${plan.name}.sock`],
    'data-root': `${inside.data}/${plan.name}`,
    'exec-root': `${inside.run}/${plan.name}`,
    pidfile: `${inside.run}/${plan.name}.dockerd.pid`,
    group: 'root',
    bridge: plan.bridge,
    iptables: false,
    ip6tables: false,
    'ip-forward': false,
    'userland-proxy': false,
    'exec-opts': ['native.cgroupdriver=cgroupfs'],
    'registry-mirrors': [`http://127.0.0.1:${registryPort}`],
    features: { 'containerd-snapshotter': plan.containerdStore },
  };
}

export function registrySettings(port: number): string {
  return `version: 0.1
log: { level: warn, accesslog: { disabled: true } }
storage:
  filesystem: { rootdirectory: ${inside.data}/registry }
  delete: { enabled: true }
http: { addr: "127.0.0.1:${port}" }
`;
}

/** Writes what root-init.sh reads. */
export function writeServices(
  places: Places,
  plans: readonly DaemonPlan[],
  registryPort: number,
): void {
  mkdirSync(places.run, { recursive: true });
  const write = (name: string, text: string): void => writeFileSync(join(places.run, name), text);
  write('bridges', plans.map((plan) => `${plan.bridge} ${plan.bridgeAddress}\n`).join(''));
  write('registry.yml', registrySettings(registryPort));
  for (const plan of plans) {
    write(`${plan.name}.json`, JSON.stringify(daemonSettings(plan, registryPort), null, 2));
  }
  const services = [
    `registry docker-registry serve ${inside.run}/registry.yml`,
    ...plans.map((plan) => `${plan.name} dockerd --config-file ${inside.run}/${plan.name}.json`),
  ];
  write('services', services.map((line) => `${line}\n`).join(''));
}
