/** The ways through the fixture's closure, in each of the forms in which their end may be named. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDerivations } from '../../language-server/server/store-reader';
import { printWays } from './drv-why';
import { CliError, ExitCode } from './exit-code';

const FOLDER = join(import.meta.dirname, '../../test/fixtures/derivation');
const GREETING = '7lxa0zghqzy0pvyr43ki0sz3z9n8aicq-greeting.drv';

async function waysTo(wanted: string): Promise<string> {
  const { closure } = await openDerivations([FOLDER]);
  const printed: string[] = [];
  const print = (text: string | Uint8Array): Promise<void> => {
    printed.push(String(text));
    return Promise.resolve();
  };
  const code = await printWays(closure, wanted, { out: print, note: print, progress: print });
  expect(code).toBe(ExitCode.good);
  return printed.join('');
}

describe('llb-lens drv --why', () => {
  it.each(['greeting', 'greeting.drv', GREETING, `/nix/store/${GREETING}`])(
    '%s',
    async (wanted) => {
      expect(await waysTo(wanted)).toBe(
        'ax3lhisfwxv05jx2h89l4czra71iffdx-broken.drv\n' +
          '  52cb80y406r3vf6ql998dqs6fzdk4bk6-card.drv\n' +
          `    ${GREETING}\n`,
      );
    },
  );

  it('leads to sources too', async () => {
    const lines = (await waysTo('letters.sh')).trimEnd().split('\n');
    expect(lines.map((line) => line.replace(/\S{32}-/, ''))).toEqual([
      'broken.drv',
      '  card.drv',
      '    letters.drv',
      '      letters.sh',
    ]);
  });

  it('says when there is nothing of that name', async () => {
    await expect(waysTo('nothing')).rejects.toEqual(
      new CliError(ExitCode.failed, 'the closure has no nothing'),
    );
  });
});
