// `npm test`: everything from a fresh clone. `npm test -- FILE…` runs only those test files.
import { runWithPackages } from './env/bootstrap.mjs';

await runWithPackages('test/env/test-run.ts');
