/** Main of the bundle `dist/language-server.js`. */
import { startNodeServer } from './node-server';

startNodeServer();
