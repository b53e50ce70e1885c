/**
 * A Docker daemon of one test's own, to be killed: it runs beside those of the test environment, in
 * the same private root.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { daemons } from '../env/context';

export class OwnDaemon {
  /** Holds the socket, the data and the log. */
  private readonly folder = mkdtempSync(join(tmpdir(), 'llb-own-'));
  readonly address = `unix://${this.folder}/docker.sock`;
  private daemon: ChildProcess | undefined;

  private constructor(
    private readonly init: string,
    private readonly bridge: string,
  ) {}

  /**
   * Undefined where the test environment has no private root.
   * @param network its containers are on the bridge of the environment's own daemons, so that steps
   *   need not say that they have no network
   */
  static find({ network = false } = {}): OwnDaemon | undefined {
    const { bin, root } = daemons() ?? {};
    if (bin === undefined || root === undefined) return undefined;
    const init = /--target (\d+)/.exec(readFileSync(join(bin, 'docker'), 'utf8'))?.[1];
    if (init === undefined) return undefined;
    const bridges = join(root, 'run/llb-lens/bridges');
    const bridge = network ? readFileSync(bridges, 'utf8').split(' ')[0] : undefined;
    return new OwnDaemon(init, bridge ?? 'none');
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
        bridge: this.bridge,
        iptables: false,
        ip6tables: false,
        'ip-forward': false,
        'exec-opts': ['native.cgroupdriver=cgroupfs'],
        'registry-mirrors': [daemons()?.registry].filter((one) => one !== undefined),
        features: { 'containerd-snapshotter': true },
      }),
    );
    rmSync(join(this.folder, 'pid'), { force: true });
    const inside = ['--target', this.init, '--mount', '--pid'];
    this.daemon = spawn('nsenter', [...inside, '--', 'dockerd', '--config-file', config], {
      stdio: 'ignore',
      env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root' },
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
