// `npm start`: from a fresh clone to an open VS Code with the extension and the sample project.
import { runWithPackages } from './bootstrap.mjs';

await runWithPackages('test/env/start.ts');
