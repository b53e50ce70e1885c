/** Main of the bundle `dist/language-server.js`. */
import { useNativeSha256 } from './native-sha256';
import { startNodeServer } from './node-server';

useNativeSha256();
startNodeServer();
