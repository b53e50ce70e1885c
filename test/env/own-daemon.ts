/**
 * A Docker daemon of one test's own, to be killed, or of an older release: it runs beside those of
 * the test environment, in the same private root.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { daemons, type Daemons } from './context';
import { installedOldDocker, type OldRelease } from './old-docker';

export interface OwnDaemonOptions {
  /** Its containers are on a bridge of the environment's own daemons, of the daemon with that store. */
  readonly network?: boolean;
  readonly store?: 'containerd' | 'graph';
  /** An older Docker; the environment's own by default. */
  readonly release?: OldRelease;
  /** The environment that it lives in; the test's own by default. */
  readonly environment?: Daemons | undefined;
}

const ownPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export class OwnDaemon {
  /** Holds the socket, the data and the log. */
  private readonly folder = mkdtempSync(join(tmpdir(), 'llb-own-'));
  readonly address = `unix://${this.folder}/docker.sock`;
  private daemon: ChildProcess | undefined;

  private constructor(
    private readonly init: string,
    private readonly settings: object,
    private readonly variables: NodeJS.ProcessEnv,
  ) {}

  /** Undefined where the test environment has no private root, or not that release. */
  static find(options: OwnDaemonOptions = {}): OwnDaemon | undefined {
    const { network = false, store = 'containerd', release } = options;
    const { bin, root, registry } = options.environment ?? daemons() ?? {};
    if (bin === undefined || root === undefined) return undefined;
    const init = /--target (\d+)/.exec(readFileSync(join(bin, 'docker'), 'utf8'))?.[1];
    if (init === undefined) return undefined;
    const old = release === undefined ? undefined : installedOldDocker(release);
    if (release !== undefined && old === undefined) return undefined;
    const bridges = readFileSync(join(root, 'run/llb-lens/bridges'), 'utf8').split('\n');
    const bridge = network ? bridges[store === 'containerd' ? 0 : 1]?.split(' ')[0] : undefined;
    const settings = {
      bridge: bridge ?? 'none',
      'registry-mirrors': registry === undefined ? [] : [registry],
      features: { 'containerd-snapshotter': store === 'containerd' },
    };
    return new OwnDaemon(init, settings, old?.variables ?? { PATH: ownPath });
  }

  /** Starts it, or again on the same data. Resolves when it answers. */
  async start(): Promise<void> {
    await this.kill();
    const config = join(this.folder, 'config.json');
    writeFileSync(
      config,
      JSON.stringify({
        hosts: [this.address],
        'data-root': join(this.folder, 'data'),
        'exec-root': join(this.folder, 'run'),
        pidfile: join(this.folder, 'pid'),
        group: 'root',
        iptables: false,
        ip6tables: false,
        'ip-forward': false,
        'exec-opts': ['native.cgroupdriver=cgroupfs'],
        ...this.settings,
      }),
    );
    rmSync(join(this.folder, 'pid'), { force: true });
    const inside = ['--target', this.init, '--mount', '--pid'];
    this.daemon = spawn('nsenter', [...inside, '--', 'dockerd', '--config-file', config], {
      stdio: 'ignore',
      env: { ...this.variables, HOME: '/root' },
    });
    while (!(await this.answers())) {
      if (this.daemon.exitCode !== null) throw new Error('the daemon did not start');
      await sleep(50);
    }
  }

  private answers(): Promise<boolean> {
    return new Promise((done) => {
      const socket = connect(join(this.folder, 'docker.sock'));
      socket.once('error', () => done(false));
      socket.once('connect', () => {
        socket.destroy();
        done(true);
      });
    });
  }

  /** As the kernel does when memory runs out. What it had started lives on. */
  async kill(): Promise<void> {
    const { daemon } = this;
    if (daemon?.pid === undefined || daemon.exitCode !== null || daemon.signalCode !== null) return;
    const ended = once(daemon, 'exit');
    for (const pid of childrenOf(daemon.pid)) process.kill(pid, 'SIGKILL');
    await ended;
  }

  /** Ends everything and removes all data. */
  async remove(): Promise<void> {
    await this.kill();
    const inside = ['--target', this.init, '--mount', '--pid', '--'];
    const containerd = join(this.folder, 'run/containerd/containerd.pid');
    const script = `kill -9 $(cat '${containerd}') 2>/dev/null; for i in 1 2 3; do
      awk -v at='${this.folder}' 'index($2, at) == 1 { print $2 }' /proc/mounts | sort -r | xargs -r umount -l; sleep 0.2
      rm -rf '${this.folder}' && break; done`;
    execFileSync('nsenter', [...inside, 'sh', '-c', script], { stdio: 'ignore' });
  }
}

function childrenOf(pid: number): number[] {
  const path = `/proc/${pid}/task/${pid}/children`;
  return readFileSync(path, 'utf8').trim().split(/\s+/).filter(Boolean).map(Number);
}
