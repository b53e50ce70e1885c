/** Exec ops: a command in a container, with its mounts. */
import type {
  CacheSharing,
  ExecMeta,
  ExecOp,
  Mount,
  NetMode,
  OpInput,
  SecretOrSshOptions,
} from '../../../proto/model/op';
import { NONE } from '../../../proto/model/op';
import { compareBytes } from '../text/go';
import { defaultPathVariable } from '../names/os-path';
import { caps, type Capability } from './capabilities';
import type { EnvList } from './env-list';
import { pdqsort } from './pdqsort';
import type { State } from './state';
import {
  type MarshalledVertex,
  addInput,
  distinct,
  type MarshalContext,
  type Output,
  type Vertex,
  type VertexInfo,
} from './vertex';

/** A mount of files; secrets and SSH agents are apart. */
export type FileMount = {
  readonly target: string;
  readonly output: Output | undefined;
  readonly selector: string;
  readonly readonly: boolean;
  /** Writable, but what is written is thrown away. */
  readonly noOutput: boolean;
  readonly cache?: { readonly id: string; readonly sharing: CacheSharing };
  readonly tmpfs?: { readonly size: number };
};

export type SecretMount = SecretOrSshOptions & {
  /** Undefined for a secret that is a variable only. */
  readonly target?: string;
  readonly env?: string;
};
export type SshMount = SecretOrSshOptions & { readonly target: string };

/** What a RUN adds to the state that it runs in. */
export type ExecOptions = {
  readonly args: readonly string[];
  readonly mounts: readonly FileMount[];
  readonly secrets: readonly SecretMount[];
  readonly ssh: readonly SshMount[];
  readonly devices: ExecOp['cdiDevices'];
  readonly proxyEnv?: ExecMeta['proxyEnv'];
  readonly extraHosts: ExecMeta['extraHosts'];
  readonly ulimits: ExecMeta['ulimits'];
  readonly cgroupParent: string;
  readonly network?: NetMode;
  readonly security: ExecOp['security'];
};

export class ExecVertex implements Vertex, Output {
  readonly vertex = this;
  marshalled?: MarshalledVertex;
  /** Sorted by target, as BuildKit sorts them before it hashes. */
  readonly #mounts: readonly FileMount[];

  constructor(
    private readonly state: State,
    private readonly options: ExecOptions,
    readonly info: VertexInfo,
  ) {
    const root: FileMount = {
      target: '/',
      output: state.output,
      selector: '',
      readonly: false,
      noOutput: false,
    };
    this.#mounts = pdqsort([root, ...options.mounts], (a, b) => compareBytes(a.target, b.target));
  }

  inputs(): readonly Output[] {
    return distinct(this.#mounts.map((mount) => mount.output));
  }

  toOp(context: MarshalContext): ReturnType<Vertex['toOp']> {
    const { state, options } = this;
    const { args, security } = options;
    // BuildKit checks this when it marshals, not when it reads the instruction.
    if (args.length === 0) throw new Error('arguments are required');
    const network = options.network ?? state.network;
    const needed = new Set<Capability>([caps.execMetaBase]);
    const ssh = options.ssh.map((mount, index) => ({
      ...mount,
      target: mount.target === '' ? `/run/buildkit/ssh_agent.${index}` : mount.target,
    }));
    const env = this.#environment(context, ssh, needed);
    const inputs: OpInput[] = [];
    const mounts = this.#fileMounts(context, inputs, needed);
    this.#needs(needed, network);
    const op: ExecOp = {
      kind: 'exec',
      meta: {
        args,
        env: env.pairs(),
        cwd: state.dir,
        user: state.user,
        ...(options.proxyEnv && { proxyEnv: options.proxyEnv }),
        extraHosts: options.extraHosts,
        hostname: state.hostname,
        ulimits: options.ulimits,
        cgroupParent: options.cgroupParent,
        removeMountStubsRecursive: true,
        validExitCodes: [],
      },
      mounts: [...mounts, ...secretMounts(options.secrets), ...ssh.map(sshMount)],
      network,
      security,
      secretEnv: options.secrets.flatMap(({ id, env: name, optional }) =>
        name === undefined ? [] : [{ id, name, optional }],
      ),
      cdiDevices: options.devices,
    };
    return {
      op: { inputs, platform: state.platform ?? context.platform, op },
      caps: [...needed],
    };
  }

  #environment(
    context: MarshalContext,
    ssh: readonly SshMount[],
    needed: Set<Capability>,
  ): EnvList {
    let { env } = this.state;
    const [agent] = ssh;
    if (agent !== undefined) env = env.setDefault('SSH_AUTH_SOCK', agent.target);
    if (context.supports === 'unknown') return env;
    if (context.supports(caps.execMetaSetsDefaultPath)) {
      needed.add(caps.execMetaSetsDefaultPath);
      return env;
    }
    // BuildKit asks the build's platform here, not the op's.
    const { os } = context.platform;
    return os === 'windows' ? env : env.setDefault('PATH', defaultPathVariable(os));
  }

