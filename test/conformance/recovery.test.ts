/**
 * Recovery in an editor, over all cases that BuildKit rejects: the first error is the very one that
 * a build ends with, and recovering takes no finding away.
 */
import { describe, expect, it } from 'vitest';
import {
  compile,
  lint,
  parse,
  tableResolver,
  type CompileOptions,
} from '../../language-server/dockerfile';
import { available, caseNames, images, readCase } from './dockerfile-data';

describe.skipIf(!available)('recovering from errors', () => {
  it(
    'reports first what a build reports, and keeps all findings',
    { timeout: 300_000 },
    async () => {
      const table = images();
      const unexpected: unknown[] = [];
      let recovered = 0;
      for (const name of caseNames()) {
        const { input, goldens } = readCase(name);
        if (goldens.every(({ error, lintError }) => error === null && lintError === null)) continue;
        const tree = parse(input.dockerfile);
        const { images: own = {}, missingImages, ...options } = input.options;
        const resolver = tableResolver([table, own], missingImages);
        const recovering: CompileOptions = { ...options, partial: true };
        const build = await compile(tree, recovering, resolver);
        if (build.partial !== undefined) recovered++;
        const pairs = [
          [await compile(tree, options, resolver), build],
          [await lint(tree, options, resolver), await lint(tree, recovering, resolver)],
        ] as const;
        for (const [strict, open] of pairs) {
          const found = open.warnings.map(({ detail }) => detail);
          const missing = strict.warnings.filter(({ detail }) => !found.includes(detail));
          if (JSON.stringify(strict.error) !== JSON.stringify(open.error) || missing.length > 0) {
            unexpected.push({ name, strict: strict.error, open: open.error, missing });
          }
        }
      }
      expect(unexpected).toEqual([]);
      expect(recovered).toBeGreaterThan(0);
      console.log(`a graph of the rest: ${recovered} broken cases`);
    },
  );
});

if (!available) it.skip('needs ../shared/conformance beside the repository');
