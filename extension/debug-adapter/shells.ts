/**
 * Shells in the steps of a build, as a debug client sees them.
 *
 * A shell opens in the client's terminal: the client is asked to run our own program, which attaches
 * to the process over a private link. A client that draws terminals itself is told the link, and one
 * that has none the command line.
 */
import { dirname } from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { ShellEventBody } from '../../proto/messages/debug-adapter';
import { prepareContainer } from '../engine/shell/open-shell';
import { shellPlace } from '../engine/shell/shell-place';
import type { Site } from '../engine/debug/site';
import { offerTerminal, type TerminalOffer } from '../engine/shell/terminal-server';
import type { LiveBuild } from './live-build';
import { ReadyShells } from './ready-shell';

export type ShellHost = {
  /** The program that attaches a terminal and its leading arguments. */
  readonly attachCommand: readonly string[];
  /** Whether the client opens shells itself, serves `runInTerminal`, or neither. */
  readonly terminals: () => 'own' | 'asked for' | 'none';
  readonly offer: (shell: ShellEventBody) => void;
  readonly runInTerminal: (args: DebugProtocol.RunInTerminalRequestArguments) => Promise<unknown>;
  readonly print: (text: string) => void;
};

/** Our program runs in Electron too, where this makes it plain Node. */
const asNode = { ELECTRON_RUN_AS_NODE: '1' };

export class Shells {
  readonly ready = new ReadyShells();
  private readonly offers = new Set<TerminalOffer>();

  constructor(private readonly host: ShellHost) {}

  /**
   * Opens a shell in the client's terminal.
   * @throws BuildFailure, BuildkitError when the site has no place for one
   */
  async open({ job, input, toolbox }: LiveBuild, site: Site): Promise<void> {
    // The place is made before a terminal opens, so that what is wrong with it is said here.
    const container =
      (await this.ready.take(site)) ??
      prepareContainer(job.gateway, await shellPlace(job, input, site, toolbox));
    const variables = input.shellVariables ?? [];
    const offer = await offerTerminal((terminal) => container.start({ terminal, variables }), {
      withdrawn: () => container.release(),
    }).catch(async (error: unknown) => {
      await container.release();
      throw error;
    });
    this.offers.add(offer);
    void offer.done.then(() => this.offers.delete(offer));
    const terminals = this.host.terminals();
    if (terminals === 'own') {
      this.host.offer({ title: title(site), linkFile: offer.linkFile });
      return;
    }
    const args = [...this.host.attachCommand, offer.linkFile];
    if (terminals === 'none') {
      const line = [
        ...Object.entries(asNode).map(([key, value]) => `${key}=${value}`),
        ...args.map(quoted),
      ];
      this.host.print(`Run this in a terminal to open the shell:\n${line.join(' ')}\n`);
      return;
    }
    try {
      await this.host.runInTerminal({
        kind: 'integrated',
        title: title(site),
        cwd: dirname(input.path),
        args,
        env: asNode,
      });
    } catch (error) {
      await offer.close();
      throw error;
    }
  }

  /** Ends every shell and takes back every offer. */
  async close(): Promise<void> {
    await Promise.all([this.ready.forget(), ...[...this.offers].map((offer) => offer.close())]);
  }
}

const momentTexts = { before: 'before ', after: 'after ', failure: '' } as const;

function title({ statement, moment }: Site): string {
  const name = `${momentTexts[moment]}${statement.name.replace(/\s+/g, ' ')}`;
  return name.length > 40 ? `${name.slice(0, 39)}…` : name;
}

/** For a POSIX shell; on Windows the line is for reading only. */
function quoted(argument: string): string {
  return /^[\w@%+=:,./\\-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}