  #fileMounts(context: MarshalContext, inputs: OpInput[], needed: Set<Capability>): Mount[] {
    let outputs = 0;
    return this.#mounts.map((mount) => {
      const { output, cache, tmpfs, selector } = mount;
      if (selector !== '') needed.add(caps.execMountSelector);
      if (cache !== undefined) {
        needed.add(caps.execMountCache).add(caps.execMountCacheSharing);
      } else if (tmpfs !== undefined) {
        needed.add(caps.execMountTmpfs);
        if (tmpfs.size > 0) needed.add(caps.execMountTmpfsSize);
      } else if (output !== undefined) needed.add(caps.execMountBind);
      const hasOutput = !mount.noOutput && !mount.readonly && cache === undefined && !tmpfs;
      return {
        input: output === undefined ? NONE : addInput(inputs, context.inputOf(output)),
        selector,
        dest: mount.target,
        output: hasOutput ? outputs++ : NONE,
        readonly: mount.readonly,
        type: cache !== undefined ? 'cache' : tmpfs !== undefined ? 'tmpfs' : 'bind',
        ...(cache && { cache }),
        ...(tmpfs && { tmpfs }),
      };
    });
  }

  #needs(needed: Set<Capability>, network: NetMode): void {
    const { options, info } = this;
    if (options.ulimits.length > 0) needed.add(caps.execMetaUlimit);
    if (info.linuxResources !== undefined) needed.add(caps.execMetaLinuxResources);
    if (network !== 'unset') needed.add(caps.execMetaNetwork);
    if (options.security === 'insecure') needed.add(caps.execMetaSecurity);
    if (options.proxyEnv !== undefined) needed.add(caps.execMetaProxy);
    if (options.secrets.length > 0) needed.add(caps.execMountSecret);
    if (options.secrets.some((secret) => secret.env !== undefined)) {
      needed.add(caps.execSecretEnv);
    }
    if (options.ssh.length > 0) needed.add(caps.execMountSsh);
    if (options.devices.length > 0) needed.add(caps.execMetaCdi);
  }
}

function secretMounts(secrets: readonly SecretMount[]): Mount[] {
  return secrets.flatMap(({ target, id, uid, gid, mode, optional }) => {
    if (target === undefined) return [];
    const secret = { id, uid, gid, mode, optional };
    return [{ ...specialMount(target), type: 'secret', secret }];
  });
}

function sshMount({ target, ...ssh }: SshMount): Mount {
  return { ...specialMount(target), type: 'ssh', ssh };
}

/** Output 0 is not a real one: BuildKit never sets the field for these mounts. */
function specialMount(dest: string): Omit<Mount, 'type'> {
  return { input: NONE, selector: '', dest, output: 0, readonly: false };
}
